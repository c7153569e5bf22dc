import { SCHOOL_OFFSET_MIN, schoolDay, schoolMinuteOfDay } from './hours.ts';

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

/** Minutes since midnight at school, half-open; Monday to Saturday. */
export type OfficeHours = { fromMin: number; toMin: number };

/** `at` itself within office hours, else the minute in which they begin next. */
export function nextOffice(at: Date, { fromMin, toMin }: OfficeHours): Date {
  const minute = schoolMinuteOfDay(at);
  const isSunday = (day: Date) => day.getUTCDay() === 0;
  let day = schoolDay(at);
  if (!isSunday(day) && minute >= fromMin && minute < toMin) return at;
  if (minute >= fromMin) day = new Date(day.getTime() + DAY_MS);
  if (isSunday(day)) day = new Date(day.getTime() + DAY_MS);
  return new Date(day.getTime() + (fromMin - SCHOOL_OFFSET_MIN) * MINUTE_MS);
}
