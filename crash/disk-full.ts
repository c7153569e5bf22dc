import { spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { now, ready } from './crew.ts';
import { finished, nextRound, publish, publishing, taken, takenSoFar } from './errand.ts';
import { killInMigrations } from './migration.ts';
import { openPlace, type Place } from './place.ts';
import type { Result } from './result.ts';
import type { CrashSchool } from './school.ts';
import { added, NOTHING, type Tally, tallyOf } from './tally.ts';
import { pause } from './until.ts';

/** Room for the empty database, its log of changes, and the notices of this test. */
const ROOM_MB = 400;
const DELIVERIES = 3_000;
/** The sweep, and the time that the server needs to come back. */
const BOUND_MS = 30_000;

/**
 * The disk of the embedded set-up's data folder is full, in the middle of a notice, and then has room again.
 * @returns null when this machine lets us mount no small tmpfs
 */
export async function fillDisk(plan: {
  leaseMs: number;
  slack: number;
  outageMs: number;
}): Promise<Result | null> {
  const disk = mkdtempSync(join(tmpdir(), 'lienlac-disk-'));
  const mount = ['-t', 'tmpfs', '-o', `size=${ROOM_MB}m,mode=0700`, 'lienlac-crash', disk];
  if (spawnSync('mount', mount, { stdio: 'ignore' }).status !== 0) {
    rmSync(disk, { recursive: true, force: true });
    return null;
  }
  try {
    const place = await openPlace('embedded', { ...plan, dataDir: join(disk, 'hub') });
    if (!place) return null;
    try {
      await killInMigrations(place, () => undefined);
      const school = await place.found({ name: 'Trường Đầy Đĩa', telegram: DELIVERIES, email: 0 });
      return await whileFull(place, school, join(disk, 'filler'), plan.outageMs);
    } finally {
      await place.close();
    }
  } finally {
    spawnSync('umount', ['-l', disk]);
    rmSync(disk, { recursive: true, force: true });
  }
}

async function whileFull(
  place: Place,
  school: CrashSchool,
  filler: string,
  outageMs: number,
): Promise<Result> {
  const [hub] = await place.staff();
  if (!hub) throw new Error('no hub');
  const rounds = [nextRound(), nextRound()] as const;
  const before = await takenSoFar(place);
  await Promise.all([publish(place, school, rounds[0]), taken(place, before, 100)]);
  fill(filler);
  // The hub may accept another notice or refuse it. What it accepts, it must do; what it refuses may be asked again.
  const command = publishing(place, school, rounds[1]);
  await pause(outageMs);
  rmSync(filler);
  const endedAt = now();
  const code = await command.ended;
  if (code !== 0) await publish(place, school, rounds[1]);
  let tally: Tally = NOTHING;
  for (const round of rounds) {
    await finished(place, school, round);
    tally = added(tally, await tallyOf(place.db, place.oracle, school, round));
  }
  await ready(hub);
  const wentOn = await place.oracle.ask({ ask: 'first', channel: 'telegram', since: endedAt });
  const said = hub.said() + command.said();
  const broken: string[] = [];
  if (!hub.alive()) broken.push('the hub ended');
  if (!/No space left on device|ENOSPC/.test(said)) broken.push('nobody says that the disk is full');
  return {
    setup: place.setup,
    point: `disk full (another notice meanwhile: ${code === 0 ? 'accepted' : 'refused'})`,
    ...tally,
    wentOnMs: wentOn === null ? null : wentOn - endedAt,
    boundMs: BOUND_MS,
    broken,
  };
}

/** Writes until nothing fits any more. */
function fill(file: string): void {
  const handle = openSync(file, 'w');
  try {
    for (let size = 1 << 20; size >= 1 << 10; ) {
      try {
        writeSync(handle, Buffer.alloc(size));
      } catch {
        size >>= 1;
      }
    }
  } finally {
    closeSync(handle);
  }
}
