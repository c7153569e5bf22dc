import { type OpenAccount, offerChoices, readChoice } from '../channels/index.ts';
import { asTyped, type Texts } from '../render/index.ts';
import { fold } from '../school/index.ts';
import type { Database } from '../store/index.ts';
import type { Clock } from '../time/index.ts';
import type { Reply } from './say.ts';

export type NumberPorts = { db: Database; texts: Texts; clock: Clock };

/** A reply as its channel can show it: where there are no buttons, each choice is a line with its number. */
export async function withNumbers(
  { db, texts, clock }: NumberPorts,
  account: OpenAccount,
  address: string,
  language: string,
  reply: Reply,
): Promise<Reply> {
  const buttons = reply.buttons?.flat() ?? [];
  if (account.channel.answers === 'buttons' || !buttons.length) return reply;
  const offered = await offerChoices(db.prisma, { accountId: account.id, address }, buttons, clock.now());
  const choices = offered.map(({ number, label }) => `${number}. ${asTyped(label)}`).join('\n');
  const { buttons: _, ...rest } = reply;
  return { ...rest, text: `${reply.text}\n\n${texts.say(language, 'chat:answerByNumber', { choices })}` };
}

/** What a text chooses in a chat without buttons: an action, a number that means nothing (any more), or nothing. */
export async function chosenBy(
  { db, clock }: NumberPorts,
  account: OpenAccount,
  address: string,
  text: string,
): Promise<{ action: string } | 'unknown' | null> {
  if (account.channel.answers === 'buttons') return null;
  const same = (a: string, b: string) => fold(a) === fold(b);
  return readChoice(db.prisma, { accountId: account.id, address }, text, clock.now(), same);
}
