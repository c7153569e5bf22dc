import { LISTED } from './matters.ts';
import type { Talk } from './talk.ts';

/** What a family may say, one line each. */
export function helpText({ ports, children, say }: Talk): string {
  const named = children.map((child) =>
    say('chat:child', { givenName: child.givenName, className: child.className }),
  );
  return [
    say('chat:help', { children: [...new Set(named)].join(', ') }),
    ...ports.topics.map((topic) => say(`chat:topic.${topic.name}`)),
    ...LISTED.map((matter) => say(`talk:command.${matter.name}`)),
  ].join('\n');
}
