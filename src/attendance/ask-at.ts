import type { DayPart } from '../store/prisma/enums.ts';
import { holdUntil, nextOffice, type OfficeHours, SCHOOL_OFFSET_MIN } from '../time/index.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** When sessions begin at the earliest and end at the latest, minutes since midnight at school. */
const HOURS: Record<DayPart, { from: number; to: number }> = {
  morning: { from: 7 * 60, to: 12 * 60 },
  afternoon: { from: 13 * 60, to: 17 * 60 + 30 },
  wholeDay: { from: 7 * 60, to: 17 * 60 + 30 },
};
/** So long before it begins a teacher is to know who will not come. */
const AHEAD_MIN = 60;

export type AbsentDays = { fromOn: Date; toOn: Date; part: DayPart };

const atSchool = (day: Date, minute: number): number =>
  day.getTime() + (minute - SCHOOL_OFFSET_MIN) * MINUTE_MS;

/** When the first session begins that is not over yet; null: all of it is over. */
function nextSession({ fromOn, toOn, part }: AbsentDays, now: Date): Date | null {
  const { from, to } = HOURS[part];
  for (let day = fromOn; day <= toOn; day = new Date(day.getTime() + DAY_MS))
    if (atSchool(day, to) > now.getTime()) return new Date(atSchool(day, from));
  return null;
}

/**
 * When the teacher is asked about an absence that is reported at `now` (docs/decisions/013): within office hours, as
 * with everything that parents write; where that is later than an hour before the session begins, at once, but not in
 * the night: then in that hour before.
 */
export function askAt(
  now: Date,
  days: AbsentDays,
  { office, quiet }: { office: OfficeHours; quiet: { fromMin: number; toMin: number } },
): Date {
  const at = nextOffice(now, office);
  const begins = nextSession(days, now);
  if (!begins) return at;
  const needed = new Date(begins.getTime() - AHEAD_MIN * MINUTE_MS);
  if (at <= needed) return at;
  if (needed <= now) return now;
  const awake = holdUntil(now, quiet.fromMin, quiet.toMin);
  return awake < needed ? awake : needed;
}
