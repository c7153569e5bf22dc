import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import pino from 'pino';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Embedded, openEmbedded } from '../../src/store/embedded/index.ts';
import { inPackage } from '../../src/store/package-root.ts';
import { until } from '../harness/index.ts';

const log = pino({ level: 'silent' });
const root = process.getuid?.() === 0;
let base: string;
let dir: string;
let number = 0;
const open: Embedded[] = [];
const children: ChildProcess[] = [];

/** Compiled once: a killed hub must be a real process of its own. */
let compiled: string;

beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'll-'));
  compiled = join(base, 'js');
  const config = join(base, 'tsconfig.json');
  await writeFile(
    config,
    JSON.stringify({
      extends: inPackage('tsconfig.json'),
      compilerOptions: {
        rootDir: inPackage(),
        outDir: compiled,
        typeRoots: [inPackage('node_modules', '@types')],
      },
      include: [],
      files: [inPackage('test', 'store', 'child.ts')],
    }),
  );
  spawnSync(process.execPath, [inPackage('node_modules', 'typescript', 'bin', 'tsc'), '-p', config]);
  await writeFile(join(compiled, 'package.json'), '{"type":"module"}');
  await symlink(inPackage('node_modules'), join(compiled, 'node_modules'));
});

afterAll(() => rm(base, { recursive: true, force: true }));

afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  await Promise.all(open.splice(0).map((one) => one.close()));
  if (dir && existsSync(join(dir, 'postgres', 'PG_VERSION'))) await stopLeftover();
});

/** A test that killed its hub leaves a server: join it once more, so that it is stopped. */
async function stopLeftover(): Promise<void> {
  if (!existsSync(join(dir, 'postgres', 'postmaster.pid'))) return;
  await (await openEmbedded(dir, 'guest', log)).close();
}

function freshDir(name = String(++number)): string {
  dir = join(base, name);
  return dir;
}

async function start(as: 'hub' | 'guest' = 'hub', where = dir): Promise<Embedded> {
  const embedded = await openEmbedded(where, as, log);
  open.push(embedded);
  return embedded;
}

async function query<T extends pg.QueryResultRow>(embedded: Embedded, sql: string): Promise<T | undefined> {
  const client = new pg.Client({ ...embedded.address, ssl: false, database: 'postgres' });
  await client.connect();
  try {
    return (await client.query<T>(sql)).rows[0];
  } finally {
    await client.end();
  }
}

/** Another hub (or command) on the same folder, as a process; `said` is its first line. */
async function startProcess(as: 'hub' | 'guest', env: NodeJS.ProcessEnv = {}) {
  const file = join(compiled, 'test', 'store', 'child.js');
  const child = spawn(process.execPath, [file, dir, as], { env: { ...process.env, ...env }, detached: true });
  children.push(child);
  let out = '';
  child.stdout.on('data', (data: Buffer) => {
    out += data.toString();
  });
  let err = '';
  child.stderr.on('data', (data: Buffer) => {
    err += data.toString();
  });
  const line = await until(
    `the ${as} process to speak ${err}`,
    () => out.split('\n')[1] !== undefined && out.split('\n')[0],
  );
  return { child, said: JSON.parse(line) as { ready?: boolean; code?: string } };
}

async function serverRuns(): Promise<boolean> {
  const pidFile = await readFile(join(dir, 'postgres', 'postmaster.pid'), 'utf8').catch(() => '');
  return pidFile !== '' && existsSync(`/proc/${pidFile.split('\n')[0]}/cwd`);
}

