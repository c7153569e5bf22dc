import type { Texts } from '../render/index.ts';
import type { MarkValue } from './mark.ts';
import { isWhole, readSlot } from './slots.ts';

/** A mark as a family reads it: "8,0", "Đạt", "Miễn"; in English "8.0"; a test of primary school "8". */
export function sayMark(
  texts: Texts,
  language: string,
  { value: { tenths, word, raw }, slot }: { value: MarkValue; slot: string },
): string {
  if (tenths !== null && isWhole(readSlot(slot).kind)) return String(tenths / 10);
  if (tenths !== null) return `${Math.trunc(tenths / 10)}${language === 'en' ? '.' : ','}${tenths % 10}`;
  return word === null ? raw : texts.say(language, `grades:word.${word}`);
}

/** "Kiểm tra giữa kỳ", "Đánh giá thường xuyên 2". */
export function saySlot(texts: Pick<Texts, 'say'>, language: string, slot: string): string {
  const { kind, seq } = readSlot(slot);
  return texts.say(language, `grades:slot.${kind}`, { number: seq || '' }).trim();
}

export const sayTerm = (texts: Pick<Texts, 'say'>, language: string, term: number): string =>
  texts.say(language, `grades:term.${term}`);
