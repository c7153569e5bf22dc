// The stand-ins for Telegram and for a mail server as a process of their own: it is never killed, and what it has
// accepted is the oracle. Started by fork(); answers questions, ends with its parent.

import { type Accepted, type Mail, startMail, startTelegram } from '../src/sandbox/index.ts';
import { roundOf } from './school.ts';

export type Channel = 'telegram' | 'email';
export type Question =
  | { ask: 'open'; chats: string[] }
  | { ask: 'count' }
  /** How often each address got the notice with this number. */
  | { ask: 'told'; round: number }
  /** When a channel took its first message at or after `since` (ms since 1970). */
  | { ask: 'first'; channel: Channel; since: number }
  /** From now on every Telegram send is refused with 500, hangs, or is taken and never answered; null: no more. */
  | { ask: 'fault'; kind: 'status' | 'hang' | 'hang-after-accept' | null; times: number }
  | { ask: 'hits' }
  /** What a chat was told, in order. */
  | { ask: 'texts'; chat: string };
export type Answers = {
  open: null;
  count: { telegram: number; email: number; refusals: number };
  told: [string, number][];
  first: number | null;
  fault: null;
  hits: number;
  texts: string[];
};

const [token = ''] = process.argv.slice(2);
const telegram = await startTelegram({ token, username: 'CrashBot', perSecond: 0, perChatMs: 0 });
const mail = await startMail();
let hits = () => 0;

const sum = (counts: Readonly<Record<number, number>>) =>
  Object.values(counts).reduce((total, count) => total + count, 0);

function* takenOf(channel: Channel): Generator<Pick<Accepted | Mail, 'at'>> {
  yield* channel === 'telegram' ? telegram.accepted : mail.accepted;
}

function told(round: number): [string, number][] {
  const counts = new Map<string, number>();
  const add = (address: string) => counts.set(address, (counts.get(address) ?? 0) + 1);
  for (const { chatId, text } of telegram.accepted) if (roundOf(text) === round) add(chatId);
  for (const { to, subject } of mail.accepted) if (roundOf(subject) === round) add(to);
  return [...counts];
}

function first(channel: Channel, since: number): number | null {
  for (const { at } of takenOf(channel)) if (at >= since) return at;
  return null;
}

function answer(question: Question): Answers[Question['ask']] {
  switch (question.ask) {
    case 'open':
      telegram.openChats(question.chats);
      return null;
    case 'count':
      return {
        telegram: telegram.accepted.length,
        email: mail.accepted.length,
        refusals: sum(telegram.refusals) + sum(mail.refusals),
      };
    case 'told':
      return told(question.round);
    case 'first':
      return first(question.channel, question.since);
    case 'fault': {
      telegram.clearFaults();
      if (!question.kind) return null;
      const fault = telegram.fault({ kind: question.kind, times: question.times });
      hits = () => fault.hits;
      return null;
    }
    case 'hits':
      return hits();
    case 'texts':
      return telegram.accepted.filter((one) => one.chatId === question.chat).map((one) => one.text);
  }
}

process.on('message', ({ id, question }: { id: number; question: Question }) =>
  process.send?.({ id, answer: answer(question) }),
);
process.on('disconnect', () => process.exit(0));
process.send?.({ root: telegram.root, mailUrl: mail.url });
