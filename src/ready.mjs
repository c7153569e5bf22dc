// node src/ready.mjs <command> [arguments]
//
// Makes a fresh or changed clone ready (packages, Prisma client, build), then runs the command in this same process.
// Plain JavaScript without packages, since it is what installs them. When nothing has changed it only compares three
// hashes. What it does it says on stderr, so that stdout stays the command's own (`demo --json`).

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir, userInfo } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
/** Inside node_modules, so that it is gone when they are. */
const STAMPS = join(root, 'node_modules', '.lienlac-ready.json');
/** What is compiled: a change in any of them makes a build. */
const SOURCES = ['src', 'demo', 'bench', 'crash', 'faults', 'test'];
/** Commands that are not lienlac's own: where their entry is. */
const ENTRIES = {
  bench: join('dist', 'bench', 'main.js'),
  crash: join('dist', 'crash', 'main.js'),
  faults: join('dist', 'faults', 'main.js'),
  'smoke:zalo': join('dist', 'test', 'smoke', 'zalo-oa.js'),
  migration: join('dist', 'src', 'store', 'new-migration.js'),
};
const LOCK_WAIT_MS = 300_000;

/** Prisma asks for these versions; older ones fail in ways that nobody would understand. */
function checkNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const good = (major === 20 && minor >= 19) || (major === 22 && minor >= 12) || major >= 24;
  if (good) return;
  stop(
    `Liên Lạc needs Node.js 20.19 or newer, 22.12 or newer, or 24; this is ${process.versions.node}. ` +
      'Take the LTS version from https://nodejs.org and start again.',
  );
}

function stop(sentence) {
  process.stderr.write(`${sentence}\n`);
  process.exit(1);
}

function hashOf(...parts) {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part).update('\0');
  return hash.digest('hex').slice(0, 32);
}

const read = (...path) => readFileSync(join(root, ...path));

function* filesBelow(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* filesBelow(path);
    else if (/\.tsx?$/.test(entry.name)) yield path;
  }
}

function sourceFiles() {
  return SOURCES.map((name) => join(root, name))
    .filter(existsSync)
    .flatMap((folder) => [...filesBelow(folder)])
    .sort();
}

function readStamps() {
  try {
    return JSON.parse(readFileSync(STAMPS, 'utf8'));
  } catch {
    return {};
  }
}

function stamp(changes) {
  writeFileSync(STAMPS, JSON.stringify({ ...readStamps(), ...changes }));
}

/** Runs a step and says in one line what it was and how long it took; its own output is shown only if it fails. */
function step(title, command, args, { env = {}, shell = false } = {}) {
  process.stderr.write(`${title} … `);
  const begin = performance.now();
  const ran = spawnSync(command, args, {
    cwd: root,
    shell,
    encoding: 'utf8',
    env: { ...process.env, ...env },
  });
  const seconds = ((performance.now() - begin) / 1000).toFixed(1);
  process.stderr.write(`${seconds} s\n`);
  const good = ran.status === 0;
  if (!good) process.stderr.write(`${ran.stdout ?? ''}${ran.stderr ?? ''}${ran.error ?? ''}\n`);
  return good;
}

function install(stamps) {
  const wanted = hashOf(read('package-lock.json'), process.platform, process.arch);
  if (stamps.install === wanted) return;
  if (installedByHand()) return stamp({ install: wanted });
  // No package's script is needed: Prisma's would download engines that are not used, and the embedded
  // PostgreSQL makes its links at its first start.
  const args = ['ci', '--ignore-scripts', '--include=dev', '--no-audit', '--no-fund', '--prefer-offline'];
  const npm = process.env.npm_execpath;
  const title = 'Installing packages';
  const good = npm?.endsWith('.js')
    ? step(title, process.execPath, [npm, ...args])
    : step(title, 'npm', args, { shell: process.platform === 'win32' });
  if (!good)
    stop('The packages could not be installed: is the npm registry reachable? (npm config get registry)');
  stamp({ install: wanted });
}

/** Somebody ran npm themselves, and what npm says it installed is what the lockfile wants. */
function installedByHand() {
  const hidden = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(hidden)) return false;
  const there = JSON.parse(readFileSync(hidden, 'utf8')).packages;
  const wanted = Object.entries(JSON.parse(read('package-lock.json').toString('utf8')).packages);
  return wanted.every(([path, { version, optional, devOptional }]) => {
    if (path === '') return true;
    return there[path] ? there[path].version === version : Boolean(optional || devOptional);
  });
}

