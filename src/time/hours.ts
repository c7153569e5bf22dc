// Quiet hours: minutes since midnight, one time zone, half-open interval [from, to).

/** Vietnam has kept UTC+7 without summer time since 1975; tzdata "Asia/Ho_Chi_Minh". */
export const SCHOOL_OFFSET_MIN = 7 * 60;
const DAY_MIN = 24 * 60;
const MINUTE_MS = 60_000;

/** Minutes since midnight at school, 0–1439. */
export function schoolMinuteOfDay(at: Date): number {
  const minutes = Math.floor(at.getTime() / MINUTE_MS) + SCHOOL_OFFSET_MIN;
  return ((minutes % DAY_MIN) + DAY_MIN) % DAY_MIN;
}

/** Minutes since midnight as "17:30". */
export const clockText = (minutes: number): string =>
  `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;

/**
 * When a message that is ready at `at` may go out: `at` itself outside the quiet hours, else the minute in which
 * they end. `fromMin` = `toMin` means no quiet hours. They may cross midnight (21:00–06:30).
 * The same rule stands in SQL as hold_until() (prisma/migrations/*_hot_paths); a property test holds them together.
 */
export function holdUntil(at: Date, fromMin: number, toMin: number): Date {
  const now = schoolMinuteOfDay(at);
  const quiet = fromMin <= toMin ? now >= fromMin && now < toMin : now >= fromMin || now < toMin;
  if (!quiet) return at;
  const wait = (toMin - now + DAY_MIN) % DAY_MIN;
  const minuteStart = Math.floor(at.getTime() / MINUTE_MS) * MINUTE_MS;
  return new Date(minuteStart + wait * MINUTE_MS);
}

/** A time of the week: day 0 is Sunday, minutes since midnight at school. */
export type Weekly = { day: number; minute: number };

/** When that time of the week was last: `at` itself, or up to seven days before. */
export function lastWeekly(at: Date, { day, minute }: Weekly): Date {
  const minutes = Math.floor(at.getTime() / MINUTE_MS) + SCHOOL_OFFSET_MIN;
  const week = 7 * DAY_MIN;
  // 1 January 1970 was a Thursday.
  const ofWeek = (minutes + 4 * DAY_MIN) % week;
  const ago = (ofWeek - (day * DAY_MIN + minute) + week) % week;
  return new Date((minutes - SCHOOL_OFFSET_MIN - ago) * MINUTE_MS);
}

/** The day at school, as midnight UTC: what a `date` column holds. */
export function schoolDay(at: Date): Date {
  const minutes = Math.floor(at.getTime() / MINUTE_MS) + SCHOOL_OFFSET_MIN;
  return new Date(Math.floor(minutes / DAY_MIN) * DAY_MIN * MINUTE_MS);
}
