import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { Redis } from 'ioredis';
import { until } from './until.ts';

/** A Redis of its own without a disk: what it knew is gone when it stops, as the worst of them would be. */
export type RedisServer = {
  url: string;
  start(): Promise<void>;
  stop(): Promise<void>;
  flush(): Promise<void>;
  /** While `work` runs, Redis takes no write; who has come since is cut off before it takes them again. */
  deaf(work: () => Promise<void>): Promise<void>;
};

/** Null when this machine has no redis-server. */
export async function startRedisServer(): Promise<RedisServer | null> {
  if (spawnSync('redis-server', ['--version'], { stdio: 'ignore' }).status !== 0) return null;
  const port = await freePort();
  const url = `redis://127.0.0.1:${port}`;
  let child: ChildProcess | undefined;
  const client = () => {
    const redis = new Redis(url, { lazyConnect: true, retryStrategy: () => null });
    redis.on('error', () => undefined);
    return redis;
  };
  async function told<T>(work: (redis: Redis) => Promise<T>): Promise<T> {
    const redis = client();
    try {
      await redis.connect();
      return await work(redis);
    } finally {
      redis.disconnect();
    }
  }
  const start = async () => {
    const flags = ['--port', `${port}`, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
    child = spawn('redis-server', flags, { stdio: 'ignore' });
    await until('Redis to answer', () =>
      told((redis) => redis.ping()).then(
        () => true,
        () => false,
      ),
    );
  };
  await start();
  return {
    url,
    start,
    async stop() {
      if (!child || child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
    flush: () => told(async (redis) => void (await redis.flushall())),
    deaf: (work) =>
      told(async (redis) => {
        const before = await clientsOf(redis);
        await redis.call('CLIENT', 'PAUSE', '60000', 'WRITE');
        try {
          await work();
        } finally {
          for (const id of await clientsOf(redis))
            if (!before.includes(id)) await redis.call('CLIENT', 'KILL', 'ID', id).catch(() => undefined);
          await redis.call('CLIENT', 'UNPAUSE');
        }
      }),
  };
}

async function clientsOf(redis: Redis): Promise<string[]> {
  const list = String(await redis.call('CLIENT', 'LIST'));
  return [...list.matchAll(/^id=(\d+)/gm)].map(([, id]) => id ?? '');
}

function freePort(): Promise<number> {
  const probe = createServer();
  return new Promise((resolve, reject) => {
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}
