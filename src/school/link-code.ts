import { randomInt } from 'node:crypto';

/** Digits and letters that nobody confuses on paper or by ear: no 0 O 1 I L U. */
const SYMBOLS = '23456789ABCDEFGHJKMNPQRSTVWXYZ';
const LENGTH = 8;

/** A new one-time code: 8 of 30 symbols, 6.5 × 10¹¹ possibilities. */
export function newLinkCode(): string {
  return Array.from({ length: LENGTH }, () => SYMBOLS[randomInt(SYMBOLS.length)]).join('');
}

/** For paper: "ABCD-EFGH". */
export const showLinkCode = (code: string): string =>
  `${code.slice(0, LENGTH / 2)}-${code.slice(LENGTH / 2)}`;

/** What somebody typed, as a code; null when it cannot be one. Spaces, hyphens, a leading # and small letters are fine. */
export function readLinkCode(typed: string): string | null {
  const text = typed
    .normalize('NFKC')
    .toUpperCase()
    .replace(/[\s#-]/g, '');
  return text.length === LENGTH && [...text].every((symbol) => SYMBOLS.includes(symbol)) ? text : null;
}
