import { type Hand, now } from './crew.ts';
import { finished, nextRound, publish, taken, takenSoFar } from './errand.ts';
import type { Place } from './place.ts';
import type { Result } from './result.ts';
import type { CrashSchool } from './school.ts';
import { added, NOTHING, type Tally, tallyOf } from './tally.ts';
import { pause } from './until.ts';

// What the hub stands on goes away and comes back; nobody touches the hub itself. It must go on by itself.

type Outage = {
  name: string;
  possible: (place: Place) => boolean;
  happen: (place: Place, outageMs: number) => Promise<void>;
  /** What the hub's log must say of it, in at least one line. */
  says: RegExp;
  /** A second notice is accepted while it lasts. */
  publishesMeanwhile: boolean;
  /** When work has to have gone on, counted from its end; a minute is the look after BullMQ's schedules. */
  boundMs: number;
};

const OUTAGES: readonly Outage[] = [
  {
    name: 'PostgreSQL stopped and started again',
    possible: ({ server }) => server !== null,
    async happen({ server }, outageMs) {
      await server?.stop();
      await pause(outageMs);
      await server?.start();
    },
    says: /database connection lost|could not|failed|not renewed/,
    publishesMeanwhile: false,
    boundMs: 90_000,
  },
  {
    name: 'connections of PostgreSQL terminated',
    possible: () => true,
    async happen({ db }) {
      await db.pool.query(
        `select pg_terminate_backend(pid) from pg_stat_activity
          where pid <> pg_backend_pid() and backend_type = 'client backend' and application_name <> 'lienlac-attendance'`,
      );
    },
    says: /connection lost|terminat/,
    publishesMeanwhile: false,
    boundMs: 90_000,
  },
  {
    name: 'Redis stopped and started again, empty',
    possible: ({ redis }) => redis !== null,
    async happen({ redis }, outageMs) {
      await redis?.stop();
      await pause(outageMs);
      await redis?.start();
    },
    says: /Redis connection lost/,
    publishesMeanwhile: true,
    boundMs: 90_000,
  },
  {
    name: 'Redis flushed',
    possible: ({ redis }) => redis !== null,
    happen: async ({ redis }) => redis?.flush(),
    says: /./,
    publishesMeanwhile: true,
    boundMs: 90_000,
  },
];

/** Takes away what the hub stands on, in the middle of a notice. */
export async function takeAway(
  place: Place,
  school: CrashSchool,
  staff: readonly Hand[],
  outageMs: number,
  told: (result: Result) => void,
): Promise<void> {
  for (const outage of OUTAGES)
    if (outage.possible(place)) told(await during(outage, place, school, staff, outageMs));
}

async function during(
  outage: Outage,
  place: Place,
  school: CrashSchool,
  staff: readonly Hand[],
  outageMs: number,
): Promise<Result> {
  const rounds = [nextRound()];
  const saidBefore = staff.map((hand) => hand.said().length);
  const before = await takenSoFar(place);
  const accepted = publish(place, school, rounds[0] ?? 0);
  await taken(place, before, 100);
  await accepted;
  const happened = outage.happen(place, outageMs);
  if (outage.publishesMeanwhile) {
    rounds.push(nextRound());
    await publish(place, school, rounds[1] ?? 0);
  }
  await happened;
  const endedAt = now();
  let tally: Tally = NOTHING;
  for (const round of rounds) {
    await finished(place, school, round, outage.boundMs + 60_000);
    tally = added(tally, await tallyOf(place.db, place.oracle, school, round));
  }
  const wentOn = await place.oracle.ask({ ask: 'first', channel: 'telegram', since: endedAt });
  const said = staff.map((hand, n) => hand.said().slice(saidBefore[n])).join('\n');
  const broken: string[] = [];
  if (staff.some((hand) => !hand.alive())) broken.push('a process ended');
  if (!outage.says.test(said)) broken.push('the log does not speak of it');
  return {
    setup: place.setup,
    point: outage.name,
    ...tally,
    wentOnMs: wentOn === null ? null : wentOn - endedAt,
    boundMs: outage.boundMs,
    broken,
  };
}
