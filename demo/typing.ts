import type { SeenMessage } from '../src/sandbox/index.ts';
import { showLinkCode } from '../src/school/index.ts';
import { until } from './until.ts';

// Where there are no buttons, everything is typed: codes with a hash, choices by their number.

/** Somebody in a Zalo chat, with a bot or with an Official Account. */
export type Typist = { type(text: string): void; messages(): readonly SeenMessage[] };

const AGREE_CHOICE = /^(\d+)\. Đồng ý cả ba$/m;
const CONFIRM_CHOICE = /^(\d+)\. (?:Đã nhận|Received)$/m;

const saidTo = (person: Typist) => person.messages().filter((message) => message.from === 'bot');

/** Types the code of each paper and agrees to everything by its number. */
export async function linkByTyping(person: Typist, id: string, codes: readonly string[]): Promise<void> {
  const answer = async (text: string): Promise<string> => {
    const count = saidTo(person).length;
    person.type(text);
    await until(() => saidTo(person).length > count, `an answer to ${id}`);
    return saidTo(person)[count]?.text ?? '';
  };
  for (const code of codes) {
    const question = await answer(`#${showLinkCode(code)}`);
    await answer(AGREE_CHOICE.exec(question)?.[1] ?? '');
  }
}

/** One look at the phone: what `confirms` says is answered with its number, once. */
export function confirmByTyping(
  person: Typist,
  pressed: Set<string>,
  confirms: (text: string) => boolean,
): void {
  for (const message of saidTo(person)) {
    const number = CONFIRM_CHOICE.exec(message.text)?.[1];
    if (!number || pressed.has(message.messageId) || !confirms(message.text)) continue;
    pressed.add(message.messageId);
    person.type(number);
  }
}
