import type { MessagePart } from '../channels/index.ts';
import { boldPieces } from './bold.ts';
import { cutText } from './cut.ts';
import { type Document, plainText } from './document.ts';

/**
 * A document as plain messages that say where they are bold, for channels which mark by place (facts/zalo-telegram.md
 * §3.2). An empty document has no parts.
 * @param limit longest part in UTF-16 code units (documents are NFC), at least 2
 */
export function toStyled(document: Document, limit: number): MessagePart[] {
  const text = plainText(document);
  const strong = boldPieces(document);
  return cutText(text, limit).map((piece) => {
    const plain = text.slice(piece.start, piece.end);
    const bold = strong
      .map(({ start, end }) => ({ start: Math.max(start, piece.start), end: Math.min(end, piece.end) }))
      .filter(({ start, end }) => start < end)
      .map(({ start, end }) => ({ start: start - piece.start, length: end - start }));
    return { markup: plain, plain, ...(bold.length ? { bold } : {}) };
  });
}
