// The two documented ways of marking a text: `text_styles` by place, `parse_mode` by markup (facts §3.2).

import type { Entity } from '../telegram/markup.ts';
import { invalid } from './wire.ts';

export type Styled = { text: string; entities: readonly Entity[] };

/** Style codes of the platform's page, as transcribed on 2026-10-02; colours, sizes and lists have no look of their own here. */
const CODES =
  /^(b|i|u|s|f_13|f_15|f_18|f_20|c_050a19|c_15a85f|c_f7b503|c_f27806|c_db342e|lst_1|lst_2|ind_[1-5])$/;
const LOOKS: Record<string, string> = { b: 'bold', i: 'italic', u: 'underline', s: 'strikethrough' };
const HTML_TAG = /<(\/?)(b|i|u|s)>/g;

/** Reads a text with its styles; `parse_mode` wins over `text_styles`. @throws Refusal */
export function readStyled(text: string, parseMode: unknown, textStyles: unknown): Styled {
  if (parseMode === undefined || parseMode === null) return { text, entities: readStyles(text, textStyles) };
  if (parseMode === 'html') return readHtml(text);
  // The hub does not send markdown; it is let through as typed.
  if (parseMode === 'markdown') return { text, entities: [] };
  throw invalid('parse_mode');
}

function readStyles(text: string, styles: unknown): Entity[] {
  if (styles === undefined || styles === null) return [];
  if (!Array.isArray(styles)) throw invalid('text_styles');
  return styles.flatMap((style: { start?: unknown; len?: unknown; st?: unknown }) => {
    const { start: offset, len: length, st } = style ?? {};
    if (!isPlace(offset) || !isPlace(length) || length === 0 || offset + length > text.length)
      throw invalid('text_styles: place');
    if (!Array.isArray(st) || st.length === 0) throw invalid('text_styles: st');
    return st.flatMap((code: unknown) => {
      if (typeof code !== 'string' || !CODES.test(code)) throw invalid('text_styles: code');
      const type = LOOKS[code];
      return type === undefined ? [] : [{ type, offset, length }];
    });
  });
}

function readHtml(source: string): Styled {
  const entities: Entity[] = [];
  const open: { tag: string; offset: number }[] = [];
  let text = '';
  let from = 0;
  for (const match of source.matchAll(HTML_TAG)) {
    text += source.slice(from, match.index);
    from = match.index + match[0].length;
    const tag = match[2] ?? '';
    if (match[1] === '') open.push({ tag, offset: text.length });
    else {
      const begun = open.pop();
      if (begun?.tag !== tag) throw invalid('text: tags do not match');
      entities.push({ type: LOOKS[tag] ?? tag, offset: begun.offset, length: text.length - begun.offset });
    }
  }
  if (open.length > 0) throw invalid('text: tags do not match');
  return { text: text + source.slice(from), entities };
}

const isPlace = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0;
