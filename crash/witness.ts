import type { Database } from '../src/store/index.ts';
import type { Hand } from './crew.ts';
import type { Place } from './place.ts';
import type { CrashSchool } from './school.ts';
import type { Channel } from './stand-ins.ts';
import { until } from './until.ts';

// Who owned which lane when, written down by the database itself: a trigger in the session of the process that takes
// a lease. Nothing of it is known to the product.

const TABLES = `
create table crash_lease (name text, owner text, who text, at timestamptz default clock_timestamp());
create function crash_lease() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' or old.owner is distinct from new.owner then
    insert into crash_lease (name, owner, who) values (new.name, new.owner, current_setting('application_name'));
  end if;
  return new;
end
$$;
create trigger crash_lease after insert or update of owner on lease
  for each row when (new.name like 'lane:%') execute function crash_lease();
create table crash_claim (delivery_id bigint, who text);
create function crash_claim() returns trigger language plpgsql as $$
begin
  insert into crash_claim values (new.id, current_setting('application_name'));
  return new;
end
$$`;

/** From now on the database remembers who took which lane. */
export async function callWitness({ pool }: Pick<Database, 'pool'>): Promise<void> {
  await pool.query(TABLES);
}

/** From now on, or no longer, it also remembers who claimed which delivery; costs a row for each. */
export async function watchClaims({ pool }: Pick<Database, 'pool'>, on: boolean): Promise<void> {
  await pool.query('drop trigger if exists crash_claim on delivery');
  if (on)
    await pool.query(
      `create trigger crash_claim after update on delivery for each row
         when (old.state = 'pending' and new.state = 'sending') execute function crash_claim()`,
    );
}

const laneOf = (account: string) => `lane:${account}`;

/** The process that holds a lane now; undefined when nobody does. */
export async function ownerOf({ db }: Pick<Place, 'db'>, account: string): Promise<string | undefined> {
  const { rows } = await db.pool.query<{ who: string }>(
    `select c.who from lease l join crash_lease c on c.owner = l.owner
      where l.name = $1 and l.until > clock_timestamp() limit 1`,
    [laneOf(account)],
  );
  return rows[0]?.who;
}

/** The one of these processes that holds the lane. */
export function handOf(place: Place, hands: readonly Hand[], account: string): Promise<Hand> {
  if (!place.cluster && hands[0]) return Promise.resolve(hands[0]);
  return until(
    'somebody to own the lane',
    async () => {
      const who = await ownerOf(place, account);
      return hands.find((hand) => hand.who === who);
    },
    { everyMs: 5 },
  );
}

export type Lane = { account: string; channel: Channel; owner: string | null };

/** The lanes that a process left behind when it was killed just now, and on which something is due. */
export async function lanesLeftBy(place: Place, school: CrashSchool, victim: Hand): Promise<Lane[]> {
  const { rows } = await place.db.pool.query<Lane>(
    `select a.id::text as account, a.channel, l.owner
       from channel_account a left join lease l on l.name = 'lane:' || a.id and l.until > clock_timestamp()
      where a.org_unit_id = $1
        and exists (select 1 from delivery d where d.account_id = a.id and d.due_at <= now() and d.state in ('pending', 'sending'))
        and ($2::text is null or exists (select 1 from crash_lease c where c.owner = l.owner and c.who = $2))`,
    [school.id, place.cluster ? victim.who : null],
  );
  return rows;
}

/**
 * When work went on, on the last of these lanes: somebody took it after `since`, and sent.
 * @param since ms since 1970
 */
export async function wentOnAt(place: Place, lanes: readonly Lane[], since: number): Promise<number | null> {
  let last: number | null = null;
  for (const { account, channel, owner } of lanes) {
    const { rows } = await place.db.pool.query<{ at: number }>(
      `select extract(epoch from min(at))::float8 * 1000 as at from crash_lease
        where name = $1 and at >= to_timestamp($2::float8 / 1000) and owner is distinct from $3`,
      [laneOf(account), since, owner],
    );
    const takenAt = rows[0]?.at;
    const sentAt = takenAt ? await place.oracle.ask({ ask: 'first', channel, since: takenAt }) : null;
    if (sentAt !== null) last = Math.max(last ?? 0, sentAt);
  }
  return last;
}
