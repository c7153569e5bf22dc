import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import pino from 'pino';
import { createDatabase } from '../src/store/database.ts';
import { openEmbedded } from '../src/store/embedded/index.ts';
import { print, type SetUp } from './bench.ts';

/**
 * Runs a bench in the three ways in which a hub is run: on the embedded database, on a PostgreSQL server with the bell in
 * PostgreSQL, and the same with the bell in Redis. Where there is no redis-server it says so and leaves that one out; in CI
 * (CI=true) that is a failure.
 */
export async function inEachSetUp(
  bench: string,
  run: (setUp: SetUp, name: string) => Promise<boolean>,
): Promise<boolean> {
  let good = await run({}, 'embedded');
  const databaseUrls = await startServer();
  try {
    good = (await run({ databaseUrl: await databaseUrls.next() }, 'PostgreSQL')) && good;
    if (spawnSync('redis-server', ['--version']).status !== 0) {
      print(`${bench}: left out with Redis, because there is no redis-server here`);
      return good && process.env.CI !== 'true';
    }
    const redis = await startRedis();
    try {
      const setUp = { databaseUrl: await databaseUrls.next(), redisUrl: redis.url };
      good = (await run(setUp, 'PostgreSQL and Redis')) && good;
    } finally {
      await redis.stop();
    }
    return good;
  } finally {
    await databaseUrls.stop();
  }
}

/** A PostgreSQL server that no hub looks after; each `next` is a new database on it. */
async function startServer(): Promise<{ next(): Promise<string>; stop(): Promise<void> }> {
  const folder = mkdtempSync(join(tmpdir(), 'lienlac-bench-server-'));
  const server = await openEmbedded(folder, 'guest', pino({ level: 'silent' }));
  const { host, port, user, password } = server.address;
  let made = 0;
  return {
    async next() {
      const name = `bench_${++made}`;
      await createDatabase({ host, port, user, password, database: 'postgres' }, name);
      const where = host.startsWith('/')
        ? `localhost:${port}/${name}?host=${encodeURIComponent(host)}`
        : `${host}:${port}/${name}`;
      return `postgresql://${user}:${password}@${where}`;
    },
    async stop() {
      await server.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function startRedis(): Promise<{ url: string; stop(): Promise<void> }> {
  const folder = mkdtempSync(join(tmpdir(), 'lienlac-bench-redis-'));
  const url = join(folder, 'redis.sock');
  const server = spawn('redis-server', ['--port', '0', '--unixsocket', url, '--save', '', '--dir', folder]);
  // Two seconds, then it is said that it did not start.
  const probe = new Redis(url, { retryStrategy: () => 20, maxRetriesPerRequest: 100 });
  probe.on('error', () => undefined);
  await probe.ping();
  probe.disconnect();
  return {
    url,
    async stop() {
      const ended = new Promise((resolve) => server.once('exit', resolve));
      server.kill();
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
