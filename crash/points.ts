import { SETTINGS } from '../src/config.ts';
import type { Hand } from './crew.ts';
import { ready } from './crew.ts';
import { countOf, finished, nextRound, publish, publishing, taken, takenSoFar } from './errand.ts';
import { closeGate, type Gate, type GateName } from './gate.ts';
import type { Place } from './place.ts';
import type { Result } from './result.ts';
import type { CrashSchool } from './school.ts';
import { titleOf } from './school.ts';
import type { Channel } from './stand-ins.ts';
import { tallyOf } from './tally.ts';
import { until } from './until.ts';
import { handOf, lanesLeftBy, wentOnAt } from './witness.ts';

// kill -9 at named points. Each says how a process is brought to stand exactly there; what follows is the same for all.

/** In the embedded set-up work goes on within this, once the next hub's program is loaded. */
const START_MS = 1_000;
/** A lease is free when it has run out; then somebody has to take it, and to send. */
const TAKE_MS = 1_000;
/** What nobody rang for is found by the sweep. */
const SWEEP_MS = 15_000;

/** How long a kill may hold work up. */
export const boundOf = (place: Place): number =>
  place.cluster ? place.leaseMs + TAKE_MS * place.slack : (START_MS + place.loadMs) * place.slack;

type Scene = { place: Place; school: CrashSchool; staff: Hand[]; round: number };
/** Brings a process to the point. @returns it, and the gate before which it stands */
export type Approach = (scene: Scene) => Promise<{ victim: Hand; gate?: Gate }>;
export type Point = {
  name: string;
  approach: Approach;
  /** Nothing was on its way: so nothing may be flagged either. */
  nothingInFlight?: boolean;
};

const accountOf = (school: CrashSchool, channel: Channel): string => school.accounts[channel] ?? '';
const IN_FLIGHT = 16;
/** Which lane is looked at, and how many of its sends are on their way at the kill. */
export type Lanes = { channel: 'telegram' | 'zalo-oa'; inFlight: number };
const TELEGRAM: Lanes = { channel: 'telegram', inFlight: IN_FLIGHT };

/** Publishes, and waits until so many sends of the lane hang at the stand-in. */
export function whileSendsHang(
  kind: 'hang' | 'hang-after-accept',
  { channel, inFlight } = TELEGRAM,
): Approach {
  return async ({ place, school, staff, round }) => {
    await place.oracle.ask({ ask: 'fault', on: channel, kind, times: Number.MAX_SAFE_INTEGER });
    void publish(place, school, round);
    await until(
      'sends to hang at the stand-in',
      async () => (await place.oracle.ask({ ask: 'hits' })) >= inFlight,
    );
    return { victim: await handOf(place, staff, accountOf(school, channel)) };
  };
}

const gateOf = ({ place }: Pick<Scene, 'place'>, name: GateName, above?: number): Promise<Gate> =>
  closeGate(place.server?.connection ?? place.db.connection, name, above);

/** The newest delivery; those of the next notice have greater ids. */
async function lastDelivery({ db }: Place): Promise<number> {
  const { rows } = await db.pool.query<{ id: number }>(
    'select coalesce(max(id), 0)::float8 as id from delivery',
  );
  return rows[0]?.id ?? 0;
}

/** The one who stands before a gate; in the embedded set-up there is only one hub. */
const stander = ({ place, staff }: Scene, gate: Gate): Promise<Hand> =>
  until(
    'somebody to stand before the gate',
    async () => {
      const waiting = await gate.waiting();
      return place.cluster
        ? staff.find((hand) => waiting.some(({ who }) => who === hand.who))
        : waiting.length > 0 && staff[0];
    },
    { everyMs: 3 },
  );

/** Publishes, and waits until so many of the lane are taken and somebody is about to write down that one was sent. */
export function beforeSettle({ channel, inFlight } = TELEGRAM): Approach {
  return async (scene) => {
    const { place, school, staff, round } = scene;
    const gate = await gateOf(scene, 'settle');
    const before = await takenSoFar(place, channel);
    void publish(place, school, round);
    await taken(place, before, inFlight, channel);
    const owner = await handOf(place, staff, accountOf(school, channel));
    // Another lane's owner may stand there, too.
    return { victim: await stander({ ...scene, staff: [owner] }, gate), gate };
  };
}

