import type { MessagePart } from '../channels/index.ts';
import { boldPieces } from './bold.ts';
import { cutText, type Piece } from './cut.ts';
import { type Document, plainText } from './document.ts';
import { escapeHtml } from './html.ts';

/** Longest message text, counted after entities are read (facts/zalo-telegram.md §5.2). */
const TELEGRAM_TEXT_MAX = 4096;

/**
 * A document as Telegram messages: HTML with `<b>` only, each part whole in itself (bold is closed at a cut and
 * opened again behind it). An empty document has no parts.
 * @param limit longest part in UTF-16 code units after entity parsing, at least 2
 */
export function toTelegram(document: Document, limit = TELEGRAM_TEXT_MAX): MessagePart[] {
  const text = plainText(document);
  const bold = boldPieces(document);
  return cutText(text, limit).map((piece) => ({
    markup: markUp(text, piece, bold),
    plain: text.slice(piece.start, piece.end),
  }));
}

function markUp(text: string, piece: Piece, bold: readonly Piece[]): string {
  let markup = '';
  let at = piece.start;
  for (const strong of bold) {
    const start = Math.max(strong.start, piece.start);
    const end = Math.min(strong.end, piece.end);
    if (start >= end) continue;
    markup += `${escapeHtml(text.slice(at, start))}<b>${escapeHtml(text.slice(start, end))}</b>`;
    at = end;
  }
  return markup + escapeHtml(text.slice(at, piece.end));
}
