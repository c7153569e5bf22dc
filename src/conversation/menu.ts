import type { Button } from '../channels/index.ts';
import type { Topic } from '../notices/index.ts';
import type { Texts } from '../render/index.ts';
import { LISTED, staffMatters } from './matters.ts';
import { helpText } from './menu-text.ts';
import type { Reply } from './say.ts';
import { openAction, type Talk } from './talk.ts';

/** How many buttons stand side by side: two words fit a small phone. */
const IN_A_ROW = 2;

/** Help for those who are linked, the way in for the others. */
export async function greet(talk: Talk): Promise<Reply[]> {
  const { children, staff, say } = talk;
  const [first] = staff;
  const forStaff = first ? [staffMenu(talk, first.fullName)] : [];
  if (children.length) return [...forStaff, { text: helpText(talk), buttons: menuButtons(talk) }];
  return forStaff.length ? forStaff : [{ text: say('chat:greeting') }];
}

/** What a member of staff may do here, by their roles. */
function staffMenu(talk: Talk, name: string): Reply {
  const { say } = talk;
  const matters = staffMatters(talk);
  return {
    text: [say('talk:staff.help', { name }), ...matters.map((one) => say(`staff:command.${one.name}`))].join(
      '\n',
    ),
    buttons: inRows(
      matters.map((one) => ({ label: say(`staff:menu.${one.name}`), action: openAction(one.name) })),
    ),
  };
}

/** A button for everything that a family may ask for. */
export function menuButtons({ ports, say }: Talk): Button[][] {
  return inRows(
    [...ports.topics, ...LISTED].map(({ name }) => ({
      label: say(`talk:menu.${name}`),
      action: openAction(name),
    })),
  );
}

function inRows(buttons: readonly Button[]): Button[][] {
  return Array.from({ length: Math.ceil(buttons.length / IN_A_ROW) }, (_, row) =>
    buttons.slice(row * IN_A_ROW, (row + 1) * IN_A_ROW),
  );
}

/** The same in the chat of a member of staff: what they may do first. */
export function staffCommandsIn(
  { texts, topics }: Pick<Talk['ports'], 'texts' | 'topics'>,
  language: string,
  staff: Talk['staff'],
): { command: string; description: string }[] {
  const own = staffMatters({ staff }).map(({ name, words }) => ({
    command: words[0].slice(1),
    description: texts.say(language, `staff:menu.${name}`),
  }));
  const rest = commandsIn(texts, topics, language);
  return [...own, ...rest.filter(({ command }) => !own.some((one) => one.command === command))];
}

/** Orders that the app lists beside what may be asked for. */
const LISTED_ORDERS = ['dongy', 'dung', 'huy', 'trogiup'] as const;

/** What the app lists as commands; none of it that only staff may do. */
export function commandsIn(
  texts: Texts,
  topics: readonly Topic[],
  language: string,
): { command: string; description: string }[] {
  const asked = [...topics, ...LISTED].flatMap(({ name, words }) => {
    const command = words.find((word) => word.startsWith('/'))?.slice(1);
    return command ? [{ command, description: texts.say(language, `talk:menu.${name}`) }] : [];
  });
  const orders = LISTED_ORDERS.map((command) => ({
    command,
    description: texts.say(language, `chat:commands.${command}`),
  }));
  return [...asked, ...orders];
}
