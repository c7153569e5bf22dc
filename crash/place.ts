import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { median } from '../bench/bench.ts';
import { readSettings } from '../src/config.ts';
import { openLog } from '../src/observe/index.ts';
import { type Office, openOffice } from '../src/office.ts';
import { openSigner, type Signer } from '../src/security/index.ts';
import { type Database, openDatabase } from '../src/store/index.ts';
import { type Hand, ready, sendHome, startHand } from './crew.ts';
import { type DatabaseServer, startDatabaseServer } from './database-server.ts';
import { type Oracle, startOracle } from './oracle.ts';
import { type RedisServer, startRedisServer } from './redis-server.ts';
import { type CrashSchool, connectOa, makeSchool, type SchoolPlan } from './school.ts';

export const SETUPS = {
  embedded: 'embedded',
  postgres: 'PostgreSQL, BullMQ on PostgreSQL',
  redis: 'PostgreSQL, BullMQ on Redis',
} as const;
export type SetupName = keyof typeof SETUPS;

/** One set-up with its servers and stand-ins. Its hub's processes come and go. */
export type Place = {
  setup: SetupName;
  /** Several processes share one database: who dies is replaced by the others, after the lease. */
  cluster: boolean;
  /** Of those who are started from now on. */
  leaseMs: number;
  /** How long this machine takes to load the hub's program, before a line of it runs: median of three. */
  loadMs: number;
  /** On a machine that others use as well, times are judged this many times as mildly. */
  slack: number;
  oracle: Oracle;
  /** Our own eyes in the database; in the embedded set-up this also keeps the server up between two hubs. */
  db: Database;
  server: DatabaseServer | null;
  redis: RedisServer | null;
  /** Starts a hub (embedded) or a worker (cluster); it may not be ready yet. */
  start(): Hand;
  /** Starts a process that has pages and webhooks and no lanes; see urlOf(). */
  startWeb(): Hand;
  /** Starts what this set-up runs: one hub, or two workers. */
  staff(): Promise<Hand[]>;
  /** `lienlac <args>` beside the hub. */
  command(...args: string[]): Hand;
  /** What signs the links of all these processes. */
  signer: Signer;
  found(plan: SchoolPlan): Promise<CrashSchool>;
  /** A person gives the school's OA a new pair of tokens. */
  connectOa(school: CrashSchool): Promise<string>;
  close(): Promise<void>;
};

const SECRET_KEY = 'a secret key for crash runs only, on this machine';
let hands = 0;

function timeToLoad(): number {
  const app = new URL('../src/app.js', import.meta.url).href;
  const times = Array.from({ length: 3 }, () => {
    const begin = performance.now();
    spawnSync(process.execPath, ['--input-type=module', '-e', `await import('${app}')`], { stdio: 'ignore' });
    return performance.now() - begin;
  });
  return median(times);
}

/** Null when the machine lacks what the set-up needs (redis-server). The database has no tables yet. */
export async function openPlace(
  setup: SetupName,
  { leaseMs, slack, dataDir }: { leaseMs: number; slack: number; dataDir?: string },
): Promise<Place | null> {
  const cluster = setup !== 'embedded';
  const redis = setup === 'redis' ? await startRedisServer() : null;
  if (setup === 'redis' && !redis) return null;
  const folder = mkdtempSync(join(tmpdir(), 'lienlac-crash-'));
  const hubFolder = dataDir ?? join(folder, 'hub');
  mkdirSync(hubFolder, { recursive: true });
  const server = cluster ? await startDatabaseServer(join(folder, 'server')) : null;
  const oracle = await startOracle();
  const lease = { ms: leaseMs };
  const envOf = (who: string): Record<string, string> => ({
    DATA_DIR: hubFolder,
    SECRET_KEY,
    PORT: '0',
    QUIET_FROM: '00:00',
    QUIET_TO: '00:00',
    LEASE_SECONDS: String(lease.ms / 1000),
    SAFETY_CONFIRM_MINUTES: '0.1',
    ...oracle.env,
    ...(server ? { DATABASE_URL: server.url(who) } : {}),
    ...(redis ? { REDIS_URL: redis.url } : {}),
  });
  const silent = openLog('silent');
  const db = await openDatabase(readSettings(envOf('crash')), silent, { as: 'guest' });
  const start = () => {
    const who = `${cluster ? 'worker' : 'hub'}-${++hands}`;
    return startHand(who, [cluster ? 'worker' : 'serve'], envOf(who));
  };
  const inOffice = async <T>(work: (office: Office) => Promise<T>): Promise<T> => {
    const office = await openOffice(readSettings(envOf('crash')), { as: 'guest', log: silent });
    try {
      return await work(office);
    } finally {
      await office.close();
    }
  };
  return {
    setup,
    cluster,
    get leaseMs() {
      return lease.ms;
    },
    set leaseMs(ms) {
      lease.ms = ms;
    },
    loadMs: timeToLoad(),
    slack,
    oracle,
    db,
    server,
    redis,
    start,
    startWeb() {
      const who = `web-${++hands}`;
      return startHand(who, ['serve', '--web-only'], envOf(who));
    },
    async staff() {
      const staff = cluster ? [start(), start()] : [start()];
      await Promise.all(staff.map(ready));
      return staff;
    },
    signer: openSigner(SECRET_KEY),
    command(...args) {
      const who = `command-${++hands}`;
      return startHand(who, args, envOf(who));
    },
    found: (plan) => inOffice((office) => makeSchool(office, oracle, plan)),
    connectOa: ({ id }) => inOffice((office) => connectOa(office, oracle, id)),
    async close() {
      await sendHome();
      await db.close();
      await server?.stop();
      await redis?.stop();
      oracle.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
