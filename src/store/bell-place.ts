import {
  createPostgresBackend,
  type PgPool,
  type Processor,
  Queue,
  runMigrations,
  Worker,
  type WorkerOptions,
  withBackend,
} from 'bullmq';
import { Redis } from 'ioredis';
import pg from 'pg';
import type { Logger } from 'pino';
import { type Database, surviveCuts } from './database.ts';

// Where BullMQ keeps the bell: in PostgreSQL by default, in Redis when REDIS_URL is set. Everything that differs
// between the two is here; test/store/bell.suite.ts runs on both.

type Events = { on(event: 'error', listener: (error: Error) => void): unknown };
export type BellQueue = Events & Pick<Queue, 'add' | 'upsertJobScheduler' | 'getJobScheduler' | 'close'>;
export type BellWorker = Events & Pick<Worker, 'close' | 'waitUntilReady'>;

export interface BellPlace {
  queue(name: string): BellQueue;
  worker(name: string, run: Processor, options: Omit<WorkerOptions, 'connection'>): BellWorker;
  /** Forgets all jobs of a queue, also those that a killed process was running. */
  forget(name: string): Promise<void>;
  close(): Promise<void>;
}

/** LISTEN takes one connection of each worker for good; the rest is for short statements. */
const POOL_MAX = 8;
const SCHEMA = 'bullmq';

/** In the schema `bullmq` of the hub's own database, which is made and brought up to date here. */
export async function postgresPlace(database: Pick<Database, 'connection'>, log: Logger): Promise<BellPlace> {
  const options = `${database.connection.options ?? ''} -c search_path=${SCHEMA}`.trim();
  const pool = new pg.Pool({
    ...database.connection,
    options,
    max: POOL_MAX,
    keepAlive: true,
    application_name: 'lienlac-bell',
  });
  pool.on('error', (error) => log.warn({ err: error }, 'bell: database connection lost'));
  surviveCuts(pool);
  const client = await pool.connect();
  try {
    await runMigrations(client, SCHEMA, {});
  } finally {
    client.release();
  }
  // BullMQ describes a pool in its own words, which the types of pg do not quite match.
  const connection = pool as PgPool;
  const made = withBackend(createPostgresBackend);
  const queue = (name: string) => new made.Queue(name, { connection });
  return {
    queue,
    worker: (name, run, more) => new made.Worker(name, run, { ...more, connection }),
    forget: (name) => forget(queue(name)),
    close: () => pool.end(),
  };
}

/** In Redis. One installation per Redis database: the key prefix is always the same. */
export async function redisPlace(url: string, log: Logger): Promise<BellPlace> {
  const open: Redis[] = [];
  const connect = (forWorker: boolean) => {
    // A worker waits for Redis to come back; who rings must not wait, since the sweep will ring again.
    const patience = forWorker
      ? { maxRetriesPerRequest: null }
      : { maxRetriesPerRequest: 1, commandTimeout: 5_000 };
    const redis = new Redis(url, patience);
    redis.on('error', (error) => log.warn({ err: error }, 'bell: Redis connection lost'));
    open.push(redis);
    return redis;
  };
  const prefix = 'lienlac';
  const queue = (name: string) => new Queue(name, { connection: connect(false), prefix });
  return {
    queue,
    worker: (name, run, more) => new Worker(name, run, { ...more, connection: connect(true), prefix }),
    forget: (name) => forget(queue(name)),
    close: async () => {
      for (const redis of open) redis.disconnect();
    },
  };
}

async function forget(queue: Pick<Queue, 'obliterate' | 'close'>): Promise<void> {
  await queue.obliterate({ force: true });
  await queue.close();
}
