/** Latin letters that carry a stroke, which NFD does not split off, and the eth that keyboards put in place of Đ. */
const STROKED: Record<string, string> = { đ: 'd', ð: 'd' };

/**
 * Folds a text for comparison: "Mã định danh Bộ GD&ĐT" → "ma dinh danh bo gddt".
 * Order matters (facts/domain.md §2.3 rule 2): NFC, lower case, marks off, đ by hand, any space to one space,
 * punctuation dropped; a slash, bracket, colon, comma or underscore between words counts as a space, so that
 * "cha/mẹ" stays two words. The result is ASCII for Vietnamese, and folding it again changes nothing.
 */
export function fold(text: string): string {
  return text
    .normalize('NFC')
    .toLowerCase()
    .normalize('NFD')
    .replace(/\p{M}+/gu, '')
    .replace(/[đð]/g, (letter) => STROKED[letter] ?? letter)
    .replace(/[\s/\\|_:;,()[\]{}]+/gu, ' ')
    .replace(/[^\p{L}\p{N} ]+/gu, '')
    .replace(/ +/g, ' ')
    .trim();
}
