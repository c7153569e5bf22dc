// Telegram's text with entities as HTML: everything is escaped, only links of harmless kinds become links.

import type { Child } from 'hono/jsx';
import type { Entity } from '../telegram/markup.ts';

/** `entities` as in a message: outer before inner, properly nested. */
export const MarkedText = ({ text, entities }: { text: string; entities: readonly Entity[] }) => (
  <>{stretch(text, entities, 0, text.length)}</>
);

function stretch(text: string, entities: readonly Entity[], from: number, to: number): Child[] {
  const parts: Child[] = [];
  let at = from;
  for (let index = 0; index < entities.length; ) {
    const entity = entities[index];
    if (!entity) break;
    const end = entity.offset + entity.length;
    const after = entities.findIndex((other, place) => place > index && other.offset >= end);
    const inner = entities.slice(index + 1, after < 0 ? undefined : after);
    parts.push(
      ...withLinks(text.slice(at, entity.offset)),
      dressed(entity, stretch(text, inner, entity.offset, end)),
    );
    at = end;
    index += 1 + inner.length;
  }
  parts.push(...withLinks(text.slice(at, to)));
  return parts;
}

function dressed(entity: Entity, words: Child[]): Child {
  switch (entity.type) {
    case 'bold':
      return <b>{words}</b>;
    case 'italic':
      return <i>{words}</i>;
    case 'underline':
      return <u>{words}</u>;
    case 'strikethrough':
      return <s>{words}</s>;
    case 'code':
      return <code>{words}</code>;
    case 'pre':
      return <pre>{words}</pre>;
    case 'blockquote':
      return <blockquote>{words}</blockquote>;
    case 'spoiler':
      return <span class="spoiler">{words}</span>;
    case 'text_link':
      return harmless(entity.url) ? (
        <a href={entity.url} target="_blank" rel="noopener noreferrer">
          {words}
        </a>
      ) : (
        words
      );
    default:
      return <>{words}</>;
  }
}

/** Telegram makes addresses in plain text into links by itself. */
function withLinks(text: string): Child[] {
  return text.split(/(https?:\/\/[^\s<>"]+[^\s<>".,;:!?)])/).map((part, index) =>
    index % 2 === 1 ? (
      <a href={part} target="_blank" rel="noopener noreferrer">
        {part}
      </a>
    ) : (
      part
    ),
  );
}

export const harmless = (url: string | undefined): boolean =>
  url !== undefined && /^(https?:\/\/|tg:\/\/|mailto:)/i.test(url);