describe('the embedded database', () => {
  it('is made and started within a second or so, and later in a fraction of that', async () => {
    freshDir();
    const first = performance.now();
    await (await openEmbedded(dir, 'hub', log)).close();
    const firstMs = performance.now() - first;
    const later = performance.now();
    await start();
    const laterMs = performance.now() - later;
    console.info(`embedded database: first start ${Math.round(firstMs)} ms, later ${Math.round(laterMs)} ms`);
    // Generous: the machine of the tests is busy with other tests.
    expect(firstMs).toBeLessThan(6_000);
    expect(laterMs).toBeLessThan(1_500);
  });

  it('is UTF-8, lives in UTC and lower-cases Vietnamese, whatever the machine is set to', async () => {
    freshDir();
    const { said, child } = await startProcess('hub', {
      LANG: 'C',
      LC_ALL: 'C',
      TZ: 'Asia/Tokyo',
      PGOPTIONS: '-c nonsense=1',
    });
    expect(said).toMatchObject({ ready: true });
    const guest = await start('guest');
    const row = await query(
      guest,
      `select current_setting('server_encoding') as encoding, current_setting('timezone') as zone,
              lower('NGUYỄN ĐỨC') as lower, upper('đặng') as upper`,
    );
    expect(row).toEqual({ encoding: 'UTF8', zone: 'UTC', lower: 'nguyễn đức', upper: 'ĐẶNG' });
    child.stdin.write('stop\n');
    await until('the hub to end', () => child.exitCode === 0);
  });

  it('keeps password, log and data from everybody else', async () => {
    freshDir();
    await start();
    const mode = async (path: string) => ((await stat(path)).mode & 0o777).toString(8);
    expect(await mode(dir)).toBe('700');
    expect(await mode(join(dir, 'postgres'))).toBe('700');
    for (const file of ['postgres.password', 'postgres.log', 'hub.lock']) {
      expect([file, await mode(join(dir, file))]).toEqual([file, '600']);
    }
  });

  it('lets nobody in without the password', async () => {
    freshDir();
    const { address } = await start();
    const client = new pg.Client({ ...address, password: 'wrong', ssl: false, database: 'postgres' });
    await expect(client.connect()).rejects.toMatchObject({ code: '28P01' });
  });

  it('listens on a socket in its own folder, and nowhere on the network', async () => {
    freshDir();
    const embedded = await start();
    expect(embedded.address.host).toBe(join(dir, 'postgres'));
    expect(await query(embedded, `select current_setting('listen_addresses') as addresses`)).toEqual({
      addresses: '',
    });
  });

  it('listens on 127.0.0.1 only where the path is too long for a socket', async () => {
    freshDir('x'.repeat(100));
    const embedded = await start();
    expect(embedded.address.host).toBe('127.0.0.1');
    expect(await query(embedded, `select current_setting('listen_addresses') as addresses`)).toEqual({
      addresses: '127.0.0.1',
    });
  });

  it('works in a folder whose name has spaces, commas and Vietnamese letters', async () => {
    freshDir(`Trường THCS, "Đề Thám" ${++number}`);
    expect(await query(await start(), 'select 1 as one')).toEqual({ one: 1 });
  });
});

// Not defined, rather than skipped, for an ordinary user: there is nothing to prove for them.
if (root) describe('for root, the embedded database', rootSuite);

function rootSuite(): void {
  it('runs for root in a home that nobody else may enter', async () => {
    const home = join(base, 'home');
    await mkdir(home, { mode: 0o700 });
    freshDir('home/data');
    await start();
    // The files stay root's, so root can copy and remove them.
    expect((await stat(join(dir, 'postgres', 'PG_VERSION'))).uid).toBe(0);
  });

  /** A PATH on which there is no unshare. */
  const closed = async () => {
    const bin = join(base, 'bin');
    await mkdir(bin, { recursive: true });
    await symlink('/usr/bin/test', join(bin, 'test')).catch(() => undefined);
    return { PATH: bin };
  };

  it('runs as another user for root where user namespaces are closed, and the folder is that user’s', async () => {
    freshDir();
    await chmod(base, 0o711);
    const { child, said } = await startProcess('hub', await closed());
    expect(said).toMatchObject({ ready: true });
    expect((await stat(join(dir, 'postgres'))).uid).not.toBe(0);
    expect(((await stat(dir)).mode & 0o077).toString(8)).toBe('11');
    child.stdin.write('stop\n');
    await until('the hub to end', () => child.exitCode === 0);
    // Later starts keep to that user, also where namespaces are open again.
    expect(await query(await start(), 'select 1 as one')).toEqual({ one: 1 });
  });

  it('refuses root a folder that the other user cannot reach, and leaves nothing in it', async () => {
    await mkdir(join(base, 'closed'), { mode: 0o700 });
    freshDir('closed/data');
    expect((await startProcess('hub', await closed())).said).toMatchObject({ code: 'databaseCannotStart' });
    expect((await readdir(dir)).filter((name) => name !== 'postgres.password')).toEqual([]);
  });
}

