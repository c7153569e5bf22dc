import { fillDisk } from './disk-full.ts';
import { handLanesOver } from './hand-over.ts';
import { killInMigrations } from './migration.ts';
import { takeAway } from './outages.ts';
import { openPlace, type Place, type SetupName } from './place.ts';
import { killAtPoints, killWithDefaultLease } from './points.ts';
import { killAtRandom } from './random.ts';
import type { Result } from './result.ts';
import { scaleOut } from './scale-out.ts';
import type { CrashSchool } from './school.ts';
import { callWitness } from './witness.ts';
import { killOnZalo } from './zalo.ts';

export const PARTS = ['migrations', 'points', 'random', 'zalo', 'outages', 'scale-out', 'hand-over'] as const;
export type Part = (typeof PARTS)[number];

export type Plan = {
  /** All when left out. */
  parts: readonly Part[] | undefined;
  quick: boolean;
  rounds: number;
  deliveries: number;
  /** Deliveries of the large one of three schools. */
  large: number;
  leaseMs: number;
  outageMs: number;
  slack: number;
  chance: () => number;
};

/** `leftOut`: what this machine cannot do; `hasTo`: CI's machine can, so there it counts as not kept. */
export type Reader = { told(result: Result): void; leftOut(what: string, hasTo: boolean): void };

/** A fifth goes by e-mail. */
const MAIL_SHARE = 0.2;
/** Pupils of a small school. */
const SMALL = 300;

/** Everything that is done in one set-up. */
export async function runSetup(setup: SetupName, plan: Plan, { told, leftOut }: Reader): Promise<void> {
  const place = await openPlace(setup, plan);
  if (!place) return leftOut('this machine has no redis-server', true);
  try {
    const wanted = (part: Part) => !plan.parts || plan.parts.includes(part);
    if (wanted('migrations')) await killInMigrations(place, told);
    else await place.command('migrate').ended;
    await callWitness(place.db);
    const email = Math.round(plan.deliveries * MAIL_SHARE);
    const school = await place.found({
      name: 'Trường Thử Thách',
      telegram: plan.deliveries - email,
      email,
    });
    const staff = await place.staff();
    if (wanted('points')) await killAtPoints(place, school, staff, told);
    if (wanted('random')) told(await killAtRandom(place, school, staff, plan.rounds, plan.chance));
    if (wanted('zalo')) await killOnZalo(place, staff, plan, told);
    if (wanted('outages')) await takeAway(place, school, staff, plan.outageMs, told);
    if (place.cluster) {
      await Promise.all(staff.map((hand) => hand.kill()));
      if (wanted('points') && !plan.quick) told(await killWithDefaultLease(place, school));
      if (wanted('scale-out')) await scaleOut(place, school, told);
      if (wanted('hand-over')) {
        const workers = await place.staff();
        await handLanesOver(place, await threeSchools(place, plan), workers, told, plan.quick);
      }
    }
  } finally {
    await place.close();
  }
  if (setup === 'embedded' && (!plan.parts || plan.parts.includes('outages'))) {
    const full = await fillDisk(plan);
    if (full) told(full);
    else leftOut('disk full: no small tmpfs may be mounted here (it takes root)', false);
  }
}

/** A large one with the bot and two small ones with mailboxes: three lanes. */
async function threeSchools(place: Place, { large }: Plan): Promise<CrashSchool[]> {
  const schools: CrashSchool[] = [];
  for (const [name, telegram, email] of [
    ['Trường Lớn', large, 0],
    ['Trường Nhỏ Một', 0, SMALL],
    ['Trường Nhỏ Hai', 0, SMALL],
  ] as const)
    schools.push(await place.found({ name, telegram, email }));
  return schools;
}
