// Phones as school lists hold them. Sources: facts/domain.md §2.3 rule 3 and §2.4 "Phones".

import { fold } from './fold.ts';

/** A mobile number: 0 and nine digits. */
const MOBILE = /^0[35789]\d{8}$/;

/** The change of 2018: first four digits of an 11-digit number → first three of today's; the last seven stay. */
const MOVED_2018: Record<string, string> = {
  '0120': '070',
  '0121': '079',
  '0122': '077',
  '0126': '076',
  '0128': '078',
  '0123': '083',
  '0124': '084',
  '0125': '085',
  '0127': '081',
  '0129': '082',
  '0162': '032',
  '0163': '033',
  '0164': '034',
  '0165': '035',
  '0166': '036',
  '0167': '037',
  '0168': '038',
  '0169': '039',
  '0186': '056',
  '0188': '058',
  '0199': '059',
};

export type PhoneNote =
  /** Excel took the first 0; it was put back. */
  | 'zeroRestored'
  /** An 11-digit number from before 2018, now in its present form. */
  | 'convertedFrom2018'
  /** A landline: kept out, since no chat and no message reaches it. */
  | 'landline'
  /** Neither a mobile number nor a landline. */
  | 'badPhone';

export type ReadPhones = {
  /** Each "0912345678", in the order of the cell, without repeats. */
  mobiles: string[];
  notes: { note: PhoneNote; value: string }[];
};

/** Digits of one typed number in national form; the note says what had to be repaired. */
function national(typed: string): { digits: string; restored: boolean } {
  const plus = typed.trimStart().startsWith('+');
  let digits = typed.replace(/\D/g, '');
  if (digits.startsWith('0084')) digits = digits.slice(2);
  if (digits.startsWith('84') && (plus || digits.length === 11 || digits.length === 12)) {
    const rest = digits.slice(2).replace(/^0/, '');
    return { digits: `0${rest}`, restored: false };
  }
  const lostZero =
    /^[35789]\d{8}$/.test(digits) || (/^1\d{9}$/.test(digits) && MOVED_2018[`0${digits.slice(0, 3)}`]);
  return lostZero ? { digits: `0${digits}`, restored: true } : { digits, restored: false };
}

function readOne(typed: string): { mobile?: string; note?: PhoneNote } {
  const { digits, restored } = national(typed.replace(/[\p{L}\p{M}():]+/gu, ''));
  if (MOBILE.test(digits)) return restored ? { mobile: digits, note: 'zeroRestored' } : { mobile: digits };
  const moved = digits.length === 11 ? MOVED_2018[digits.slice(0, 4)] : undefined;
  if (moved !== undefined) return { mobile: moved + digits.slice(4), note: 'convertedFrom2018' };
  if (/^0?2\d{8,9}$/.test(digits)) return { note: 'landline' };
  return { note: 'badPhone' };
}

/** What schools write where there is no phone: "không có", "-", "x". Nothing to report. */
function isNoNumber(typed: string): boolean {
  const key = fold(typed);
  return key === '' || /^(?:x|0|k|ko|khong|khong co|chua co|chua|khong dung)$/.test(key);
}

/** Numbers that stand in one cell: always parted at / ; , | and line ends; at "-" or spaces only where whole numbers stand between. */
function parts(cell: string): string[] {
  const strong = cell.split(/[/;,|\n\r]+|\s+(?:hoặc|và)\s+/iu).filter((part) => part.trim() !== '');
  return strong.flatMap((part) => {
    for (const weak of [/\s*[-–]\s*/u, /\s+/u]) {
      const pieces = part.trim().split(weak).filter(Boolean);
      if (pieces.length > 1 && pieces.every((piece) => piece.replace(/\D/g, '').length >= 9)) return pieces;
    }
    return [part];
  });
}

/**
 * The usable mobile numbers of one cell, and what was odd about the rest. Never throws.
 * Takes "0912.345.678", "84912…", "+84 912…", numbers that lost their first 0, 11-digit numbers from before 2018, and
 * two numbers in one cell.
 */
export function readPhones(cell: string): ReadPhones {
  const read: ReadPhones = { mobiles: [], notes: [] };
  for (const part of parts(cell.normalize('NFKC').replace(/^'/, ''))) {
    const value = part.trim();
    if (isNoNumber(value)) continue;
    const { mobile, note } = readOne(value);
    if (mobile !== undefined && !read.mobiles.includes(mobile)) read.mobiles.push(mobile);
    if (note !== undefined) read.notes.push({ note, value });
  }
  return read;
}
