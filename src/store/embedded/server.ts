import { spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, statSync } from 'node:fs';
import { chown, mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { HubError } from '../../errors.ts';
import { anyServerOf, exists } from './alive.ts';
import type { Binaries } from './binaries.ts';
import { boundLog, type Folder } from './folder.ts';
import { type Postmaster, readPostmaster } from './postmaster.ts';
import type { RunAs } from './run-as.ts';

/** All that is needed to run the server of one data folder. */
export type Site = { folder: Folder; binaries: Binaries; runAs: RunAs; password: string; log: Logger };

export const DATABASE_USER = 'lienlac';

/** `sun_path` holds 108 bytes on Linux and 104 on macOS, the closing NUL included. */
const SOCKET_PATH_MAX = process.platform === 'darwin' ? 103 : 107;
const SOCKET_PORT = 5432;
const SOCKET_NAME = `.s.PGSQL.${SOCKET_PORT}`;

/** Set on the command line, so that they follow the program and not the age of the data folder. */
const SERVER_SETTINGS: Record<string, string> = {
  fsync: 'on',
  synchronous_commit: 'on',
  full_page_writes: 'on',
  shared_buffers: '128MB',
  // A fan-out writes half a gigabyte of log; with the default of 4 MB its writer waits for the disk at every page.
  wal_buffers: '64MB',
  max_wal_size: '2GB',
  max_connections: '50',
  max_prepared_transactions: '0',
  timezone: 'UTC',
  log_timezone: 'UTC',
  password_encryption: 'scram-sha-256',
  // A statement whose hub was killed ends soon, and with it the locks it holds.
  client_connection_check_interval: process.platform === 'win32' ? '0' : '500ms',
  // Errors of statements reach the hub anyway. In the server's log their details would be personal data.
  log_min_messages: 'log',
  log_min_error_statement: 'panic',
  log_checkpoints: 'off',
  log_autovacuum_min_duration: '-1',
  logging_collector: 'off',
};

/** The folder gets its name when it is whole: a killed initdb never leaves something that looks like a database. */
export async function makeDataFolder(site: Site): Promise<void> {
  const { folder, binaries, runAs, password } = site;
  if (existsSync(join(folder.pgData, 'PG_VERSION'))) return;
  await removeDrafts(folder);
  const draft = `${folder.pgData}.new-${process.pid}`;
  await mkdir(draft, { mode: 0o700 });
  const passwordFile = `${draft}.password`;
  await writeFile(passwordFile, `${password}\n`, { mode: 0o600 });
  try {
    if (runAs.ids) for (const path of [draft, passwordFile]) await chown(path, runAs.ids.uid, runAs.ids.gid);
    // The builtin provider sorts by code point with Unicode case rules, the same on every system and under any
    // locale of the machine. Vietnamese order is asked for where a list is shown: order by … collate "vi-x-icu".
    await run(site, binaries.initdb, [
      `--pgdata=${draft}`,
      `--username=${DATABASE_USER}`,
      `--pwfile=${passwordFile}`,
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      '--locale-provider=builtin',
      '--builtin-locale=C.UTF-8',
      '--locale=C',
      '--no-instructions',
    ]);
    await rename(draft, folder.pgData).catch((error: NodeJS.ErrnoException) => {
      // Another process was faster; its folder is as good.
      if (!existsSync(join(folder.pgData, 'PG_VERSION'))) throw error;
    });
  } finally {
    await rm(passwordFile, { force: true });
    await rm(draft, { recursive: true, force: true });
  }
}

async function removeDrafts(folder: Folder): Promise<void> {
  for (const name of await readdir(folder.dataDir)) {
    const pid = /^postgres\.new-(\d+)(\.password)?$/.exec(name)?.[1];
    if (pid && !exists(Number(pid))) await rm(join(folder.dataDir, name), { recursive: true, force: true });
  }
}

/**
 * Starts the server without waiting until it answers; what it says of itself is then in postmaster.pid.
 * @param port for 127.0.0.1 only: the port to take again, so that open pools find it.
 * @param more settings instead of ours
 */
export async function launch(
  site: Site,
  port?: number,
  more: Readonly<Record<string, string>> = {},
): Promise<{ exitCode: () => number | null | undefined; logFrom: number }> {
  const { folder, binaries, runAs } = site;
  await clearStaleLocks(folder);
  await boundLog(folder);
  const logFrom = existsSync(folder.logFile) ? statSync(folder.logFile).size : 0;
  const settings = Object.entries({ ...SERVER_SETTINGS, ...(await listening(folder, port)), ...more });
  const flags = settings.flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const logFd = openSync(folder.logFile, 'a', 0o600);
  // Its own process group: Ctrl-C in the terminal must reach the hub alone, which then stops the server last.
  const how = {
    detached: true,
    stdio: ['ignore', logFd, logFd] as ['ignore', number, number],
    env: cleanEnv(),
    ...runAs.ids,
  };
  try {
    if (process.platform === 'win32') {
      // pg_ctl gives up administrator rights, with which postgres.exe would refuse to run.
      const options = flags.map((flag) => (/[\s']/.test(flag) ? `"${flag}"` : flag)).join(' ');
      const args = ['start', '-W', '-D', folder.pgData, '-o', options];
      spawn(binaries.pgCtl, args, { ...how, windowsHide: true }).unref();
      return { exitCode: () => undefined, logFrom };
    }
    const [command = '', ...args] = [...runAs.prefix, binaries.postgres, '-D', folder.pgData, ...flags];
    // unshare without --fork becomes postgres: the same process id, so signals reach it.
    const child = spawn(command, args, how);
    let exit: number | null | undefined;
    child.once('exit', (code) => {
      exit = code;
    });
    child.once('error', (error) => {
      exit = -1;
      site.log.error({ err: error }, 'embedded database: cannot run the program');
    });
    child.unref();
    return { exitCode: () => exit, logFrom };
  } finally {
    closeSync(logFd);
  }
}

/**
 * Stops the server: it rolls back what runs and writes everything down ('fast'). Only if it does not listen, harder.
 * @param patienceMs how long it may take over the fast way.
 */
export async function stopServer(site: Site, postmaster: Postmaster, patienceMs = 30_000): Promise<void> {
  const { folder, binaries } = site;
  const gone = async () => !exists(postmaster.pid) || (await readPostmaster(folder))?.pid !== postmaster.pid;
  if (process.platform === 'win32') {
    await run(site, binaries.pgCtl, ['stop', '-D', folder.pgData, '-m', 'fast', '-t', '30']).catch(
      () => undefined,
    );
    return;
  }
  // fast, immediate, and the last resort for a server that does not even answer signals.
  for (const [signal, waitMs] of [
    ['SIGINT', patienceMs],
    ['SIGQUIT', 1_000],
    ['SIGKILL', 1_000],
  ] as const) {
    if (await gone()) return;
    process.kill(postmaster.pid, signal);
    for (const end = Date.now() + waitMs; Date.now() < end; ) {
      if (await gone()) return;
      await pause(5);
    }
  }
}

/**
 * After a power cut the server's lock files name a process id that may by now be somebody else's, and PostgreSQL would
 * refuse to start for ever. So they are removed, once nothing of that server runs.
 */
async function clearStaleLocks(folder: Folder): Promise<void> {
  const left = await readPostmaster(folder);
  if (anyServerOf(folder.pgData, left?.pid)) return;
  for (const name of ['postmaster.pid', `${SOCKET_NAME}.lock`, SOCKET_NAME]) {
    await rm(join(folder.pgData, name), { force: true });
  }
}

async function listening(folder: Folder, port?: number): Promise<Record<string, string>> {
  const socket = join(folder.pgData, SOCKET_NAME);
  if (process.platform !== 'win32' && Buffer.byteLength(socket) <= SOCKET_PATH_MAX) {
    // '.' is the data folder, where the server works; a full path could hold commas and quotes.
    return {
      listen_addresses: '',
      unix_socket_directories: '.',
      unix_socket_permissions: '0700',
      port: `${SOCKET_PORT}`,
    };
  }
  const free = port && (await isFree(port)) ? port : await freePort();
  return { listen_addresses: '127.0.0.1', unix_socket_directories: '', port: String(free) };
}

function freePort(port = 0): Promise<number> {
  const probe = createServer();
  return new Promise((resolve, reject) => {
    probe.once('error', reject);
    probe.listen(port, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

const isFree = (port: number): Promise<boolean> =>
  freePort(port).then(
    () => true,
    () => false,
  );

async function run(site: Site, program: string, args: string[]): Promise<void> {
  const [command = '', ...rest] = [...site.runAs.prefix, program, ...args];
  const child = spawn(command, rest, { env: cleanEnv(), windowsHide: true, ...site.runAs.ids });
  let said = '';
  child.stderr.on('data', (data: Buffer) => {
    said += data.toString('utf8');
  });
  child.stdout.resume();
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  }).catch((cause: unknown) => {
    throw new HubError('databaseCannotStart', { problem: 'program', program }, { cause });
  });
  if (code !== 0)
    throw new HubError('databaseCannotStart', { problem: 'program', program, said: said.slice(-800) });
}

/** The machine's locale, zone and PG* settings are not ours. */
function cleanEnv(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(PG[A-Z]+|LC_[A-Z]+|LANG|LANGUAGE|TZ)$/.test(name),
  );
  return { ...Object.fromEntries(kept), LC_ALL: 'C', TZ: 'UTC' };
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
