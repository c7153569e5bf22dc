import { spawn, spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import pino from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { postgresPlace, redisPlace } from '../../src/store/bell-place.ts';
import { testDatabase, until } from '../harness/index.ts';
import { bellSuite } from './bell.suite.ts';

const log = pino({ level: 'silent' });
const database = await testDatabase();

bellSuite('PostgreSQL', () => ({
  open: () => postgresPlace(database, log),
  empty: async () => {
    await database.pool.query('drop schema if exists bullmq cascade');
  },
}));

const hasRedis = spawnSync('redis-server', ['--version']).status === 0;

if (hasRedis) {
  let folder: string;
  let url: string;
  let server: ReturnType<typeof spawn>;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lienlac-redis-'));
    url = join(folder, 'redis.sock');
    server = spawn('redis-server', ['--port', '0', '--unixsocket', url, '--save', '', '--dir', folder]);
    const probe = new Redis(url, { retryStrategy: () => 20 });
    probe.on('error', () => undefined);
    await until('Redis to answer', () => probe.ping());
    probe.disconnect();
  });
  afterAll(async () => {
    server.kill();
    await rm(folder, { recursive: true, force: true });
  });
  bellSuite('Redis', () => ({
    open: () => redisPlace(url, log),
    empty: async () => {
      const redis = new Redis(url);
      await redis.flushall();
      redis.disconnect();
    },
  }));
} else if (process.env.CI === 'true') {
  describe('the bell on Redis', () => {
    it('is tested where redis-server is installed', () => {
      expect.fail('CI must have redis-server (Debian: apt-get install redis-server)');
    });
  });
} else {
  console.info('The bell on Redis is not tested here: there is no redis-server.');
  describe.skip('the bell on Redis (no redis-server here)', () => {
    it('is tested where redis-server is installed', () => undefined);
  });
}
