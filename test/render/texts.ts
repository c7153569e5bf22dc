// Texts that a teacher could type or a file could hold: Vietnamese in both normal forms, emoji, everything that is
// markup somewhere, and much white space.
import fc from 'fast-check';

const word = fc.oneof(
  fc.constantFrom(
    'Kính',
    'gửi',
    'phụ',
    'huynh',
    'Nguyễn',
    'Đặng Thị Ế',
    'học phí',
    '450.000',
    'đồng',
    '👨‍👩‍👧',
    '🇻🇳',
  ),
  fc.constantFrom(
    '*',
    '**',
    '***',
    '<b>',
    '</b>',
    '<script>',
    '&',
    '&amp;',
    '&lt;',
    '{{ x }}',
    '{% if %}',
    '"',
    "'",
    '>',
  ),
  fc.constantFrom('ệ'.normalize('NFD'), 'Ngườì'.normalize('NFD'), '\u0301', '\ufdd0', '\u0000', '\ud800'),
  fc.string({ unit: 'binary', maxLength: 12 }),
);

const gap = fc.constantFrom(' ', '  ', '\n', '\n\n', '\r\n', '', '\t', '\u00a0');

/** Any text, mostly of words that could go wrong. */
export const typedText = fc
  .array(fc.tuple(word, gap), { maxLength: 60 })
  .map((words) => words.map(([text, blank]) => text + blank).join(''));

/** The text as it may come out: what nobody typed is gone, white space does not count. */
export function letters(text: string): string {
  return text
    .replace(/\p{Cs}|\p{Noncharacter_Code_Point}/gu, '')
    .replace(/[\s\p{Cc}]/gu, '')
    .normalize('NFC');
}
