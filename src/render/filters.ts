import type { Liquid } from 'liquidjs';
import { SCHOOL_OFFSET_MIN } from '../time/index.ts';
import { type Language, languageOf } from './language.ts';

const SCHOOL_OFFSET_MS = SCHOOL_OFFSET_MIN * 60_000;

const DAY_ONLY = /^(\d{4})-(\d{2})-(\d{2})$/;
const WITHOUT_ZONE = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?$/;

const two = (value: number): string => String(value).padStart(2, '0');

/** LiquidJS's own filters that a text may need. The rest is taken away: a template is a text, not a program. */
const KEPT = new Set([
  'capitalize',
  'default',
  'downcase',
  'first',
  'join',
  'last',
  'minus',
  'plus',
  'size',
  'upcase',
]);

/** Gives the engine our filters. An absent value (null) stays empty, so that `| default: "…"` can follow. */
export function installFilters(engine: Liquid): void {
  for (const name of Object.keys(engine.filters)) {
    if (!KEPT.has(name)) engine.unregisterFilter(name);
  }
  for (const [name, show] of Object.entries(FILTERS)) {
    engine.registerFilter(name, function (this: { context: { globals: object } }, value: unknown): string {
      return show(value, languageOf(this.context.globals));
    });
  }
}

type Show = (value: unknown, language: Language) => string;

const unlessAbsent =
  (show: Show): Show =>
  (value, language) =>
    value === null || value === undefined ? '' : show(value, language);

/** Our own filters by name. They throw for a value of the wrong kind. */
export const FILTERS: Readonly<Record<string, Show>> = {
  date: unlessAbsent(showDate),
  time: unlessAbsent(showTime),
  dong: unlessAbsent(showDong),
  mark: unlessAbsent(showMark),
};

/** A day ("2026-11-23", not moved by any zone) or an instant → dd/MM/yyyy at school. */
function showDate(value: unknown): string {
  const [, year, month, day] = typeof value === 'string' ? (DAY_ONLY.exec(value) ?? []) : [];
  if (year !== undefined) return `${day}/${month}/${year}`;
  const at = schoolTime(value, 'date');
  return `${two(at.getUTCDate())}/${two(at.getUTCMonth() + 1)}/${at.getUTCFullYear()}`;
}

/** An instant → HH:mm at school. */
function showTime(value: unknown): string {
  const at = schoolTime(value, 'time');
  return `${two(at.getUTCHours())}:${two(at.getUTCMinutes())}`;
}

/** Whole đồng → 450.000 đồng (in English 450,000 đồng). */
function showDong(value: unknown, language: Language): string {
  const digits = String(wholeNumber(value, 'dong')).replace(
    /\B(?=(\d{3})+$)/g,
    language === 'en' ? ',' : '.',
  );
  return `${digits} đồng`;
}

/** Tenths → 8,0 (in English 8.0). */
function showMark(value: unknown, language: Language): string {
  const tenths = wholeNumber(value, 'mark');
  if (tenths < 0) throw new TypeError('the filter mark wants tenths, from 0 up');
  return `${Math.trunc(tenths / 10)}${language === 'en' ? '.' : ','}${tenths % 10}`;
}

/** The instant, moved so that its UTC fields read as the clock on the school's wall. */
function schoolTime(value: unknown, filter: string): Date {
  const text = typeof value === 'string' && WITHOUT_ZONE.test(value) ? `${value}+07:00` : value;
  const at =
    text instanceof Date
      ? text.getTime()
      : typeof text === 'string' && text.includes('T')
        ? Date.parse(text)
        : Number.NaN;
  if (Number.isNaN(at)) throw new TypeError(`the filter ${filter} wants an instant as ISO 8601`);
  return new Date(at + SCHOOL_OFFSET_MS);
}

function wholeNumber(value: unknown, filter: string): number {
  if (typeof value === 'number' && Number.isSafeInteger(value)) return value;
  throw new TypeError(`the filter ${filter} wants a whole number`);
}
