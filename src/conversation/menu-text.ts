import { LISTED, mattersFor } from './matters.ts';
import type { Talk } from './talk.ts';

/** What a family may say, one line each. */
export function helpText(talk: Talk): string {
  const { ports, children, say } = talk;
  // Whoever may write to a class means that by "/thongbao".
  const announces = mattersFor(talk).some((one) => one.name === 'announce');
  const named = children.map((child) =>
    say('chat:child', { givenName: child.givenName, className: child.className }),
  );
  return [
    say('chat:help', { children: [...new Set(named)].join(', ') }),
    ...ports.topics.map((topic) => say(`chat:topic.${topic.name}`)),
    ...LISTED.map(({ name }) =>
      say(announces && name === 'recent' ? 'staff:command.recent' : `talk:command.${name}`),
    ),
  ].join('\n');
}
