import pg from 'pg';
import { HubError } from '../../errors.ts';
import { isServerOf } from './alive.ts';
import { logTail } from './folder.ts';
import { type Postmaster, readPostmaster } from './postmaster.ts';
import { DATABASE_USER, launch, pause, type Site, stopServer } from './server.ts';

// Who uses the server. Every process that works on the data folder keeps one connection open that holds a shared
// lock; the last one to leave gets the lock for itself and stops the server. So a command that runs beside the hub
// neither loses the server under its feet nor leaves it running. The hub holds a second lock: there is one hub.

/** Advisory lock keys, in the database `postgres`, where nothing else of ours takes locks. */
const ATTEND = 7301;
const HUB = 7302;

/** A server that recovers after a power cut says that it is starting; that may take long. */
const START_MAX_MS = 120_000;
/** One that says it is ready, but does not let us in for so long, is stopped and started again. */
const DEAF_MAX_MS = 3_000;
const DEAF_STOP_MS = 2_000;
/** The connection of a hub that was just killed is noticed by the server within milliseconds. */
const HUB_LOCK_MAX_MS = 1_500;

export type Role = 'hub' | 'guest';
export type Attendance = { client: pg.Client; postmaster: Postmaster };

/**
 * Joins the running server of the data folder, or starts it.
 * @param port on 127.0.0.1 only: the port to take again, if the server has to be started.
 * @throws HubError `dataFolderInUse` when another hub is there, `databaseCannotStart`.
 */
export async function attend(site: Site, role: Role, port?: number): Promise<Attendance> {
  const end = Date.now() + START_MAX_MS;
  let launched: Awaited<ReturnType<typeof launch>> | undefined;
  let deafSince: number | undefined;
  while (Date.now() < end) {
    const postmaster = await readPostmaster(site.folder);
    const alive = postmaster !== undefined && isServerOf(site.folder.pgData, postmaster.pid);
    if (!alive && launched?.exitCode() !== undefined) {
      await refuseUnlessPassing(site, launched.logFrom);
      launched = undefined;
    }
    if (!alive && !launched) launched = await launch(site, port);
    if (alive && postmaster.ready) {
      const client = await enter(site, postmaster);
      if (client && role === 'hub') await beTheHub(site, client);
      if (client) return { client, postmaster };
      deafSince ??= Date.now();
      if (Date.now() - deafSince > DEAF_MAX_MS) {
        site.log.warn('embedded database: the server found does not answer; it is started again');
        await stopServer(site, postmaster, DEAF_STOP_MS);
        deafSince = undefined;
      }
    }
    await pause(5);
  }
  throw new HubError('databaseCannotStart', { problem: 'tooLong', said: await logTail(site.folder, 0) });
}

/** Leaves the server; stops it when nobody else is there. */
export async function leave(site: Site, { client, postmaster }: Attendance): Promise<void> {
  const last = await client
    .query<{ last: boolean }>(
      `select pg_advisory_unlock_shared(${ATTEND}), pg_try_advisory_lock(${ATTEND}) as last`,
    )
    .then(
      ({ rows }) => rows[0]?.last === true,
      () => false,
    );
  if (last) {
    client.on('error', () => undefined);
    await stopServer(site, postmaster);
  }
  await client.end().catch(() => undefined);
}

/** A connection that attends; undefined when the server does not let us in now (it is just stopping, or deaf). */
async function enter(site: Site, { host, port }: Postmaster): Promise<pg.Client | undefined> {
  const client = new pg.Client({
    host,
    port,
    user: DATABASE_USER,
    password: site.password,
    database: 'postgres',
    ssl: false,
    options: '-c timezone=UTC',
    application_name: 'lienlac-attendance',
    connectionTimeoutMillis: 2_000,
    keepAlive: true,
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<{ ok: boolean }>(
      `select pg_try_advisory_lock_shared(${ATTEND}) as ok`,
    );
    if (rows[0]?.ok) return client;
  } catch (error) {
    // 28…: the password file does not belong to this data folder; waiting would not help.
    if (String((error as { code?: unknown }).code).startsWith('28')) {
      throw new HubError(
        'databaseCannotStart',
        { problem: 'password', file: site.folder.passwordFile },
        { cause: error },
      );
    }
  }
  await client.end().catch(() => undefined);
  return undefined;
}

async function beTheHub(site: Site, client: pg.Client): Promise<void> {
  const end = Date.now() + HUB_LOCK_MAX_MS;
  do {
    const { rows } = await client.query<{ ok: boolean }>(`select pg_try_advisory_lock(${HUB}) as ok`);
    if (rows[0]?.ok) return;
    await pause(20);
  } while (Date.now() < end);
  await client.end();
  throw new HubError('dataFolderInUse', { lock: site.folder.dataDir });
}

/** The program ended at once. Was it only that another process was faster, or that remains of a killed one linger? */
async function refuseUnlessPassing(site: Site, logFrom: number): Promise<void> {
  const said = await logTail(site.folder, logFrom);
  if (/lock file ".*" already exists|pre-existing shared memory|Address already in use/i.test(said)) {
    return pause(50);
  }
  throw new HubError('databaseCannotStart', { problem: 'program', program: site.binaries.postgres, said });
}
