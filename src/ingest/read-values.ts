// Single values of school lists: codes, days, words for "has left". Pure.
import { fold } from '../school/index.ts';
import type { Cell } from './sheet.ts';

/** A text without the spaces, no-break spaces and apostrophes that people and Excel leave around ids. */
const bare = (text: string): string => text.normalize('NFKC').replace(/[\s'’`\u200b]+/gu, '');

export type ReadCode = { code: string; zeroRestored: boolean } | { code: null; bad: boolean };

/**
 * The Ministry's pupil code: ten digits, text (Circular 42/2021; facts/domain.md §2.4). Nine digits have lost their
 * first 0 to Excel and get it back; anything else is no code.
 */
export function readCode(text: string): ReadCode {
  const digits = bare(text);
  if (digits === '') return { code: null, bad: false };
  if (/^\d{10}$/.test(digits)) return { code: digits, zeroRestored: false };
  if (/^\d{9}$/.test(digits)) return { code: `0${digits}`, zeroRestored: true };
  return { code: null, bad: true };
}

export type ReadDay = { day: string } | { day: null; problem: 'badDate' | 'yearOnly' | null };

const OLDEST = 1950;
const NEWEST = 2100;

/** A day that exists, as "yyyy-mm-dd"; null for 31/02. */
function existingDay(year: number, month: number, day: number): string | null {
  const date = new Date(Date.UTC(year, month - 1, day));
  const exists =
    date.getUTCFullYear() === year && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
  return exists && year >= OLDEST && year <= NEWEST ? date.toISOString().slice(0, 10) : null;
}

/** A day as Vietnamese lists write it: dd/mm/yyyy, d-m-yyyy, dd.mm.yyyy, or a real date. Never month first. */
export function readDay(cell: Cell): ReadDay {
  const text = bare(cell.text);
  if (text === '') return { day: null, problem: null };
  if (/^(?:19|20)\d\d$/.test(text)) return { day: null, problem: 'yearOnly' };
  const iso = cell.kind === 'date' || cell.kind === 'text' ? /^(\d{4})-(\d\d)-(\d\d)$/.exec(text) : null;
  const own = /^(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})$/.exec(text);
  const [year, month, day] = iso ? [iso[1], iso[2], iso[3]] : own ? [own[3], own[2], own[1]] : [];
  const found = day === undefined ? null : existingDay(Number(year), Number(month), Number(day));
  return found === null ? { day: null, problem: 'badDate' } : { day: found };
}

const STUDYING =
  /^(?:dang hoc|dang theo hoc|hoc binh thuong|binh thuong|chuyen den|moi chuyen den|hoc lai|tuyen moi|moi tuyen|luu ban|co mat|hien dien)\b/;
const LEFT =
  /^(?:da )?(?:xin )?(?:chuyen di|chuyen truong|chuyen lop|chuyen|thoi hoc|bo hoc|bao luu|nghi hoc|nghi|tam nghi|tot nghiep|dinh chi|buoc thoi hoc|mat|qua doi|tu vong|ra truong)\b/;

/** Whether a status word says that the pupil is here; "unknown" for a word that the hub does not know. */
export function readStanding(text: string): 'studying' | 'left' | 'unknown' | null {
  const key = fold(text);
  if (key === '') return null;
  if (STUDYING.test(key)) return 'studying';
  return LEFT.test(key) ? 'left' : 'unknown';
}

const EXEMPT = /\b(?:mien|khong phai nop|khong thu)\b/;
const REDUCED = /\bgiam (?:con )?\d/;

/** "Miễn", "được miễn", "miễn 100%"; not "giảm 50%", whose amount stands in its cell. @param folded see fold() */
export const saysExempt = (folded: string): boolean => EXEMPT.test(folded) && !REDUCED.test(folded);
