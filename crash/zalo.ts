import type { Hand } from './crew.ts';
import { ready } from './crew.ts';
import { finished, nextRound, publish } from './errand.ts';
import type { Place } from './place.ts';
import {
  type Approach,
  beforeSettle,
  healed,
  killAt,
  type Lanes,
  type Point,
  whileSendsHang,
} from './points.ts';
import { killAtRandom } from './random.ts';
import type { Result } from './result.ts';
import type { CrashSchool } from './school.ts';
import { tallyOf } from './tally.ts';
import { until } from './until.ts';
import { handOf } from './witness.ts';

// The lanes of Zalo's bot and of an OA, and what only an OA has: a renewal of tokens that is cut off.

const SCHOOL = { name: 'Trường Zalo', 'zalo-bot': 40, 'zalo-oa': 300 };
/** Fewer than the OA's lane sends at once. */
const OA: Lanes = { channel: 'zalo-oa', inFlight: 8 };

const POINTS: readonly Point[] = [
  { name: 'Zalo OA: sent, answer not read', approach: whileSendsHang('hang-after-accept', OA) },
  { name: 'Zalo OA: after send, before settle', approach: beforeSettle(OA) },
  // Zalo has not given a new pair: the old refresh token is good still.
  { name: 'Zalo OA: token asked for, not given', approach: whileTokenHangs('hang') },
];

/** Makes a school of its own, kills whoever sends to it, and counts. */
export async function killOnZalo(
  place: Place,
  staff: Hand[],
  { rounds, chance }: { rounds: number; chance: () => number },
  told: (result: Result) => void,
): Promise<void> {
  const school = await place.found(SCHOOL);
  for (const point of POINTS) told(await killAt(point, place, school, staff));
  told(await loseNewPair(place, school, staff));
  const result = await killAtRandom(place, school, staff, rounds, chance);
  told({ ...result, point: `Zalo bot and OA: ${result.point}` });
}

const oaOf = (school: CrashSchool): string => school.accounts['zalo-oa'] ?? '';

/** The access token is over: publishes, and waits until the question for a new one hangs. */
function whileTokenHangs(kind: 'hang' | 'hang-after-accept'): Approach {
  return async ({ place, school, staff, round }) => {
    await place.oracle.ask({ ask: 'expire' });
    await place.oracle.ask({ ask: 'fault', on: 'oa-token', kind, times: Number.MAX_SAFE_INTEGER });
    void publish(place, school, round);
    await until('a token to be asked for', async () => (await place.oracle.ask({ ask: 'hits' })) > 0);
    return { victim: await handOf(place, staff, oaOf(school)) };
  };
}

/**
 * Zalo has given a new pair, and whoever asked is killed before reading it: the old refresh token is used up. The account
 * has to stop with a reason, nothing of it may be lost, and when a person has given a new pair, all of it goes out.
 */
async function loseNewPair(place: Place, school: CrashSchool, staff: Hand[]): Promise<Result> {
  const round = nextRound();
  const { victim } = await whileTokenHangs('hang-after-accept')({ place, school, staff, round });
  await victim.kill();
  await healed(place);
  const next = place.start();
  staff.splice(staff.indexOf(victim), 1, next);
  await ready(next);
  const reason = await until('the OA to be stopped', () => stoppedReason(place, school));
  const waiting = await unsent(place, school);
  await place.connectOa(school);
  await finished(place, school, round);
  const tally = await tallyOf(place.db, place.oracle, school, round);
  const broken: string[] = [];
  if (!/consent anew/.test(reason)) broken.push(`stopped without saying what helps: ${reason}`);
  if (waiting !== SCHOOL['zalo-oa']) broken.push('not all that the OA was to send waited');
  return {
    setup: place.setup,
    point: `Zalo OA: new token given, not read (stopped, ${waiting} waited for a person)`,
    ...tally,
    wentOnMs: null,
    boundMs: null,
    broken,
  };
}

/** How many deliveries of the OA are neither sent nor given up. */
const unsent = ({ db }: Place, school: CrashSchool): Promise<number> =>
  db.prisma.delivery.count({ where: { accountId: oaOf(school), state: { in: ['pending', 'sending'] } } });

async function stoppedReason({ db }: Place, school: CrashSchool): Promise<string | null> {
  const row = await db.prisma.channelAccount.findUnique({ where: { id: oaOf(school) } });
  return row?.stoppedReason ?? null;
}
