// A notice is worded for thousands of recipients, and all but the child's name and class is the same. So it is worded
// once with slots in their places, and for each recipient only the slots are filled: 1 µs instead of 25 beside a send
// of about 150. What this cannot do exactly as the long way does, it leaves to the long way;
// test/render/prepare.test.ts holds the two together.

import type { MessagePart } from '../channels/index.ts';
import { type Document, readDocument, SLOT_MARKS } from './document.ts';
import { escapeHtml } from './html.ts';
import { languageFor } from './language.ts';
import { runPlan, Slot } from './plan.ts';
import { toTelegram } from './telegram.ts';
import type { CompiledTemplate } from './template.ts';

type Texts = Readonly<Record<string, string>>;

/** Words one recipient's message; undefined: go the long way. */
export type Prepared = (own: Texts) => MessagePart[] | undefined;

const ANY_MARK = new RegExp(`[${SLOT_MARKS.join('')}]`);
const CUT_AT_MARKS = new RegExp(`([${SLOT_MARKS.join('')}])`);
/** Longest value that a slot takes; the message must have room for it. */
const VALUE_MAX = 100;
/** An ordinary name: Latin letters as one sign each (Vietnamese is among them), digits, punctuation but for `*`. */
const PLAIN = /^(?! )[ -)+-~\u00A1-\u024F\u1E00-\u1EFF]+(?<! )$/;

/**
 * Words a template with all values but a recipient's own.
 * @param shared values that are the same for all
 * @param names of the recipient's own values
 * @returns null when the template does more with them than print them, or the message may need several parts
 */
export function prepareTelegram(
  compiled: CompiledTemplate,
  shared: Readonly<Record<string, unknown>>,
  names: readonly string[],
  { language, limit }: { language: string; limit: number },
): Prepared | null {
  const slots = names.map((name, index) => [name, new Slot(SLOT_MARKS[index] ?? '')] as const);
  if (names.length > SLOT_MARKS.length || !compiled.body.plan || ANY_MARK.test(JSON.stringify(shared)))
    return null;
  const text = runPlan(
    compiled.body.plan,
    { ...shared, ...Object.fromEntries(slots) },
    languageFor(language),
  );
  if (text === undefined) return null;
  const document: Document = readDocument(text);
  const [part, more] = toTelegram(document, limit);
  if (
    !part ||
    more ||
    part.plain.length + names.length * VALUE_MAX * part.plain.split(ANY_MARK).length > limit
  )
    return null;
  const nameOf = new Map(slots.map(([name, slot]) => [slot.mark, name]));
  const markup = part.markup.split(CUT_AT_MARKS);
  const plain = part.plain.split(CUT_AT_MARKS);
  return (own) => {
    const values = new Map<string, string>();
    for (const [mark, name] of nameOf) {
      const value = own[name];
      if (value === undefined || value.length > VALUE_MAX || !PLAIN.test(value)) return undefined;
      values.set(mark, value);
    }
    return [{ markup: fill(markup, values, escapeHtml), plain: fill(plain, values, (value) => value) }];
  };
}

/** Every second piece is a slot. */
function fill(
  pieces: readonly string[],
  values: ReadonlyMap<string, string>,
  write: (value: string) => string,
): string {
  let text = '';
  for (let index = 0; index < pieces.length; index++) {
    const piece = pieces[index] ?? '';
    text += index % 2 ? write(values.get(piece) ?? '') : piece;
  }
  return text;
}
