// Days as parents write them: "mai", "thứ 6", "25/11", "25-27/11", "từ mai đến thứ 6", "chiều mai". Pure.
import { fold } from '../../school/index.ts';
import type { DayPart } from '../../store/prisma/enums.ts';

const DAY_MS = 86_400_000;
/** So far ahead a family may ask. */
export const AHEAD_MOST = 60;
/** Whoever is away for longer talks with the school. */
export const DAYS_MOST = 30;
/** Longer texts are no days. */
const TEXT_MOST = 60;

export type DaysProblem = 'unknown' | 'noSuchDay' | 'past' | 'tooFar' | 'tooLong' | 'backwards' | 'noSchool';
export type ReadDays = { from: Date; to: Date; part?: DayPart } | { problem: DaysProblem };

const plus = (day: Date, days: number): Date => new Date(day.getTime() + days * DAY_MS);

const NAMED: Record<string, number> = {
  'hom nay': 0,
  nay: 0,
  'bua nay': 0,
  today: 0,
  mai: 1,
  'ngay mai': 1,
  'hom sau': 1,
  tomorrow: 1,
  mot: 2,
  'ngay mot': 2,
  kia: 2,
  'ngay kia': 2,
};

/** Sunday is 0. "thứ 2" is Monday. */
const WEEKDAYS: Record<string, number> = {
  hai: 1,
  ba: 2,
  tu: 3,
  bon: 3,
  nam: 4,
  sau: 5,
  bay: 6,
};
const ENGLISH = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];

const PARTS: readonly [RegExp, DayPart][] = [
  [/^(?:ca ngay|nguyen ngay)\b|\b(?:ca ngay|nguyen ngay|whole day)$/, 'wholeDay'],
  [/^(?:buoi )?sang\b|\b(?:buoi )?sang$|^morning\b|\bmorning$/, 'morning'],
  [/^(?:buoi )?chieu\b|\b(?:buoi )?chieu$|^afternoon\b|\bafternoon$/, 'afternoon'],
];

/** One day that somebody named; `month` and `year` where the other end of a range tells them. */
type Named = { day: number; month?: number; year?: number } | { date: Date };

function weekdayIn(text: string): number | null {
  if (/^(?:chu nhat|cn|sunday)$/.test(text)) return 0;
  const [, digit, word] = /^(?:thu ?([2-7])|t([2-7]))$/.exec(text) ?? [];
  const number = digit ?? word;
  if (number !== undefined) return Number(number) - 1;
  const named = /^thu (\w+)$/.exec(text)?.[1];
  if (named !== undefined) return WEEKDAYS[named] ?? null;
  const english = ENGLISH.indexOf(text);
  return english < 0 ? null : english;
}

/** The next day of that name, today among them; "tuần sau": of next week. */
function nextWeekday(weekday: number, today: Date, nextWeek: boolean): Date {
  const ahead = (weekday - today.getUTCDay() + 7) % 7;
  if (!nextWeek) return plus(today, ahead);
  const monday = plus(today, 7 - ((today.getUTCDay() + 6) % 7));
  return plus(monday, (weekday + 6) % 7);
}

function nameDay(given: string, today: Date): Named | null {
  const text = given.replace(/^(?:ngay|vao)\s+(?=\d|thu\b|t\d|chu\b)/, '').trim();
  const ahead = NAMED[text];
  if (ahead !== undefined) return { date: plus(today, ahead) };
  const nextWeek = / (?:tuan sau|next week)$/.test(text);
  const weekday = weekdayIn(text.replace(/ (?:tuan (?:nay|sau)|next week)$/, ''));
  if (weekday !== null) return { date: nextWeekday(weekday, today, nextWeek) };
  const [, day, month, year] =
    /^(\d{1,2})(?:(?:\s*[/.]\s*|\s*-\s*| thang )(\d{1,2})(?:(?:\s*[/.-]\s*| nam )(\d{4}|\d{2}))?)?$/.exec(
      text,
    ) ?? [];
  if (day === undefined) return null;
  return {
    day: Number(day),
    ...(month === undefined ? {} : { month: Number(month) }),
    ...(year === undefined ? {} : { year: Number(year) + (year.length === 2 ? 2000 : 0) }),
  };
}

function dateIn(year: number, month: number, day: number): Date | null {
  const date = new Date(Date.UTC(year, month - 1, day));
  return date.getUTCDate() === day && date.getUTCMonth() === month - 1 ? date : null;
}

