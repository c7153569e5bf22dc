import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import { startRedisServer } from '../crash/redis-server.ts';
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
  let good = true;
  if (isWanted('embedded')) good = await run({}, 'embedded');
  if (!isWanted('postgres') && !isWanted('redis')) return good;
  const databaseUrls = await startServer();
  try {
    if (isWanted('postgres'))
      good = (await run({ databaseUrl: await databaseUrls.next() }, 'PostgreSQL')) && good;
    if (!isWanted('redis')) return good;
    const redis = await startRedisServer();
    if (!redis) {
      print(`${bench}: left out with Redis, because there is no redis-server here`);
      return good && process.env.CI !== 'true';
    }
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

const SET_UPS = ['embedded', 'postgres', 'redis'] as const;
let wanted: readonly string[] = SET_UPS;

/** Leaves the other set-ups out. @returns the name that is none, if there is one */
export function chooseSetUps(names: readonly string[]): string | undefined {
  wanted = names;
  return names.find((name) => !SET_UPS.some((one) => one === name));
}

const isWanted = (setUp: (typeof SET_UPS)[number]): boolean => wanted.includes(setUp);

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
