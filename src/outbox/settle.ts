import type { Pool, PoolClient } from 'pg';
import type { DeliveryId, RecipientId } from '../store/ids.ts';
import { cancelForbiddenAgain } from './cancel.ts';
import { holdRightsOf } from './rights.ts';
import { statesBefore } from './states.ts';

export type Accepted = { id: DeliveryId; providerId: string; partsSent: number };
export type Retry = {
  id: DeliveryId;
  attempt: number;
  dueAt: Date;
  /** Null: nothing happened, it was only put back. */
  reason: string | null;
  detail: string;
  inDoubt: boolean;
  partsSent: number;
  /** False when it was not this delivery's fault (the lane has to wait): the attempt is not counted. */
  counts: boolean;
  /** The chat has moved. */
  newAddress?: string;
};
export type GivenUp = {
  id: DeliveryId;
  attempt: number;
  state: 'failed' | 'expired';
  /** Null: it was too late to try; the reason of the last attempt stands. */
  reason: string | null;
  detail: string;
  partsSent: number;
};

export type Settlement = { accepted: Accepted[]; retries: Retry[]; givenUp: GivenUp[] };

// The hot statement: one round trip for all that came back within about 30 ms. A row that is not `sending` for this
// owner any more was taken over: its new owner settles it. The state is asked for in a form that no index knows: the
// rows are to be found by their ids, not by reading all that is under way.
const IS_SENDING = `d.state || '' = 'sending'`;

const SETTLE_ACCEPTED = `
with done as (
  update delivery d set state = 'sent', owner = null, provider_id = x.provider_id, parts_sent = x.parts, settled_at = $5
    from unnest($1::bigint[], $2::text[], $3::smallint[]) as x(id, provider_id, parts)
   where d.id = x.id and ${IS_SENDING} and d.owner = $4
  returning d.recipient_id, d.channel
)
update recipient r set outcome = 'reached', reason = null, reached_by = done.channel
  from done where r.id = done.recipient_id and r.outcome <> 'reached'`;

const SETTLE_RETRY = `
update delivery d set state = 'pending', owner = null, due_at = x.due_at, reason = coalesce(x.reason, d.reason), parts_sent = x.parts,
       attempts = d.attempts - case when x.counts then 0 else 1 end, address = coalesce(x.new_address, d.address),
       possible_duplicate = d.possible_duplicate or x.in_doubt
  from unnest($1::bigint[], $2::timestamptz[], $3::text[], $4::smallint[], $5::bool[], $6::bool[], $7::text[])
       as x(id, due_at, reason, parts, counts, in_doubt, new_address)
 where d.id = x.id and ${IS_SENDING} and d.owner = $8`;

const SETTLE_GIVEN_UP = `
update delivery d set state = x.state, owner = null, reason = coalesce(x.reason, d.reason, 'timedOut'), parts_sent = x.parts, settled_at = $6
  from unnest($1::bigint[], $2::text[], $3::text[], $4::smallint[]) as x(id, state, reason, parts)
 where d.id = x.id and d.state in (${statesBefore('failed')}) and d.owner = $5
returning d.recipient_id as "recipientId"`;

const FAILED_ATTEMPTS = `
insert into failed_attempt (delivery_id, attempt, outcome, reason, detail, at)
select id, attempt, outcome, reason, detail, $6
  from unnest($1::bigint[], $2::smallint[], $3::text[], $4::text[], $5::text[]) as x(id, attempt, outcome, reason, detail)`;

/** Two lanes may settle deliveries of one recipient at once; PostgreSQL then ends one of them, and it tries again. */
const DEADLOCK = '40P01';

/**
 * Writes what became of a lane's sends, all of it or nothing.
 * @returns the recipients who now need another way (or the end): see advance().
 */
export async function settle(
  pool: Pool,
  owner: string,
  outcome: Settlement,
  now: Date,
): Promise<RecipientId[]> {
  for (let tries = 0; ; tries++) {
    try {
      return await settleOnce(pool, owner, outcome, now);
    } catch (error) {
      if ((error as { code?: string }).code !== DEADLOCK || tries === 9) throw error;
    }
  }
}

async function settleOnce(
  pool: Pool,
  owner: string,
  { accepted, retries, givenUp }: Settlement,
  now: Date,
): Promise<RecipientId[]> {
  if (!retries.length && !givenUp.length) {
    await settleAccepted(pool, owner, accepted, now);
    return [];
  }
  const client = await pool.connect();
  try {
    await client.query('begin');
    // What was withdrawn while it was being sent must not wait for a second try.
    const again = retries.map((row) => row.id);
    if (again.length) await holdRightsOf(client, again);
    if (accepted.length) await settleAccepted(client, owner, accepted, now);
    if (retries.length) await settleRetries(client, owner, retries);
    const cancelled = again.length ? await cancelForbiddenAgain(client, again, now) : [];
    const done = givenUp.length ? await settleGivenUp(client, owner, givenUp, now) : [];
    await recordFailures(client, retries, givenUp, now);
    await client.query('commit');
    return [...cancelled, ...done];
  } catch (error) {
    await client.query('rollback').catch(() => undefined);
    throw error;
  } finally {
    client.release();
  }
}

const byId = <T extends { id: DeliveryId }>(rows: T[]): T[] =>
  rows.toSorted((a, b) => a.id.length - b.id.length || (a.id < b.id ? -1 : 1));

async function settleAccepted(
  db: Pool | PoolClient,
  owner: string,
  rows: Accepted[],
  now: Date,
): Promise<void> {
  const sorted = byId(rows);
  await db.query({
    name: 'outbox-settle-accepted',
    text: SETTLE_ACCEPTED,
    values: [
      sorted.map((row) => row.id),
      sorted.map((row) => row.providerId),
      sorted.map((row) => row.partsSent),
      owner,
      now,
    ],
  });
}

async function settleRetries(db: PoolClient, owner: string, rows: Retry[]): Promise<void> {
  await db.query(SETTLE_RETRY, [
    rows.map((row) => row.id),
    rows.map((row) => row.dueAt),
    rows.map((row) => row.reason),
    rows.map((row) => row.partsSent),
    rows.map((row) => row.counts),
    rows.map((row) => row.inDoubt),
    rows.map((row) => row.newAddress ?? null),
    owner,
  ]);
}

async function settleGivenUp(
  db: PoolClient,
  owner: string,
  rows: GivenUp[],
  now: Date,
): Promise<RecipientId[]> {
  const { rows: done } = await db.query<{ recipientId: RecipientId }>(SETTLE_GIVEN_UP, [
    rows.map((row) => row.id),
    rows.map((row) => row.state),
    rows.map((row) => row.reason),
    rows.map((row) => row.partsSent),
    owner,
    now,
  ]);
  return done.map((row) => row.recipientId);
}

async function recordFailures(
  db: PoolClient,
  retries: Retry[],
  givenUp: GivenUp[],
  now: Date,
): Promise<void> {
  const rows = [
    ...retries.filter((row) => row.counts).map((row) => ({ ...row, outcome: 'retry' })),
    ...givenUp.filter((row) => row.reason !== null).map((row) => ({ ...row, outcome: row.state as string })),
  ];
  if (!rows.length) return;
  await db.query(FAILED_ATTEMPTS, [
    rows.map((row) => row.id),
    rows.map((row) => row.attempt),
    rows.map((row) => row.outcome),
    rows.map((row) => row.reason ?? ''),
    rows.map((row) => row.detail.slice(0, 500)),
    now,
  ]);
}
