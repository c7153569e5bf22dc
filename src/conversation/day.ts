import { clockText, SCHOOL_OFFSET_MIN, schoolDay, schoolMinuteOfDay } from '../time/index.ts';

const parts = (at: Date): string[] => schoolDay(at).toISOString().slice(0, 10).split('-');

/** "24/11", the day at school. */
export const dayText = (at: Date): string => parts(at).slice(1).reverse().join('/');

/** "24/11/2026", the day at school. */
export const dateText = (at: Date): string => parts(at).reverse().join('/');

/** "06:30" at school. */
export const timeText = (at: Date): string => clockText(schoolMinuteOfDay(at));

/**
 * A day that somebody typed: "25/12", "25.12.2026", "25-12-26", "hôm nay", "mai". Without a year it is the next such
 * day from today on. @returns midnight UTC of the day; null: no day.
 */
export function readDay(text: string, now: Date): Date | null {
  const today = schoolDay(now);
  const words = text.normalize('NFC').trim().toLowerCase();
  if (/^(hôm nay|hom nay|today)$/.test(words)) return today;
  if (/^(ngày mai|ngay mai|mai|tomorrow)$/.test(words)) return new Date(today.getTime() + 86_400_000);
  const [, day, month, year] =
    /^(?:ngày |ngay )?(\d{1,2})\s*[/.-]\s*(\d{1,2})(?:\s*[/.-]\s*(\d{2}|\d{4}))?$/.exec(words) ?? [];
  if (day === undefined || month === undefined) return null;
  const given = year === undefined ? undefined : Number(year) + (year.length === 2 ? 2000 : 0);
  const inYear = (count: number): Date | null => {
    const date = new Date(Date.UTC(count, Number(month) - 1, Number(day)));
    return date.getUTCDate() === Number(day) && date.getUTCMonth() === Number(month) - 1 ? date : null;
  };
  if (given !== undefined) return inYear(given);
  const soon = inYear(today.getUTCFullYear());
  return soon && soon < today ? inYear(today.getUTCFullYear() + 1) : soon;
}

const PART_OF_DAY = /(?<!\p{L})(sáng|sang|trưa|trua|chiều|chieu|tối|toi|pm|am|lúc|luc|at|on)(?!\p{L})|,/gu;
const AFTER_NOON = /(?<!\p{L})(chiều|chieu|tối|toi|pm)(?!\p{L})/u;

/**
 * A time that somebody typed: "18:00", "sáng mai 6h45", "25/12 7:30", "5 giờ chiều". Without a day it is the next such
 * time. @returns null: no time.
 */
export function readTime(text: string, now: Date): Date | null {
  const words = text.normalize('NFC').trim().toLowerCase();
  const [found = '', hour, minute = '0'] =
    /(?<!\d)(\d{1,2})\s*(?::|giờ|gio|h|g)\s*(\d{2})?(?!\d)/u.exec(words) ?? [];
  if (hour === undefined || Number(hour) > 23 || Number(minute) > 59) return null;
  const rest = words.replace(found, ' ');
  const isLate = AFTER_NOON.test(rest) && Number(hour) < 12;
  const dayWords = rest.replace(PART_OF_DAY, ' ').replace(/\s+/g, ' ').trim();
  const day = dayWords ? readDay(dayWords === 'nay' ? 'hôm nay' : dayWords, now) : schoolDay(now);
  if (!day) return null;
  const minutes = (Number(hour) + (isLate ? 12 : 0)) * 60 + Number(minute) - SCHOOL_OFFSET_MIN;
  const at = new Date(day.getTime() + minutes * 60_000);
  return at > now || dayWords ? at : new Date(at.getTime() + 86_400_000);
}
