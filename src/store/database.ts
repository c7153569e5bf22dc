import { randomUUID } from 'node:crypto';
import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import type { Logger } from 'pino';
import { HubError } from '../errors.ts';
import { openEmbedded, type Role } from './embedded/index.ts';
import { PrismaClient } from './prisma/client.ts';

/** The open database. Hot statements go to `pool` as raw SQL, everything else to `prisma`; both share connections. */
export type Database = {
  prisma: PrismaClient;
  pool: pg.Pool;
  /** How further pools connect (BullMQ's, a test's). Holds the password: never log it. */
  connection: pg.PoolConfig;
  embedded: boolean;
  /** This run of this process; stands in `delivery.owner` and `lease.owner`, so a dead owner is known as such. */
  bootId: string;
  /** Ends the pool and, for the embedded one, leaves the server (which stops when nobody else uses it). */
  close(): Promise<void>;
};

export type DatabaseSettings = { DATA_DIR: string; DATABASE_URL: string | undefined };

/** The embedded server allows 50 connections; a hub with BullMQ's pool and a command beside it stay below. */
const POOL_MAX = 16;
const CONNECT_MS = 10_000;
/** A transaction may have to wait behind the fan-out of a province. */
const TRANSACTION = { timeout: 120_000, maxWait: 30_000 };
const OLDEST_SERVER = 150_000;
const NAME = 'lienlac';
/**
 * Times travel as text: the session's zone must be UTC, whatever the server or the role is set to. Always given, or
 * the driver would take PGOPTIONS from the environment.
 */
const SESSION = '-c timezone=UTC';

/**
 * Opens the database: DATABASE_URL if set, else the embedded server in DATA_DIR. Migrations are not applied here;
 * see `migrate`.
 *
 * `as: 'hub'` is for serve, worker and demo: with the embedded server there is one hub per data folder. `as: 'guest'`
 * is for commands that may run beside a hub; without one they start the server for their own duration.
 * @throws HubError `databaseUnreachable`, `dataFolderInUse`, `dataFolderOtherVersion`, `databaseCannotStart`.
 */
export async function openDatabase(
  settings: DatabaseSettings,
  log: Logger,
  { as }: { as: Role },
): Promise<Database> {
  if (settings.DATABASE_URL) {
    const database = connect({ connectionString: settings.DATABASE_URL }, log, false, async () => undefined);
    await checkServer(database);
    return database;
  }
  const embedded = await openEmbedded(settings.DATA_DIR, as, log);
  try {
    await createDatabase({ ...embedded.address, ssl: false, database: 'postgres' }, NAME);
  } catch (error) {
    await embedded.close();
    throw error;
  }
  return connect({ ...embedded.address, ssl: false, database: NAME }, log, true, embedded.close);
}

/** A handle on a database whose server somebody else looks after. */
export function connect(
  where: pg.PoolConfig,
  log: Logger,
  embedded: boolean,
  leaveServer: () => Promise<void>,
): Database {
  const connection: pg.PoolConfig = {
    ...where,
    options: '-c timezone=UTC',
    connectionTimeoutMillis: CONNECT_MS,
  };
  const pool = new pg.Pool({ ...connection, max: POOL_MAX, application_name: 'lienlac' });
  // An idle connection that breaks is replaced at the next query; without a listener it would end the process.
  pool.on('error', (error) => log.warn({ err: error }, 'database connection lost'));
  surviveCuts(pool);
  const prisma = new PrismaClient({ adapter: new PrismaPg(pool), transactionOptions: TRANSACTION });
  return {
    prisma,
    pool,
    connection,
    embedded,
    bootId: randomUUID(),
    close: async () => {
      await prisma.$disconnect();
      await pool.end();
      await leaveServer();
    },
  };
}

/**
 * A pool listens to its idle connections only. One that breaks while work holds it (PostgreSQL restarts) would end the
 * process by an `error` event that nobody hears; the work itself is told by its query, which fails.
 */
export function surviveCuts(pool: pg.Pool): void {
  pool.on('connect', (client) => client.on('error', () => undefined));
}

/** Creates a database unless it is there; of two that try at once, both succeed. */
export async function createDatabase(
  admin: pg.ClientConfig,
  name: string,
  template = 'template1',
): Promise<void> {
  const client = new pg.Client({ ...admin, options: SESSION });
  await client.connect();
  try {
    const { rowCount } = await client.query('select from pg_database where datname = $1', [name]);
    if (!rowCount) await client.query(`create database "${name}" template "${template}"`);
  } catch (error) {
    const { code } = error as { code?: string };
    if (code !== '42P04' && code !== '23505') throw error;
  } finally {
    await client.end();
  }
}

async function checkServer(database: Database): Promise<void> {
  try {
    const { rows } = await database.pool.query<{ version: number; encoding: string }>(
      `select current_setting('server_version_num')::int as version, current_setting('server_encoding') as encoding`,
    );
    const { version = 0, encoding = '' } = rows[0] ?? {};
    if (version < OLDEST_SERVER) throw new HubError('databaseUnreachable', { problem: 'tooOld', version });
    if (encoding !== 'UTF8') throw new HubError('databaseUnreachable', { problem: 'encoding', encoding });
  } catch (cause) {
    await database.close();
    if (cause instanceof HubError) throw cause;
    // The driver's own words can hold host and user, never the password.
    throw new HubError(
      'databaseUnreachable',
      { problem: String((cause as Error).message).slice(0, 200) },
      { cause },
    );
  }
}
