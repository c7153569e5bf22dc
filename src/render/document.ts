// The tiny document that stands between a rendered template and the channels.

export type Span = { text: string; bold: boolean };
export type Line = readonly Span[];
export type Paragraph = readonly Line[];
export type Document = readonly Paragraph[];

const BOLD = '**';
/** Stands for a `*` that came from a value until the markup has been read. A noncharacter: no real text has it. */
const TYPED_STAR = '\uFDD0';
/** Stand for values that are filled in later (prepare.ts); likewise noncharacters. */
export const SLOT_MARKS = ['\uFDD1', '\uFDD2', '\uFDD3', '\uFDD4'] as const;

const OTHER_LINE_ENDS = /\r\n?|[\u0085\u2028\u2029]/g;
/** Control characters, halves of surrogate pairs and noncharacters: nothing that a person typed. */
const UNPRINTABLE = /(?![\n\t\uFDD0-\uFDD4])[\p{Cc}\p{Cs}\p{Noncharacter_Code_Point}]/gu;

/** Makes the text of a value safe to stand in a template: none of it will be read as markup. */
export function asTyped(text: string): string {
  return text.includes('*') || text.includes(TYPED_STAR)
    ? text.replaceAll(TYPED_STAR, '').replaceAll('*', TYPED_STAR)
    : text;
}

/**
 * Reads the markup. Bold may run over lines (a value may have some); a `**` without its partner is two stars.
 * The text is NFC, so that Vietnamese letters count and compare as one.
 */
export function readDocument(rendered: string): Document {
  const text = rendered.replace(OTHER_LINE_ENDS, '\n').replace(UNPRINTABLE, '').normalize('NFC');
  const paragraphs: Line[][] = [];
  let paragraph: Line[] = [];
  for (const line of readLines(text)) {
    if (line.length > 0) paragraph.push(line);
    else if (paragraph.length > 0) {
      paragraphs.push(paragraph);
      paragraph = [];
    }
  }
  if (paragraph.length > 0) paragraphs.push(paragraph);
  return paragraphs;
}

/** The text without its markup: lines end in one newline, paragraphs in two. */
export function plainText(document: Document): string {
  return document
    .map((paragraph) => paragraph.map((line) => line.map((span) => span.text).join('')).join('\n'))
    .join('\n\n');
}

/** Lines as spans; a blank line has none. */
function readLines(text: string): Line[] {
  const pieces = text.split(BOLD);
  if (pieces.length % 2 === 0) {
    const last = pieces.pop();
    pieces[pieces.length - 1] += BOLD + last;
  }
  let line: Span[] = [];
  const lines = [line];
  for (const [index, piece] of pieces.entries()) {
    for (const [row, words] of piece.split('\n').entries()) {
      if (row > 0) {
        line = [];
        lines.push(line);
      }
      if (words !== '') line.push({ text: words.replaceAll(TYPED_STAR, '*'), bold: index % 2 === 1 });
    }
  }
  return lines.map(withoutTrailingBlanks);
}

function withoutTrailingBlanks(line: Span[]): Line {
  for (let last = line.at(-1); last !== undefined; last = line.at(-1)) {
    const text = last.text.trimEnd();
    if (text === last.text) break;
    line.pop();
    if (text !== '') line.push({ text, bold: last.bold });
  }
  return line;
}
