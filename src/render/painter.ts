import { type Card, drawCard } from './card.ts';

/** Both guardians get the same picture, and a second try needs it again. Some 20 KB each. */
const KEPT_MOST = 200;

export interface Painter<Content = Card> {
  /** The card as PNG. The same content is drawn once while it is remembered; two who ask at once share the work. */
  paint(card: Content): Promise<Buffer>;
}

export function openPainter(): Painter;
export function openPainter<Content>(draw: (content: Content) => Promise<Buffer>): Painter<Content>;
export function openPainter(draw: (card: Card) => Promise<Buffer> = drawCard): Painter {
  const kept = new Map<string, Promise<Buffer>>();
  return {
    paint(card) {
      const key = JSON.stringify(card);
      const known = kept.get(key);
      if (known) return known;
      const drawn = draw(card);
      kept.set(key, drawn);
      // A picture that failed is no picture: the next one who asks tries again.
      drawn.catch(() => kept.delete(key));
      const [oldest] = kept.keys();
      if (kept.size > KEPT_MOST && oldest !== undefined) kept.delete(oldest);
      return drawn;
    },
  };
}
