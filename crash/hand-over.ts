import { type Hand, ready } from './crew.ts';
import { finished, nextRound, publish, taken, takenSoFar } from './errand.ts';
import type { Place } from './place.ts';
import { boundOf } from './points.ts';
import type { Result } from './result.ts';
import type { CrashSchool } from './school.ts';
import { added, NOTHING, type Tally, tallyOf } from './tally.ts';
import { pause } from './until.ts';
import { handOf, lanesLeftBy, watchClaims, wentOnAt } from './witness.ts';

/** How the owner of the large lane goes away. */
type Way = {
  name: string;
  /** @returns whether a new worker has to take its place */
  leave: (owner: Hand, place: Place) => Promise<boolean>;
  /** Nothing may be in doubt: it had time to end its work. */
  clean: boolean;
  /** It lives on, and may take its lane back itself. */
  returns?: true;
  /** How long work may rest, when it is not the same as after any kill. */
  boundMs?: (place: Place) => number;
};

/** In leases. */
const FROZEN = 1.5;

const WAYS: readonly Way[] = [
  {
    name: 'two workers, three schools: owner killed',
    clean: false,
    async leave(owner) {
      await owner.kill();
      return true;
    },
  },
  {
    name: 'two workers, three schools: owner stopped (SIGTERM)',
    clean: true,
    async leave(owner) {
      owner.signal('SIGTERM');
      await owner.ended;
      return true;
    },
  },
  {
    name: 'two workers, three schools: owner frozen past its lease',
    clean: false,
    returns: true,
    // It may hold rows locked in the middle of a settling: then the other one waits until it wakes up.
    boundMs: (place) => boundOf(place) + (FROZEN - 1) * place.leaseMs,
    async leave(owner, { leaseMs }) {
      owner.signal('SIGSTOP');
      await pause(leaseMs * FROZEN);
      // It wakes up in the middle of its work, and believes for a moment that the lane is still its own.
      owner.signal('SIGCONT');
      return false;
    },
  },
];

/**
 * Two workers and three schools, one of them large. The worker with the large lane goes away in the middle: the other
 * takes it over, and no delivery is sent by both, but for those that the hub itself marks.
 */
export async function handLanesOver(
  place: Place,
  schools: readonly CrashSchool[],
  staff: Hand[],
  told: (result: Result) => void,
  quick: boolean,
): Promise<void> {
  await watchClaims(place.db, true);
  for (const way of quick ? WAYS.slice(0, 1) : WAYS) told(await handOver(way, place, schools, staff));
  await watchClaims(place.db, false);
}

async function handOver(
  way: Way,
  place: Place,
  schools: readonly CrashSchool[],
  staff: Hand[],
): Promise<Result> {
  const [large] = schools;
  if (!large) throw new Error('no school');
  const rounds = schools.map((school) => ({ school, round: nextRound() }));
  const before = await takenSoFar(place);
  const accepted = Promise.all(rounds.map(({ school, round }) => publish(place, school, round)));
  accepted.catch(() => undefined);
  const broken: string[] = [];
  await taken(place, before, large.addresses.length / 20);
  const owner = await handOf(place, staff, large.accounts.telegram ?? '');
  const since = performance.timeOrigin + performance.now();
  // Asked at once: by the time that it has gone, its lease may be another's.
  const lanes = await lanesLeftBy(place, large, owner);
  if (await way.leave(owner, place)) {
    staff.splice(staff.indexOf(owner), 1, place.start());
    await Promise.all(staff.map(ready));
  }
  await accepted;
  let tally: Tally = NOTHING;
  for (const { school, round } of rounds) {
    await finished(place, school, round);
    tally = added(tally, await tallyOf(place.db, place.oracle, school, round));
  }
  const others = way.returns ? lanes.map((lane) => ({ ...lane, owner: null })) : lanes;
  const wentOn = await wentOnAt(place, others, since);
  if (wentOn === null) broken.push('the lane did not move');
  if (way.clean && (tally.duplicates || tally.flagged))
    broken.push('something is in doubt after a clean stop');
  const both = await sentByBoth(place);
  if (both) broken.push(`${both} deliveries were claimed by two workers and are not marked`);
  return {
    setup: place.setup,
    point: way.name,
    ...tally,
    wentOnMs: wentOn === null ? null : wentOn - since,
    boundMs: way.boundMs?.(place) ?? boundOf(place),
    broken,
  };
}

async function sentByBoth({ db }: Place): Promise<number> {
  const { rows } = await db.pool.query<{ count: number }>(
    `select count(*)::int as count from delivery d
      where not d.possible_duplicate and d.attempts > 1
        and (select count(distinct who) from crash_claim c where c.delivery_id = d.id) > 1`,
  );
  await db.pool.query('truncate crash_claim');
  return rows[0]?.count ?? 0;
}
