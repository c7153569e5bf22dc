// Where a long text is cut into parts. Positions are UTF-16 code units, as Telegram counts entities and lengths.

/** Half-open, without the blanks around the cut. */
export type Piece = { start: number; end: number };

const graphemes = new Intl.Segmenter('vi', { granularity: 'grapheme' });

/**
 * Cuts at the last paragraph whose next one fits into a part, so that it stays whole; else at the last paragraph, line or
 * word that leaves a part at least half full; else at any earlier one; and only inside a word that is longer than a part, and then between two letters as a reader sees them.
 * @param limit longest part, at least 2 (a surrogate pair is never parted)
 */
export function cutText(text: string, limit: number): Piece[] {
  if (limit < 2) throw new RangeError('a part holds at least 2 code units');
  const pieces: Piece[] = [];
  let start = skipBlanks(text, 0);
  while (start < text.length) {
    const cut = text.length - start <= limit ? text.length : cutBefore(text, start, limit);
    let end = cut;
    while (end > start && isBlank(text[end - 1])) end -= 1;
    if (text.slice(start, end).trim() !== '') pieces.push({ start, end });
    start = skipBlanks(text, cut);
  }
  return pieces;
}

function cutBefore(text: string, start: number, limit: number): number {
  // One more than fits: a blank just behind a full part is a good place too.
  const view = text.slice(start, start + limit + 1);
  const paragraph = view.lastIndexOf('\n\n');
  const line = view.lastIndexOf('\n');
  const word = Math.max(line, view.lastIndexOf(' '), view.lastIndexOf('\t'));
  if (paragraph > 0 && endOfParagraph(text, start + paragraph + 2) - (start + paragraph + 2) <= limit)
    return start + paragraph;
  const good = [paragraph, line, word].find((place) => place >= limit / 2);
  if (good !== undefined) return start + good;
  return start + (word > 0 ? word : insideWord(text, start, limit));
}

function endOfParagraph(text: string, from: number): number {
  const end = text.indexOf('\n\n', from);
  return end < 0 ? text.length : end;
}

function insideWord(text: string, start: number, limit: number): number {
  const view = text.slice(start, start + limit + 64);
  const letter = graphemes.segment(view).containing(limit);
  if (letter !== undefined && letter.index > 0) return letter.index;
  // One "letter" longer than a part (a pile of combining marks): anywhere but between two surrogates.
  const before = view.charCodeAt(limit - 1);
  return before >= 0xd800 && before <= 0xdbff ? limit - 1 : limit;
}

function isBlank(sign: string | undefined): boolean {
  return sign === ' ' || sign === '\n' || sign === '\t';
}

function skipBlanks(text: string, from: number): number {
  let at = from;
  while (at < text.length && isBlank(text[at])) at += 1;
  return at;
}