const IN_DOUBT: Point = { name: 'sent, answer not read', approach: whileSendsHang('hang-after-accept') };

const POINTS: readonly Point[] = [
  { name: 'after claim, before send', approach: whileSendsHang('hang') },
  IN_DOUBT,
  {
    name: 'after send, before settle',
    approach: beforeSettle(),
  },
  {
    name: 'after settle',
    nothingInFlight: true,
    async approach(scene) {
      const { place, school, round } = scene;
      const half = (await lastDelivery(place)) + school.addresses.length / 2;
      const gate = await gateOf(scene, 'claim', Math.round(half));
      void publish(place, school, round);
      const victim = await stander(scene, gate);
      // A lane that begins late would claim between the look and the kill.
      await gate.shut();
      await until(
        'all that was claimed to be settled',
        async () => !(await countOf(place, school, 'sending')),
      );
      return { victim, gate };
    },
  },
  {
    name: 'lane handed over: letting go',
    async approach(scene) {
      const { place, school, staff, round } = scene;
      const before = await takenSoFar(place);
      const gate = await gateOf(scene, 'letGo');
      void publish(place, school, round);
      await taken(place, before, IN_FLIGHT);
      const victim = await handOf(place, staff, accountOf(school, 'telegram'));
      victim.signal('SIGTERM');
      await until('the lane to be let go', async () => (await gate.waiting()).length > 0, { everyMs: 3 });
      return { victim, gate };
    },
  },
  {
    name: 'lane handed over: taking over',
    async approach(scene) {
      const { victim: first } = await whileSendsHang('hang-after-accept')(scene);
      const gate = await gateOf(scene, 'takeOver');
      await first.kill();
      await healed(scene.place);
      scene.staff.splice(scene.staff.indexOf(first), 1, scene.place.start());
      return { victim: await stander(scene, gate), gate };
    },
  },
];

export const healed = (place: Place) => place.oracle.ask({ ask: 'fault', kind: null, times: 0 });

/** Runs every named point on a place with its staff at work. */
export async function killAtPoints(
  place: Place,
  school: CrashSchool,
  staff: Hand[],
  told: (result: Result) => void,
): Promise<void> {
  told(await afterPublish(place, school, staff));
  told(await duringFanOut(place, school));
  for (const point of POINTS) told(await killAt(point, place, school, staff));
}

export async function killAt(
  point: Point,
  place: Place,
  school: CrashSchool,
  staff: Hand[],
): Promise<Result> {
  const round = nextRound();
  const { victim, gate } = await point.approach({ place, school, staff, round });
  const killedAt = await victim.kill();
  await healed(place);
  const lanes = await lanesLeftBy(place, school, victim);
  await gate?.remove((who) => !place.cluster || who === victim.who);
  const next = place.start();
  staff.splice(staff.indexOf(victim), 1, next);
  await ready(next);
  await finished(place, school, round);
  const since = place.cluster ? killedAt : next.startedAt;
  const wentOn = await wentOnAt(place, lanes, since);
  const tally = await tallyOf(place.db, place.oracle, school, round);
  const broken: string[] = [];
  if (wentOn === null) broken.push('nothing was left to go on with, so the point was missed');
  if (point.nothingInFlight && tally.flagged) broken.push('flagged although nothing was on its way');
  return {
    setup: place.setup,
    point: point.name,
    ...tally,
    wentOnMs: wentOn === null ? null : wentOn - since,
    boundMs: boundOf(place),
    broken,
  };
}

/** The same with the lease that a cluster has when nobody has set one: the promise is about this one. */
export async function killWithDefaultLease(place: Place, school: CrashSchool): Promise<Result> {
  const { leaseMs } = place;
  place.leaseMs = Number(SETTINGS.LEASE_SECONDS.fallback) * 1000;
  const staff = await place.staff();
  const point = { ...IN_DOUBT, name: `${IN_DOUBT.name}; lease as set by default` };
  const result = await killAt(point, place, school, staff);
  await Promise.all(staff.map((hand) => hand.kill()));
  place.leaseMs = leaseMs;
  return result;
}

