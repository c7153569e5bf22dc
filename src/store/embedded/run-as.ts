import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { chmod, chown, mkdir, rmdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { HubError } from '../../errors.ts';
import type { Binaries } from './binaries.ts';

/**
 * How a PostgreSQL program is started. PostgreSQL refuses to run as root, so root takes one of two ways:
 * `unshare` into a user namespace where root is called 1000 (files stay root's, and it works in a clone that nobody
 * else may enter), or another user of this machine to whom the database folder then belongs.
 */
export type RunAs = { prefix: readonly string[]; ids: { uid: number; gid: number } | undefined };

const DIRECT: RunAs = { prefix: [], ids: undefined };
const UNSHARE = ['unshare', '--map-user=1000', '--map-group=1000'];

/**
 * Chooses the way for this process and this database folder (which need not exist yet).
 * @throws HubError `databaseCannotStart` with what to do, when root has no way here.
 */
export async function chooseRunAs(pgData: string, binaries: Binaries): Promise<RunAs> {
  if (process.platform === 'win32' || process.getuid?.() !== 0) return DIRECT;
  // Who made the folder must run it: PostgreSQL insists on owning it.
  const owner = await stat(pgData).catch(() => undefined);
  if (owner && owner.uid !== 0) {
    await letPass(dirname(pgData));
    return { prefix: [], ids: { uid: owner.uid, gid: owner.gid } };
  }
  if (namespacesOpen()) return { prefix: UNSHARE, ids: undefined };
  if (owner) throw new HubError('databaseCannotStart', { problem: 'rootNamespace', folder: pgData });
  return asOtherUser(dirname(pgData), binaries);
}

function namespacesOpen(): boolean {
  const [command = '', ...flags] = UNSHARE;
  return spawnSync(command, [...flags, 'true'], { stdio: 'ignore' }).status === 0;
}

/** The first of postgres and nobody that may run the programs and reach the data folder. */
async function asOtherUser(dataDir: string, binaries: Binaries): Promise<RunAs> {
  await letPass(dataDir);
  for (const name of ['postgres', 'nobody']) {
    const ids = idsOf(name);
    if (ids && runs(binaries.postgres, ['--version'], ids) && (await reaches(dataDir, ids))) {
      return { prefix: [], ids };
    }
  }
  throw new HubError('databaseCannotStart', { problem: 'root', folder: dataDir });
}

/** The other user must get through DATA_DIR to its folder; what else lies there stays closed by its own mode. */
const letPass = (dataDir: string): Promise<void> => chmod(dataDir, 0o711);

async function reaches(dataDir: string, ids: { uid: number; gid: number }): Promise<boolean> {
  const probe = join(dataDir, `.reach-${process.pid}`);
  await mkdir(probe);
  try {
    await chown(probe, ids.uid, ids.gid);
    return runs('test', ['-w', probe], ids);
  } finally {
    await rmdir(probe);
  }
}

function runs(command: string, args: string[], ids: { uid: number; gid: number }): boolean {
  return spawnSync(command, args, { ...ids, stdio: 'ignore', cwd: '/' }).status === 0;
}

function idsOf(name: string): { uid: number; gid: number } | undefined {
  const lines = readFileSync('/etc/passwd', 'utf8').split('\n');
  const [, , uid, gid] = lines.find((line) => line.startsWith(`${name}:`))?.split(':') ?? [];
  return uid === undefined || gid === undefined ? undefined : { uid: Number(uid), gid: Number(gid) };
}