describe('one hub per data folder', () => {
  it('refuses a second hub with a clear code and leaves the first one alone', async () => {
    freshDir();
    const first = await start();
    await expect(openEmbedded(dir, 'hub', log)).rejects.toMatchObject({ code: 'dataFolderInUse' });
    const { said } = await startProcess('hub');
    expect(said.code).toBe('dataFolderInUse');
    expect(await query(first, 'select 1 as one')).toEqual({ one: 1 });
  });

  it('lets one of two hubs that start at the same moment in', async () => {
    freshDir();
    const both = await Promise.all([startProcess('hub'), startProcess('hub')]);
    expect(both.map(({ said }) => said.code ?? 'ready').sort()).toEqual(['dataFolderInUse', 'ready']);
  });

  it('refuses a second hub that cannot see the first one’s process, as in another container', async () => {
    freshDir();
    await start();
    await rm(join(dir, 'hub.lock'));
    await expect(openEmbedded(dir, 'hub', log)).rejects.toMatchObject({ code: 'dataFolderInUse' });
  });

  it('is not fooled by a lock whose process id now belongs to another process', async () => {
    freshDir();
    await mkdir(dir);
    await writeFile(join(dir, 'hub.lock'), `${process.ppid}\nanother-boot/${process.ppid}/1\nx\n`);
    expect(await query(await start(), 'select 1 as one')).toEqual({ one: 1 });
  });

  it('starts although a left-over postmaster.pid names a process that is somebody else’s now', async () => {
    freshDir();
    await (await openEmbedded(dir, 'hub', log)).close();
    // What a power cut leaves, and a machine on which the number is soon in use again: here, ours.
    const lines = [process.pid, join(dir, 'postgres'), 1, 5432, '.', '', '1 1', 'ready'];
    await writeFile(join(dir, 'postgres', 'postmaster.pid'), `${lines.join('\n')}\n`);
    await writeFile(join(dir, 'postgres', '.s.PGSQL.5432.lock'), `${lines.join('\n')}\n`);
    expect(await query(await start(), 'select 1 as one')).toEqual({ one: 1 });
  });

  it('refuses a folder of another PostgreSQL version and touches nothing in it', async () => {
    freshDir();
    await mkdir(join(dir, 'postgres'), { recursive: true, mode: 0o700 });
    await writeFile(join(dir, 'postgres', 'PG_VERSION'), '15\n');
    await expect(openEmbedded(dir, 'hub', log)).rejects.toMatchObject({
      code: 'dataFolderOtherVersion',
      data: { found: '15' },
    });
    expect(await readdir(dir)).toEqual(['postgres']);
    expect(await readdir(join(dir, 'postgres'))).toEqual(['PG_VERSION']);
  });

  it('says which file is wrong when the password does not fit the data', async () => {
    freshDir();
    await (await openEmbedded(dir, 'hub', log)).close();
    const password = await readFile(join(dir, 'postgres.password'), 'utf8');
    await writeFile(join(dir, 'postgres.password'), 'of another folder');
    await expect(openEmbedded(dir, 'hub', log)).rejects.toMatchObject({
      code: 'databaseCannotStart',
      data: { problem: 'password' },
    });
    await writeFile(join(dir, 'postgres.password'), password);
  });
});

