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

/** The words of a text as somebody typed it, without what stands around and between them: "  Điểm!! 🙏" → "điểm". */
export const wordsOf = (text: string): string =>
  text
    .normalize('NFC')
    .toLowerCase()
    .replace(/[^\p{L}\p{M}\p{N}]+/gu, ' ')
    .trim();

/**
 * Whether somebody has typed this word, with its marks or without some of them ("học phí", "hoc phi", "hoc phí"); with
 * other marks it is another word: "Diễm" is a child, not "điểm". Both as wordsOf() gives them.
 */
export const isTyped = (typed: string, word: string): boolean =>
  typed.length === word.length &&
  [...typed].every((letter, place) => letter === word[place] || letter === fold(word[place] ?? ''));
