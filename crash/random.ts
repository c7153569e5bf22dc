import { median } from '../bench/bench.ts';
import type { Hand } from './crew.ts';
import { ready } from './crew.ts';
import { countOf, finished, nextRound, publish } from './errand.ts';
import type { Place } from './place.ts';
import { boundOf } from './points.ts';
import type { Result } from './result.ts';
import type { CrashSchool } from './school.ts';
import { added, NOTHING, type Tally, tallyOf } from './tally.ts';
import { pause } from './until.ts';
import { type Lane, lanesLeftBy, wentOnAt } from './witness.ts';

/** A kill falls within this of the start of the one before: while a hub starts, while it takes over, while it sends. */
const WITHIN_MS = 3_000;
/** With less than this left, another notice is published, so that a kill finds something to break. */
const LEAST_WAITING = 1_000;

type Kill = { lanes: Lane[]; since: number };

/** kill -9 at random times, as long as `rounds` lasts; then somebody may finish. */
export async function killAtRandom(
  place: Place,
  school: CrashSchool,
  staff: Hand[],
  rounds: number,
  chance: () => number,
): Promise<Result> {
  const notices: number[] = [];
  const kills: Kill[] = [];
  for (let round = 0; round < rounds; round++) {
    if ((await countOf(place, school, 'pending')) < LEAST_WAITING) {
      // Not while a hub starts: the time that it takes is measured.
      await Promise.all(staff.map(ready));
      const notice = nextRound();
      await publish(place, school, notice);
      notices.push(notice);
    }
    await pause(chance() * WITHIN_MS);
    const victim = staff[Math.floor(chance() * staff.length)];
    if (!victim) break;
    const killedAt = await victim.kill();
    const lanes = await lanesLeftBy(place, school, victim);
    const next = place.start();
    staff.splice(staff.indexOf(victim), 1, next);
    kills.push({ lanes, since: place.cluster ? killedAt : next.startedAt });
  }
  await Promise.all(staff.map(ready));
  let tally: Tally = NOTHING;
  for (const notice of notices) {
    await finished(place, school, notice);
    tally = added(tally, await tallyOf(place.db, place.oracle, school, notice));
  }
  const waits = await waitsOf(place, kills);
  return {
    setup: place.setup,
    point: `at random, ${rounds} times${longest(waits)}`,
    ...tally,
    wentOnMs: waits.length ? median(waits) : null,
    boundMs: boundOf(place),
    broken: [],
  };
}

/** The median is judged, since kills fall into one another; the longest is shown. */
const longest = (waits: readonly number[]): string =>
  waits.length ? ` (longest wait ${(Math.max(...waits) / 1000).toFixed(1)} s)` : '';

/** How long each kill held work up. A kill that another one followed before anybody had sent is that one's matter. */
async function waitsOf(place: Place, kills: readonly Kill[]): Promise<number[]> {
  const waits: number[] = [];
  for (const [n, { lanes, since }] of kills.entries()) {
    const wentOn = await wentOnAt(place, lanes, since);
    const following = kills[n + 1]?.since ?? Number.POSITIVE_INFINITY;
    if (wentOn !== null && wentOn < following) waits.push(wentOn - since);
  }
  return waits;
}
