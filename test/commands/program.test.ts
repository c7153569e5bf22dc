import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compileProgram, type Ran, start } from '../flow/program.ts';
import { databaseUrl } from '../flow/town.ts';
import { testDatabase, until } from '../harness/index.ts';

// The program as a process: what only a whole process shows (exit codes, signals, both languages, ports, locks).

let main: string;
let folder: string;
const database = await testDatabase();

beforeAll(async () => {
  main = join(await compileProgram(), 'src', 'main.js');
  folder = await mkdtemp(join(tmpdir(), 'lienlac-cli-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const lienlac = (args: string[], env: Record<string, string> = {}): Promise<Ran> =>
  start(main, args, {
    cwd: folder,
    env: { DATABASE_URL: databaseUrl(database), DATA_DIR: join(folder, 'guest'), ...env },
  }).ended;

describe('lienlac', () => {
  it('says what it can do, also when it is asked for something else', async () => {
    for (const [args, code] of [
      [[], 0],
      [['help'], 0],
      [['--help'], 0],
      [['fly'], 64],
      [['constructor'], 64],
    ] as const) {
      const ran = await lienlac([...args]);
      expect([args, ran.code]).toEqual([args, code]);
      expect(ran.stderr).toMatch(/setup.*serve.*import.*codes.*notice.*report.*doctor/);
      expect(ran.stderr).not.toMatch(/ at /);
    }
  });

  it.each([
    [['codes'], {}, 64, /--class/],
    [['codes', '--class', '6A1'], {}, 64, /lienlac setup/],
    [['serve'], { PORT: 'eighty' }, 78, /PORT/],
    [['doctor'], { DATABASE_URL: 'postgres://nobody:geheim@127.0.0.1:1/x' }, 69, /DATABASE_URL|ECONNREFUSED/],
    [['setup', '--frobnicate'], {}, 64, /frobnicate/],
  ])('%s refuses with a sentence, an exit code and no stack', async (args, env, code, words) => {
    const ran = await lienlac(args, env);
    expect(ran.code).toBe(code);
    expect(ran.stderr).toMatch(words);
    expect(ran.stderr).not.toMatch(/node_modules|^\s+at /m);
    expect(ran.stderr).not.toContain('geheim');
    if (!args.includes('--frobnicate')) {
      const [vi, en] = ran.stderr.trim().split('\n');
      expect(vi).toMatch(/[ạảấầẩậắằặẻẽẹềểệịọốồổộớờởợụủứừửựđư]/i);
      expect(en ?? '').not.toBe('');
    }
  });

  it('says which port is taken and stops', async () => {
    const taken = await new Promise<Server>((resolve) => {
      const server = createServer().listen(0, '127.0.0.1', () => resolve(server));
    });
    const { port } = taken.address() as { port: number };
    const ran = await lienlac(['serve'], { PORT: String(port) });
    taken.close();
    expect(ran.code).toBe(75);
    expect(ran.stderr).toContain(`Cổng ${port} đang có chương trình khác dùng`);
    expect(ran.stderr).toMatch(new RegExp(`port ${port}`, 'i'));
  });

  it('serves pages until it is asked to stop, then ends by itself with 0', async () => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      const hub = start(main, ['serve'], {
        cwd: folder,
        env: { DATABASE_URL: databaseUrl(database), DATA_DIR: join(folder, 'guest'), PORT: '0' },
      });
      const url = await until('the hub to be ready', () => /Liên Lạc: (http\S+)/.exec(hub.stdout())?.[1]);
      expect((await fetch(`${url}/readyz`)).status).toBe(200);
      hub.child.kill(signal);
      expect(await hub.ended).toMatchObject({ code: 0, signal: null });
    }
  });
});

describe('On the embedded database', () => {
  it('a second hub on one data folder refuses with a sentence, a command beside the hub works', async () => {
    const env = { DATA_DIR: join(folder, 'data'), PORT: '0' };
    const hub = start(main, ['serve'], { cwd: folder, env });
    await until('the first hub', () => hub.stdout().includes('Liên Lạc: '), {
      withinMs: 40_000,
      everyMs: 50,
    });
    const second = await start(main, ['serve'], { cwd: folder, env }).ended;
    expect(second.code).toBe(75);
    expect(second.stderr).toMatch(/hệ thống Liên Lạc khác đang chạy/);
    const beside = await start(main, ['doctor', '--json'], { cwd: folder, env }).ended;
    expect([beside.code, beside.stdout]).toEqual([
      1,
      expect.stringContaining('"part":"database","well":true'),
    ]);
    hub.child.kill('SIGTERM');
    expect((await hub.ended).code).toBe(0);
  }, 90_000);
});