function generate(stamps) {
  const wanted = hashOf(read('prisma', 'schema.prisma'), read('package-lock.json'));
  if (stamps.generate === wanted && existsSync(join(root, 'src', 'store', 'prisma', 'client.ts'))) return;
  const cli = join(root, 'node_modules', 'prisma', 'build', 'index.js');
  const env = {
    // The CLI looks for a native schema engine, which `generate` does not use; any file keeps it from downloading one.
    PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
    CHECKPOINT_DISABLE: '1',
    PRISMA_HIDE_UPDATE_MESSAGE: '1',
  };
  if (!step('Generating the database client', process.execPath, [cli, 'generate'], { env })) {
    stop('prisma/schema.prisma has an error.');
  }
  stamp({ generate: wanted });
}

function build(stamps, mayHaveErrors) {
  const files = sourceFiles();
  const contents = files.flatMap((file) => [relative(root, file), readFileSync(file)]);
  const wanted = hashOf(read('tsconfig.json'), read('package-lock.json'), ...contents);
  const names = files.map((file) => relative(root, file)).join('\n');
  if (stamps.build === wanted && existsSync(join(root, 'dist', 'src'))) return;
  // A file that is gone must not live on in dist. Otherwise dist stays, since a running hub may load from it.
  if (stamps.files !== hashOf(names)) rmSync(join(root, 'dist'), { recursive: true, force: true });
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const good = step('Building', process.execPath, [tsc, '--project', 'tsconfig.json']);
  if (!good && !mayHaveErrors) stop('The program has type errors.');
  stamp({ build: good ? wanted : 'errors', files: hashOf(names) });
}

/** Two that start at once do the work one after the other; the second then finds nothing to do. */
async function alone(work) {
  const user = process.platform === 'win32' ? '' : String(userInfo().uid);
  const lock = join(tmpdir(), `lienlac-ready-${hashOf(root, user)}`);
  const end = Date.now() + LOCK_WAIT_MS;
  while (!take(lock)) {
    if (Date.now() > end)
      stop(`Another set-up of this folder does not end. If none is running, remove ${lock}`);
    await new Promise((done) => setTimeout(done, 100));
  }
  const release = () => rmSync(lock, { recursive: true, force: true });
  process.once('exit', release);
  try {
    work();
  } finally {
    process.removeListener('exit', release);
    release();
  }
}

function take(lock) {
  try {
    mkdirSync(lock);
    writeFileSync(join(lock, 'pid'), String(process.pid));
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
    if (isAbandoned(lock)) rmSync(lock, { recursive: true, force: true });
    return false;
  }
}

function isAbandoned(lock) {
  try {
    process.kill(Number(readFileSync(join(lock, 'pid'), 'utf8')), 0);
    return false;
  } catch (error) {
    if (error.code === 'ESRCH') return true;
    // No pid in it yet: just being taken, unless it is old.
    const made = error.code === 'ENOENT' ? statSync(lock, { throwIfNoEntry: false })?.mtimeMs : undefined;
    return made !== undefined && Date.now() - made > 10_000;
  }
}

async function main() {
  checkNode();
  const [command = 'help', ...args] = process.argv.slice(2);
  await alone(() => {
    install(readStamps());
    generate(readStamps());
    build(readStamps(), ['test', 'migration'].includes(command));
  });
  if (command === 'build') return;
  if (command === 'test') return runTests(args);
  const own = ENTRIES[command];
  await run(join(root, own ?? join('dist', 'src', 'main.js')), own ? args : [command, ...args]);
}

async function runTests(args) {
  // Vitest does not let its command line be imported by name.
  const vitest = createRequire(join(root, 'package.json')).resolve('vitest/package.json');
  process.chdir(root);
  process.env.NODE_ENV = 'test';
  await run(resolve(dirname(vitest), 'vitest.mjs'), ['run', ...args]);
}

/** In this process: signals and the exit code need no passing on. */
async function run(file, args) {
  process.argv = [process.execPath, file, ...args];
  await import(pathToFileURL(file).href);
}

await main();
