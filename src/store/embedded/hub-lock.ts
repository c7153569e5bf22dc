import { createHash, randomUUID } from 'node:crypto';
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { HubError } from '../../errors.ts';
import { identity } from './alive.ts';

// One hub per data folder. This lock gives the second hub its clear sentence before it touches anything. It can be
// blind (two containers on one volume don't see each other's processes), so the server's own lock, held as long as
// the hub lives, has the last word; see attendance.ts.

/** Gives the lock back. */
export type Release = () => Promise<void>;

/**
 * Takes the lock of a data folder. A lock left by a process that has ended is taken over.
 * @throws HubError `dataFolderInUse`
 */
export async function lockHub(file: string): Promise<Release> {
  return process.platform === 'win32' ? lockByPipe(file) : lockByFile(file);
}

async function lockByFile(file: string): Promise<Release> {
  const mine = `${process.pid}\n${identity(process.pid)}\n${randomUUID()}\n`;
  const draft = `${file}.${randomUUID()}`;
  await writeFile(draft, mine, { mode: 0o600 });
  try {
    // A hard link is made whole or not at all, unlike a file that is created first and filled later.
    while (!(await link(draft, file).then(() => true, alreadyThere))) await removeIfStale(file);
  } finally {
    await rm(draft, { force: true });
  }
  return async () => {
    if ((await readFile(file, 'utf8').catch(() => '')) === mine) await rm(file, { force: true });
  };
}

function alreadyThere(error: NodeJS.ErrnoException): false {
  if (error.code === 'EEXIST') return false;
  throw error;
}

/** Removes a lock whose holder has ended. If somebody else took it over meanwhile, theirs is put back. */
async function removeIfStale(file: string): Promise<void> {
  const seen = await readFile(file, 'utf8').catch(() => undefined);
  if (seen === undefined) return;
  const [pid = '0', holder] = seen.split('\n');
  if (identity(Number(pid)) === holder) {
    throw new HubError('dataFolderInUse', { pid, lock: file });
  }
  const aside = `${file}.${randomUUID()}`;
  await rename(file, aside).catch(() => undefined);
  if ((await readFile(aside, 'utf8').catch(() => seen)) !== seen)
    await link(aside, file).catch(() => undefined);
  await rm(aside, { force: true });
}

/** Windows closes a named pipe with its process, however that ends: a lock that can't go stale. */
function lockByPipe(file: string): Promise<Release> {
  const name = createHash('sha256').update(file.toLowerCase()).digest('hex').slice(0, 32);
  const server = createServer((socket) => socket.destroy());
  return new Promise((resolve, reject) => {
    server.once('error', (cause) =>
      reject(new HubError('dataFolderInUse', { pid: 0, lock: file }, { cause })),
    );
    server.listen(`\\\\.\\pipe\\lienlac-${name}`, () => {
      server.unref();
      resolve(() => new Promise((done) => server.close(() => done())));
    });
  });
}
