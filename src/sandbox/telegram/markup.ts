// Telegram's HTML: text with markup → text and entities, or the refusal that Telegram would give.
//
// Stricter than what is known of Telegram in one point: a bare & or >, or a named entity besides the four, is refused
// here, because the Bot API's page asks for escaping and a caller that forgot it must not pass.

import { bad, unparsable } from './refusal.ts';

export type Entity = { type: string; offset: number; length: number; url?: string; language?: string };
export type MarkedText = { text: string; entities: readonly Entity[] };

const TAGS: Record<string, string> = {
  b: 'bold',
  strong: 'bold',
  i: 'italic',
  em: 'italic',
  u: 'underline',
  ins: 'underline',
  s: 'strikethrough',
  strike: 'strikethrough',
  del: 'strikethrough',
  code: 'code',
  pre: 'pre',
  a: 'text_link',
  'tg-spoiler': 'spoiler',
  blockquote: 'blockquote',
};
const NAMED: Record<string, string> = { lt: '<', gt: '>', amp: '&', quot: '"' };
const NONE: readonly Entity[] = [];
const TOKEN = /<(\/?)([a-zA-Z][a-zA-Z0-9-]*)((?:\s[^<>]*)?)>|&(#[0-9]+|#[xX][0-9a-fA-F]+|[a-zA-Z]+);|[<>&]/g;
const LONE_SURROGATE = /\p{Surrogate}/u;

/**
 * Reads `source` as Telegram does with `parse_mode`.
 * @throws Refusal 400 "can't parse entities: …" and the like
 */
export function readMarkup(source: string, parseMode: unknown): MarkedText {
  if (LONE_SURROGATE.test(source)) throw bad('strings must be encoded in UTF-8');
  if (parseMode === undefined || parseMode === null || parseMode === '') return trimmed(source, NONE);
  if (typeof parseMode !== 'string' || parseMode.toLowerCase() !== 'html')
    throw bad('unsupported parse_mode');
  if (!/[<>&]/.test(source)) return trimmed(source, NONE);
  return parse(source);
}

type OpenTag = { name: string; from: number; url?: string; language?: string };

function parse(source: string): MarkedText {
  let text = '';
  let read = 0;
  const open: OpenTag[] = [];
  const entities: Entity[] = [];
  for (const match of source.matchAll(TOKEN)) {
    text += source.slice(read, match.index);
    read = match.index + match[0].length;
    const at = (): number => Buffer.byteLength(source.slice(0, match.index));
    const [whole, slash, tag, attributes, named] = match;
    if (named !== undefined) text += characterOf(named, at);
    else if (tag === undefined) throw unparsable(strayText(whole, at()));
    else if (slash) closeTag(tag.toLowerCase(), open, entities, text.length, at);
    else open.push(openTag(tag.toLowerCase(), attributes ?? '', text.length, at));
  }
  const left = open.pop();
  if (left) throw unparsable(`Can't find end tag corresponding to start tag "${left.name}"`);
  return trimmed(text + source.slice(read), entities);
}

const strayText = (sign: string, at: number): string =>
  sign === '<' ? `Unclosed start tag at byte offset ${at}` : `Unescaped "${sign}" at byte offset ${at}`;

function characterOf(named: string, at: () => number): string {
  if (!named.startsWith('#')) {
    const sign = NAMED[named];
    if (sign === undefined) throw unparsable(`Unsupported entity "&${named};" at byte offset ${at()}`);
    return sign;
  }
  const hex = named[1] === 'x' || named[1] === 'X';
  const point = Number.parseInt(named.slice(hex ? 2 : 1), hex ? 16 : 10);
  const allowed = point > 0 && point <= 0x10ffff && (point < 0xd800 || point > 0xdfff);
  if (!allowed) throw unparsable(`Unsupported entity "&${named};" at byte offset ${at()}`);
  return String.fromCodePoint(point);
}

function openTag(name: string, attributes: string, from: number, at: () => number): OpenTag {
  const values = readAttributes(name, attributes, at);
  const spoiler = name === 'span' && values.get('class') === 'tg-spoiler';
  if (!spoiler && TAGS[name] === undefined) {
    const what =
      name === 'span' ? 'Tag "span" must have class "tg-spoiler"' : `Unsupported start tag "${name}"`;
    throw unparsable(`${what} at byte offset ${at()}`);
  }
  const href = name === 'a' ? values.get('href') : undefined;
  const language = name === 'code' ? /^language-(.+)$/.exec(values.get('class') ?? '')?.[1] : undefined;
  return { name, from, ...(href ? { url: href } : {}), ...(language ? { language } : {}) };
}

function readAttributes(tag: string, source: string, at: () => number): Map<string, string> {
  const values = new Map<string, string>();
  const pattern = /\s+([a-zA-Z][a-zA-Z0-9-]*)(?:=(?:"([^"]*)"|'([^']*)'|([a-zA-Z0-9.-]+)))?/y;
  let read = 0;
  while (source.slice(read).trim() !== '') {
    pattern.lastIndex = read;
    const match = pattern.exec(source);
    if (!match) throw unparsable(`Wrong attribute in the tag "${tag}" at byte offset ${at()}`);
    read = pattern.lastIndex;
    const value = match[2] ?? match[3] ?? match[4] ?? '';
    const decoded = value.replace(/&(#[0-9]+|#[xX][0-9a-fA-F]+|[a-zA-Z]+);/g, (_, named: string) =>
      characterOf(named, at),
    );
    values.set((match[1] ?? '').toLowerCase(), decoded);
  }
  return values;
}

function closeTag(name: string, open: OpenTag[], entities: Entity[], to: number, at: () => number): void {
  const tag = open.pop();
  if (!tag) throw unparsable(`Unexpected end tag at byte offset ${at()}`);
  if (tag.name !== name) {
    throw unparsable(
      `Unmatched end tag at byte offset ${at()}, expected "</${tag.name}>", found "</${name}>"`,
    );
  }
  const length = to - tag.from;
  if (length === 0) return;
  // A link without an address is no link; Telegram then shows the words only.
  if (tag.name === 'a' && tag.url === undefined) return;
  entities.push({
    type: TAGS[tag.name] ?? 'spoiler',
    offset: tag.from,
    length,
    ...(tag.url ? { url: tag.url } : {}),
    ...(tag.language ? { language: tag.language } : {}),
  });
}

/** Telegram shows no white space round a message; entities move with the text. */
function trimmed(text: string, entities: readonly Entity[]): MarkedText {
  const short = text.trim();
  if (entities.length === 0) return { text: short, entities: NONE };
  const before = text.length - text.trimStart().length;
  const inside = entities.flatMap((entity) => {
    const from = Math.max(entity.offset - before, 0);
    const to = Math.min(entity.offset - before + entity.length, short.length);
    return to > from ? [{ ...entity, offset: from, length: to - from }] : [];
  });
  // Outer before inner, as Telegram lists them.
  return { text: short, entities: inside.sort((a, b) => a.offset - b.offset || b.length - a.length) };
}