/** The day that is meant: without a year or a month the nearest one that is not long past. */
function settle(named: Named, today: Date): Date | DaysProblem {
  if ('date' in named) return named.date;
  const { day, month, year } = named;
  const [y, m] = [today.getUTCFullYear(), today.getUTCMonth() + 1];
  if (month === undefined) {
    const next = m === 12 ? dateIn(y + 1, 1, day) : dateIn(y, m + 1, day);
    const here = dateIn(y, m, day);
    return (here && here >= today ? here : next) ?? 'noSuchDay';
  }
  if (year !== undefined) return dateIn(year, month, day) ?? 'noSuchDay';
  const all = [y - 1, y, y + 1].flatMap((one) => dateIn(one, month, day) ?? []);
  const far = (date: Date) => Math.abs(date.getTime() - today.getTime());
  return all.sort((a, b) => far(a) - far(b))[0] ?? 'noSuchDay';
}

/** What stands on both sides of "đến", "-"; a bare "25-11" may also be one day and its month. */
function* readings(text: string): Generator<[string, string | null]> {
  if (/^\d{1,2}\s*-\s*\d{1,2}\s*-\s*\d{2,4}$/.test(text)) return yield [text, null];
  const words = /^(?:tu )?(.+?) (?:den het|den|toi|to|until) (.+)$/.exec(text);
  if (words?.[1] && words[2]) yield [words[1], words[2]];
  for (const dash of text.matchAll(/\s*[-–—]\s*/g)) {
    const [left, right] = [text.slice(0, dash.index), text.slice(dash.index + dash[0].length)];
    if (left && right) yield [left.replace(/^tu /, ''), right];
  }
  yield [text, null];
}

function rangeOf(left: string, right: string | null, today: Date): { from: Date; to: Date } | DaysProblem {
  const first = nameDay(left, today);
  if (!first) return 'unknown';
  if (right === null) {
    const day = settle(first, today);
    return typeof day === 'string' ? day : { from: day, to: day };
  }
  const last = nameDay(right, today);
  if (!last) return 'unknown';
  // "25-11" is one day and its month: a range within a month goes up.
  if ('day' in first && 'day' in last && last.month === undefined && first.day >= last.day) return 'unknown';
  // "25-27/11": the month stands once.
  const start =
    'day' in first && 'day' in last && first.month === undefined ? { ...last, day: first.day } : first;
  const from = settle(start, today);
  if (typeof from === 'string') return from;
  // What follows is counted from the first day: "thứ 6 đến thứ 2", "30/12 - 3/1".
  const to =
    'date' in last
      ? settle(nameDay(right, NAMED[right] === undefined ? from : today) ?? last, from)
      : settle(last, from);
  return typeof to === 'string' ? to : { from, to };
}

function check({ from, to }: { from: Date; to: Date }, today: Date): DaysProblem | null {
  if (to < from) return 'backwards';
  if (from < today) return 'past';
  if (from > plus(today, AHEAD_MOST)) return 'tooFar';
  if (to >= plus(from, DAYS_MOST)) return 'tooLong';
  // Only Sundays: nobody is at school then.
  return from.getUTCDay() === 0 && to.getTime() === from.getTime() ? 'noSchool' : null;
}

/** The words as they are compared: without diacritics, but with what parts days and months. */
function plain(text: string): string {
  return text
    .replace(/[–—]/gu, '-')
    .split(/([-/.])/u)
    .map((part) => (/^[-/.]$/.test(part) ? part : ` ${fold(part)} `))
    .join('')
    .replace(/\s+/gu, ' ')
    .replace(/[ ./-]+$/u, '')
    .trim();
}

function partIn(text: string): { rest: string; part?: DayPart } {
  for (const [words, part] of PARTS) {
    const rest = text.replace(words, ' ').replace(/\s+/g, ' ').trim();
    if (rest !== text && rest !== '') return { rest, part };
  }
  return { rest: text };
}

/**
 * Reads the day or days that somebody typed.
 * @param today the day at school, midnight UTC, as all days here
 */
export function readDays(typed: string, today: Date): ReadDays {
  if (typed.length > TEXT_MOST) return { problem: 'unknown' };
  const { rest, part } = partIn(
    plain(typed).replace(/^(?:xin |cho )*(?:em |chau |con )?(?:nghi (?:hoc )?)?/, ''),
  );
  let problem: DaysProblem = 'unknown';
  for (const [left, right] of readings(rest)) {
    const range = rangeOf(left, right, today);
    const wrong = typeof range === 'string' ? range : check(range, today);
    if (wrong === null && typeof range !== 'string') {
      // Of several days, "chiều mai đến thứ 6" may begin with an afternoon or be afternoons: it is asked.
      const isOne = range.from.getTime() === range.to.getTime();
      return { ...range, ...(part && isOne ? { part } : {}) };
    }
    // What could be understood at all says more than what could not.
    if (wrong && problem === 'unknown') problem = wrong;
  }
  return { problem };
}

/** Whether words name days, whatever they come to: "xin nghỉ mai" is an order, "xin nghỉ hai mẹ con" a sentence. */
export function namesDays(typed: string): boolean {
  const read = readDays(typed, SOME_DAY);
  return !('problem' in read) || read.problem !== 'unknown';
}

const SOME_DAY = new Date('2026-11-24');