describe('after a kill', () => {
  it('-9 of the hub, the next hub takes over the server that is still running', async () => {
    freshDir();
    const { child } = await startProcess('hub');
    const pid = (await readFile(join(dir, 'postgres', 'postmaster.pid'), 'utf8')).split('\n')[0];
    child.kill('SIGKILL');
    await until('the hub to be dead', () => child.signalCode === 'SIGKILL');
    expect(await serverRuns()).toBe(true);
    const begin = performance.now();
    const next = await start();
    console.info(`embedded database: taken over in ${Math.round(performance.now() - begin)} ms`);
    expect(String(next.serverPid())).toBe(pid);
    expect(performance.now() - begin).toBeLessThan(3_000);
    await next.close();
    open.length = 0;
    expect(await serverRuns()).toBe(false);
  });

  it('-9 of hub and server, what was committed is there', async () => {
    freshDir();
    const { child } = await startProcess('hub');
    const guest = await openEmbedded(dir, 'guest', log);
    await query(guest, 'create table kept as select 7 as n');
    const pid = guest.serverPid();
    child.kill('SIGKILL');
    await until('the hub to be dead', () => child.signalCode === 'SIGKILL');
    process.kill(pid, 'SIGKILL');
    await guest.close();
    expect(await query(await start(), 'select n from kept')).toEqual({ n: 7 });
  });

  it('-9 of the server under a living hub, the hub starts it again', async () => {
    freshDir();
    const hub = await start();
    const dead = hub.serverPid();
    process.kill(dead, 'SIGKILL');
    await until('another server', () => hub.serverPid() !== dead);
    expect(await query(hub, 'select 1 as one')).toEqual({ one: 1 });
  });

  it('of a server that hangs, it is started again', async () => {
    freshDir();
    const { child } = await startProcess('hub');
    const pid = Number((await readFile(join(dir, 'postgres', 'postmaster.pid'), 'utf8')).split('\n')[0]);
    child.kill('SIGKILL');
    await until('the hub to be dead', () => child.signalCode === 'SIGKILL');
    process.kill(pid, 'SIGSTOP');
    const next = await start();
    expect(next.serverPid()).not.toBe(pid);
  }, 60_000);
});

describe('a command beside the hub', () => {
  it('uses the hub’s server and leaves it running', async () => {
    freshDir();
    const hub = await start();
    const guest = await openEmbedded(dir, 'guest', log);
    expect(guest.serverPid()).toBe(hub.serverPid());
    await guest.close();
    expect(await query(hub, 'select 1 as one')).toEqual({ one: 1 });
  });

  it('has a server for its own duration when no hub runs', async () => {
    freshDir();
    await (await openEmbedded(dir, 'guest', log)).close();
    expect(await serverRuns()).toBe(false);
  });

  it('keeps its server when the hub stops, and stops it as the last one', async () => {
    freshDir();
    const hub = await openEmbedded(dir, 'hub', log);
    const guest = await openEmbedded(dir, 'guest', log);
    await hub.close();
    expect(await query(guest, 'select 1 as one')).toEqual({ one: 1 });
    await guest.close();
    expect(await serverRuns()).toBe(false);
  });

  it('does not keep a hub from starting, nor stops its server', async () => {
    freshDir();
    const guest = await openEmbedded(dir, 'guest', log);
    const hub = await start();
    await guest.close();
    expect(await query(hub, 'select 1 as one')).toEqual({ one: 1 });
  });
});

describe('Ctrl-C in the terminal', () => {
  it('does not reach the server, which stops last', async () => {
    freshDir();
    const { child } = await startProcess('hub');
    const pid = (await readFile(join(dir, 'postgres', 'postmaster.pid'), 'utf8')).split('\n')[0];
    const groupOf = (id: string) =>
      spawnSync('ps', ['-o', 'pgid=', '-p', id], { encoding: 'utf8' }).stdout.trim();
    expect(groupOf(String(pid))).not.toBe(groupOf(String(child.pid)));
  });
});
