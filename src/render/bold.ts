import type { Piece } from './cut.ts';
import type { Document } from './document.ts';

/** Where plainText(document) is bold. */
export function boldPieces(document: Document): Piece[] {
  const pieces: Piece[] = [];
  let at = 0;
  for (const paragraph of document) {
    for (const line of paragraph) {
      for (const span of line) {
        if (span.bold) pieces.push({ start: at, end: at + span.text.length });
        at += span.text.length;
      }
      at += 1;
    }
    at += 1;
  }
  return pieces;
}
