import { fold } from './fold.ts';

/** A person's name as it is kept: NFC, every run of spaces (also no-break and zero-width ones) one space. */
export function tidyName(raw: string): string {
  return raw
    .normalize('NFC')
    .replace(/\u200b|\u200c|\u200d|\ufeff/g, '')
    .replace(/\s+/gu, ' ')
    .trim();
}

/** The key under which two spellings of one name meet. */
export function nameKey(name: string): string {
  return fold(tidyName(name));
}

/** The last word: what a child is called. "Lý Văn Nam" → "Nam". */
export function givenName(fullName: string): string {
  return tidyName(fullName).split(' ').at(-1) ?? '';
}

const vietnamese = new Intl.Collator('vi');

/** Order of a Vietnamese class list: by given name, then family name, then middle names (facts/domain.md §2.3 rule 8). */
export function byClassList(a: { fullName: string }, b: { fullName: string }): number {
  return (
    vietnamese.compare(givenName(a.fullName), givenName(b.fullName)) ||
    vietnamese.compare(tidyName(a.fullName), tidyName(b.fullName))
  );
}
