import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { chmod, link, mkdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { HubError } from '../../errors.ts';

/** The places in DATA_DIR that belong to the embedded database. Everything is readable by its owner only. */
export type Folder = {
  dataDir: string;
  /** The PostgreSQL data folder; its unix socket lies in it too, so one folder has all that must be private. */
  pgData: string;
  passwordFile: string;
  logFile: string;
  hubLock: string;
};

/** The log of the server itself holds starts and stops, no statements; beyond this it starts anew. */
const LOG_MAX_BYTES = 2_000_000;

/** Makes DATA_DIR if needed, closed to others. An existing folder's mode is tightened only if it is ours. */
export async function openFolder(dataDirSetting: string): Promise<Folder> {
  const wanted = resolve(dataDirSetting);
  await mkdir(wanted, { recursive: true, mode: 0o700 });
  // The real path: PostgreSQL's processes are recognised by their working folder.
  const dataDir = realpathSync(wanted);
  await chmod(dataDir, 0o700).catch(() => undefined);
  return {
    dataDir,
    pgData: join(dataDir, 'postgres'),
    passwordFile: join(dataDir, 'postgres.password'),
    logFile: join(dataDir, 'postgres.log'),
    hubLock: join(dataDir, 'hub.lock'),
  };
}

/** The password of the database, made at first use. Two processes starting at once end up with the same one. */
export async function readPassword(folder: Folder): Promise<string> {
  if (!existsSync(folder.passwordFile)) {
    const draft = `${folder.passwordFile}.${process.pid}`;
    await writeFile(draft, randomBytes(24).toString('base64url'), { mode: 0o600 });
    await link(draft, folder.passwordFile).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
    await rm(draft);
  }
  return (await readFile(folder.passwordFile, 'utf8')).trim();
}

/**
 * Refuses a data folder of another PostgreSQL major version before anything in it is touched.
 * @throws HubError `dataFolderOtherVersion`
 */
export function checkVersion(folder: Folder, major: string): void {
  const file = join(folder.pgData, 'PG_VERSION');
  if (!existsSync(file)) return;
  const found = readFileSync(file, 'utf8').trim();
  if (found !== major) {
    throw new HubError('dataFolderOtherVersion', { folder: folder.dataDir, found, needed: major });
  }
}

/** Keeps the server's log bounded: empties it when it has grown. The server appends, so it goes on at the start. */
export async function boundLog(folder: Folder): Promise<void> {
  const size = await stat(folder.logFile).then(
    (s) => s.size,
    () => 0,
  );
  if (size > LOG_MAX_BYTES) await truncate(folder.logFile, 0);
}

/** The last lines of the server's log from byte `from`, for an error message. */
export async function logTail(folder: Folder, from: number): Promise<string> {
  const log = await readFile(folder.logFile).catch(() => Buffer.alloc(0));
  return log.subarray(from).toString('utf8').trim().split('\n').slice(-5).join(' | ').slice(0, 800);
}