/**
 * The third failure of Plunk: notice and deliveries are there, and whoever had to ring is dead. In the embedded set-up
 * no hub runs meanwhile; in a cluster the workers do, and nobody has told them.
 */
async function afterPublish(place: Place, school: CrashSchool, staff: Hand[]): Promise<Result> {
  const round = nextRound();
  if (!place.cluster) await staff[0]?.kill();
  const gate = await gateOf({ place }, 'publish');
  const command = publishing(place, school, round);
  await until('the notice to be written', async () => (await gate.waiting()).length > 0, { everyMs: 3 });
  let killedAt = 0;
  await whileTheBellIsDeaf(place, async () => {
    await gate.remove(() => false);
    await until('the notice to be committed', () => isThere(place, school, round), { everyMs: 2 });
    killedAt = await command.kill();
  });
  const lanes = await lanesLeftBy({ ...place, cluster: false }, school, command);
  if (!place.cluster) {
    staff[0] = place.start();
    await ready(staff[0]);
  }
  await finished(place, school, round);
  const since = place.cluster ? killedAt : (staff[0]?.startedAt ?? 0);
  const wentOn = await wentOnAt(place, lanes, since);
  const tally = await tallyOf(place.db, place.oracle, school, round);
  return {
    setup: place.setup,
    point: 'after publish commit, before ring',
    ...tally,
    wentOnMs: wentOn === null ? null : wentOn - since,
    boundMs: place.cluster ? SWEEP_MS + TAKE_MS * place.slack : boundOf(place),
    broken: tally.flagged ? ['flagged although nothing was on its way'] : [],
  };
}

const isThere = async (place: Place, school: CrashSchool, round: number): Promise<boolean> =>
  (
    await place.db.pool.query('select from notice where title = $1 and school_id = $2', [
      titleOf(round),
      school.id,
    ])
  ).rowCount === 1;

/** While `work` runs, nobody can ring: in PostgreSQL BullMQ's tables are locked, Redis takes no write. */
async function whileTheBellIsDeaf(place: Place, work: () => Promise<void>): Promise<void> {
  if (place.redis) return place.redis.deaf(work);
  const client = await place.db.pool.connect();
  try {
    await client.query('begin');
    await client.query('lock table bullmq.job, bullmq.dedup in access exclusive mode');
    await work();
    const { rows } = await client.query<{ pid: number }>(
      `select pid from pg_locks where not granted and relation in ('bullmq.job'::regclass, 'bullmq.dedup'::regclass)
         and pid in (select pid from pg_stat_activity where application_name ~ '^(command|lienlac)')`,
    );
    for (const { pid } of rows) await client.query('select pg_terminate_backend($1)', [pid]);
  } finally {
    await client.query('rollback');
    client.release();
  }
}

/** The hub has not said "accepted": nothing of it may be there or go out. Asked again, it does it. */
async function duringFanOut(place: Place, school: CrashSchool): Promise<Result> {
  const round = nextRound();
  const gate = await gateOf({ place }, 'fanOut');
  const command = publishing(place, school, round);
  await until('the fan-out to be under way', async () => (await gate.waiting()).length > 0, { everyMs: 3 });
  await command.kill();
  await gate.remove((who) => /^(command|lienlac)/.test(who));
  const broken: string[] = [];
  const { length: told } = await place.oracle.ask({ ask: 'told', round });
  if (told || (await isThere(place, school, round))) broken.push('half a notice stayed behind');
  await publish(place, school, round);
  await finished(place, school, round);
  const tally = await tallyOf(place.db, place.oracle, school, round);
  if (tally.flagged) broken.push('flagged although nothing was on its way');
  return { setup: place.setup, point: 'during fan-out', ...tally, wentOnMs: null, boundMs: null, broken };
}
