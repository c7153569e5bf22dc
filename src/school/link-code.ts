import { randomInt } from 'node:crypto';

/**
 * Digits and letters that nobody confuses on paper or by ear (no 0 O 1 I L U), and that a Vietnamese keyboard leaves
 * alone: with Telex or VNI on, vowels, Y, D and W take marks (AA → Â, AS → Á, D9 → Đ). Without vowels no code is a
 * word either, so nothing that a parent writes is taken for one.
 */
const SYMBOLS = '23456789BCFGHJKMNPQRSTVXZ';
const LENGTH = 8;

/** A new one-time code: 8 of 25 symbols, 1.5 × 10¹¹ possibilities. */
export function newLinkCode(): string {
  return Array.from({ length: LENGTH }, () => SYMBOLS[randomInt(SYMBOLS.length)]).join('');
}

/** For paper: "ABCD-EFGH". */
export const showLinkCode = (code: string): string =>
  `${code.slice(0, LENGTH / 2)}-${code.slice(LENGTH / 2)}`;

/**
 * What somebody typed, as a code; null when it cannot be one. Spaces, any dash (phones make long ones), #, a full stop,
 * invisible signs from pasting and small letters are fine.
 */
export function readLinkCode(typed: string): string | null {
  const text = typed
    .normalize('NFKC')
    .toUpperCase()
    .replace(/[\s#.\p{Pd}\p{Cf}]/gu, '');
  return text.length === LENGTH && [...text].every((symbol) => SYMBOLS.includes(symbol)) ? text : null;
}

/** A code within a text as it is shown on paper, or behind a deep link. */
const WITHIN = new RegExp(
  `(?:^|[^A-Z0-9])(?:START=)?([${SYMBOLS}]{4})\\p{Pd}([${SYMBOLS}]{4})(?![A-Z0-9])|START=([${SYMBOLS}]{${LENGTH}})(?![A-Z0-9])`,
  'gu',
);

/**
 * The one code in a text that was passed on: a whole message of the school, or a link. Null when there is none, or
 * several.
 */
export function findLinkCode(text: string): string | null {
  const whole = readLinkCode(text);
  if (whole) return whole;
  const found = new Set(
    [...text.normalize('NFKC').toUpperCase().matchAll(WITHIN)].map(
      ([, a = '', b = '', c = '']) => `${a}${b}${c}`,
    ),
  );
  const [only] = found;
  return found.size === 1 && only ? only : null;
}
