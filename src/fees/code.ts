import { randomInt } from 'node:crypto';

/** Without 0 1 I L O: nothing that can be taken for something else on paper or in a hurry. */
export const CODE_ALPHABET = '23456789ABCDEFGHJKMNPQRSTUVWXYZ';
/** Two letters for the item, seven by chance (27.5 billion), one that checks the rest (facts/domain.md §3.4). */
export const CODE_LENGTH = 10;
const PREFIX_LENGTH = 2;

/**
 * The symbol values are read as a number to the base 12; with the check symbol it is divisible by 31. 31 is prime and 12
 * a primitive root of it, so every single wrong symbol and every two exchanged ones are found.
 */
const BASE = 12;

function rest(symbols: string): number {
  let sum = 0;
  for (const symbol of symbols) sum = (sum * BASE + CODE_ALPHABET.indexOf(symbol)) % CODE_ALPHABET.length;
  return sum;
}

const SHAPE = new RegExp(`^[${CODE_ALPHABET}]{${CODE_LENGTH}}$`);

/** Whether this may be one of our codes; about one text of this shape in 31 is. */
export const isCode = (text: string): boolean => SHAPE.test(text) && rest(text) === 0;

/**
 * A payment code that nobody has seen yet with near certainty; the database keeps it unique.
 * @param prefix two symbols of the alphabet
 * @param chance a whole number from 0 up to, not including, its argument
 */
export function newCode(prefix: string, chance: (below: number) => number = randomInt): string {
  const random = Array.from({ length: CODE_LENGTH - PREFIX_LENGTH - 1 }, () =>
    CODE_ALPHABET.charAt(chance(CODE_ALPHABET.length)),
  ).join('');
  const body = `${prefix}${random}`;
  const check = (CODE_ALPHABET.length - ((rest(body) * BASE) % CODE_ALPHABET.length)) % CODE_ALPHABET.length;
  return `${body}${CODE_ALPHABET.charAt(check)}`;
}

/** The first letters of an item's words, as far as the alphabet has them: "Bảo hiểm y tế" → "BH". Folded words. */
export function prefixOf(foldedName: string): string {
  const letters = foldedName
    .toUpperCase()
    .split(/[^A-Z0-9]+/)
    .map((word) => [...word].find((letter) => CODE_ALPHABET.includes(letter)) ?? '')
    .join('');
  return `${letters}XX`.slice(0, PREFIX_LENGTH);
}

/** A memo as it is compared: upper case, letters and digits only. Banks add text, drop spaces and change capitals. */
export const memoKey = (memo: string): string => memo.toUpperCase().replace(/[^A-Z0-9]+/g, '');

/** Every code that stands in a memo, also inside other text; in the order in which they stand. */
export function codesIn(memo: string): string[] {
  const key = memoKey(memo);
  const found = new Set<string>();
  for (let at = 0; at + CODE_LENGTH <= key.length; at++) {
    const piece = key.slice(at, at + CODE_LENGTH);
    if (isCode(piece)) found.add(piece);
  }
  return [...found];
}

/** How many of a code's symbols must be left, in a row, to think of it at all. */
const TRACE_LEAST = 6;

/** Whether a memo holds a piece of a code (banks cut), or the code with one symbol wrong: a hint, never a proof. */
export function hasTraceOf(code: string, memo: string): boolean {
  const key = memoKey(memo);
  for (let length = CODE_LENGTH - 1; length >= TRACE_LEAST; length--)
    for (let at = 0; at + length <= CODE_LENGTH; at++)
      if (key.includes(code.slice(at, at + length))) return true;
  for (let at = 0; at + CODE_LENGTH <= key.length; at++) {
    let wrong = 0;
    for (let place = 0; place < CODE_LENGTH && wrong < 2; place++)
      if (key[at + place] !== code[place]) wrong++;
    if (wrong < 2) return true;
  }
  return false;
}
