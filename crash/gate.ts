import pg from 'pg';
import { until } from './until.ts';

// A gate stops a real process at an exact place, from the database's side: a trigger on the statement that is to be
// reached waits for a lock that the gate holds. The product knows nothing of it.

const FUNCTION = `
create table if not exists crash_shut (at timestamptz);
truncate crash_shut;
create or replace function crash_gate() returns trigger language plpgsql security definer as $$
declare
  stands boolean := true;
begin
  if tg_nargs > 1 then
    stands := new.id > tg_argv[1]::bigint or exists (select from crash_shut);
  end if;
  if stands then perform pg_advisory_xact_lock_shared(tg_argv[0]::bigint); end if;
  if tg_op = 'DELETE' then return old; end if;
  return new;
end
$$`;

/** Where a process can be stopped: when this statement is carried out for a row of which the condition is true. */
export const GATES = {
  publish: { on: 'before insert on notice', when: 'true' },
  /** In the middle of the one statement that makes the deliveries. */
  fanOut: { on: 'before insert on delivery', when: 'new.id % 500 = 0' },
  /** Above a place in the order, so that some are sent first; once shut(), everywhere. */
  claim: { on: 'before update on delivery', when: `old.state = 'pending' and new.state = 'sending'` },
  settle: { on: 'before update on delivery', when: `old.state = 'sending' and new.state = 'sent'` },
  takeOver: {
    on: 'before update on delivery',
    when: `old.state = 'sending' and new.state = 'pending' and new.possible_duplicate`,
  },
  letGo: { on: 'before delete on lease', when: `old.name like 'lane:%'` },
} as const;
export type GateName = keyof typeof GATES;

export type Gate = {
  /** The server processes that stand before the gate, with the name that their client gave itself. */
  waiting(): Promise<{ pid: number; who: string }[]>;
  /** From now on nobody gets past, wherever they are in the order; whoever was on the way through is waited for. */
  shut(): Promise<void>;
  /**
   * Takes the gate away. What `killed` had asked for is rolled back first: it must not be carried out after the death
   * of its process, since then the process would have died later than here. The others go on.
   */
  remove(killed: (who: string) => boolean): Promise<void>;
};

const KEY = 731_000;

/**
 * Closes a gate. `connection` is of the superuser who owns the tables.
 * @param above for `claim`: from which id of a delivery on
 */
export async function closeGate(connection: pg.PoolConfig, name: GateName, above?: number): Promise<Gate> {
  const { on, when } = GATES[name];
  const client = await keeper(connection);
  const trigger = `crash_${name.toLowerCase()}`;
  const table = on.split(' ').at(-1);
  await client.query('select pg_advisory_lock($1)', [KEY]);
  await client.query(FUNCTION);
  await client.query(`drop trigger if exists ${trigger} on ${table}`);
  await client.query(
    `create trigger ${trigger} ${on} for each row when (${when}) execute function crash_gate(${[KEY, above].filter((one) => one !== undefined).join(', ')})`,
  );
  return gateOf(client, `drop trigger if exists ${trigger} on ${table}`);
}

/** Stops a migration in its middle: at a table or an index, once `applied` migrations are done. */
export async function closeMigrationGate(connection: pg.PoolConfig, applied: number): Promise<Gate> {
  const client = await keeper(connection);
  await client.query('select pg_advisory_lock($1)', [KEY]);
  await client.query(`
    create or replace function crash_migration_gate() returns event_trigger language plpgsql as $$
    begin
      if to_regclass('public._prisma_migrations') is not null
         and (select count(*) from public._prisma_migrations where finished_at is not null) >= ${applied}
         and exists (select from public._prisma_migrations where finished_at is null) then
        perform pg_advisory_xact_lock_shared(${KEY});
      end if;
    end
    $$`);
  await client.query(
    `create event trigger crash_migration on ddl_command_end when tag in ('CREATE TABLE', 'CREATE INDEX', 'ALTER TABLE') execute function crash_migration_gate()`,
  );
  return gateOf(client, 'drop event trigger if exists crash_migration');
}

function gateOf(client: pg.Client, takeAway: string): Gate {
  return {
    waiting: () => waitingFor(client),
    async shut() {
      await client.query('insert into crash_shut values (now())');
      const { rows } = await client.query<{ pid: number; began: string }>(
        `select pid, xact_start::text as began from pg_stat_activity
          where xact_start is not null and datname = current_database() and pid <> pg_backend_pid()
            and backend_type = 'client backend'`,
      );
      const isStillOn = async ({ pid, began }: { pid: number; began: string }) => {
        const { rowCount } = await client.query(
          'select from pg_stat_activity where pid = $1 and xact_start = $2::timestamptz',
          [pid, began],
        );
        return rowCount === 1 && (await waitingFor(client)).every((one) => one.pid !== pid);
      };
      for (const one of rows)
        await until('whoever was on the way through the gate', async () => !(await isStillOn(one)), {
          everyMs: 3,
        });
    },
    async remove(killed) {
      const theirs = async () => (await waitingFor(client)).filter(({ who }) => killed(who));
      for (let left = await theirs(); left.length; left = await theirs())
        for (const { pid } of left) await client.query('select pg_terminate_backend($1)', [pid]);
      await client.query('select pg_advisory_unlock($1)', [KEY]);
      await client.query(takeAway);
      await client.end();
    },
  };
}

async function keeper(connection: pg.PoolConfig): Promise<pg.Client> {
  const client = new pg.Client({ ...connection, application_name: 'crash-gate' });
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

async function waitingFor(client: pg.Client): Promise<{ pid: number; who: string }[]> {
  const { rows } = await client.query<{ pid: number; who: string }>(
    `select l.pid, a.application_name as who from pg_locks l join pg_stat_activity a on a.pid = l.pid
      where l.locktype = 'advisory' and not l.granted and l.objid = $1
        and l.database = (select oid from pg_database where datname = current_database())`,
    [KEY],
  );
  return rows;
}
