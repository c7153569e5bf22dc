// The stand-ins for Telegram, Zalo's bot platform and OA, and for a mail server as a process of their own: it is never killed, and what it has
// accepted is the oracle. Started by fork(); answers questions, ends with its parent.

import {
  type Accepted,
  type Mail,
  startMail,
  startTelegram,
  startZaloBot,
  startZaloOa,
} from '../src/sandbox/index.ts';
import { roundOf } from './school.ts';

export type Channel = 'telegram' | 'email' | 'zalo-bot' | 'zalo-oa';
/** Where sends can go wrong, and the endpoint where an OA's tokens are renewed. */
export type FaultPlace = 'telegram' | 'zalo-oa' | 'oa-token';
export type Question =
  /** From now on these may be written to; on the OA they have just shown a sign of life. */
  | { ask: 'open'; channel: Channel; addresses: string[] }
  /** A pair of the OA's tokens, as a person copies it from the console. */
  | { ask: 'pair' }
  /** The OA's access token is over. */
  | { ask: 'expire' }
  | { ask: 'count' }
  /** How often each address got the notice with this number. */
  | { ask: 'told'; round: number }
  /** When a channel took its first message at or after `since` (ms since 1970). */
  | { ask: 'first'; channel: Channel; since: number }
  /** From now on every call there is refused with a 5xx, hangs, or is taken and never answered; null: no more, anywhere. */
  | { ask: 'fault'; on?: FaultPlace; kind: 'status' | 'hang' | 'hang-after-accept' | null; times: number }
  | { ask: 'hits' }
  /** What a chat was told, in order. */
  | { ask: 'texts'; chat: string };
export type Answers = {
  open: null;
  pair: { access: string; refresh: string };
  expire: null;
  count: Record<Channel, number> & { refusals: number };
  told: [string, number][];
  first: number | null;
  fault: null;
  hits: number;
  texts: string[];
};

/** How the hub reaches them. */
export type Opened = {
  mailUrl: string;
  zaloToken: string;
  oaApp: { appId: string; appSecret: string; webhookKey: string };
  env: Record<string, string>;
};

/** What the plans allow is another matter; here a cap would only stop the run. */
const UNCAPPED = 1_000_000;
const ZALO_TOKEN = '7100000003:CRASH-00000000000000000000000000000';
const TOKEN_PATH = '/v4/oa/access_token';

const [token = ''] = process.argv.slice(2);
const telegram = await startTelegram({ token, username: 'CrashBot', perSecond: 0, perChatMs: 0 });
const mail = await startMail();
const zaloBot = await startZaloBot({
  token: ZALO_TOKEN,
  name: 'Bot Crash',
  maxUsers: UNCAPPED,
  maxMonthlyMessages: UNCAPPED,
});
const zaloOa = await startZaloOa({ package: 'comprehensive', perMinute: 0 });
let hits = () => 0;

const sum = (counts: Readonly<Record<number, number>>) =>
  Object.values(counts).reduce((total, count) => total + count, 0);

function* takenOf(channel: Channel): Generator<Pick<Accepted | Mail, 'at'>> {
  yield* { telegram, email: mail, 'zalo-bot': zaloBot, 'zalo-oa': zaloOa }[channel].accepted;
}

function told(round: number): [string, number][] {
  const counts = new Map<string, number>();
  const add = (address: string) => counts.set(address, (counts.get(address) ?? 0) + 1);
  for (const { accepted } of [telegram, zaloBot, zaloOa])
    for (const { chatId, text } of accepted) if (roundOf(text) === round) add(chatId);
  for (const { to, subject } of mail.accepted) if (roundOf(subject) === round) add(to);
  return [...counts];
}

function first(channel: Channel, since: number): number | null {
  for (const { at } of takenOf(channel)) if (at >= since) return at;
  return null;
}

function open(channel: Channel, addresses: readonly string[]): void {
  if (channel === 'telegram') telegram.openChats(addresses);
  // Neither of these two tells the hub of it.
  if (channel === 'zalo-bot') for (const address of addresses) zaloBot.person(address).unblock();
  if (channel === 'zalo-oa') for (const address of addresses) zaloOa.person(address).follow();
}

function fault({ on = 'telegram', kind, times }: Extract<Question, { ask: 'fault' }>): void {
  telegram.clearFaults();
  zaloOa.clearFaults();
  if (!kind) return;
  const match = on === 'oa-token' ? { match: (path: string) => path === TOKEN_PATH } : {};
  const handle =
    on === 'telegram' ? telegram.fault({ kind, times }) : zaloOa.fault({ kind, times, ...match });
  hits = () => handle.hits;
}

function pair(): Answers['pair'] {
  const { access_token: access, refresh_token: refresh } = zaloOa.explorerPair();
  return { access, refresh };
}

function answer(question: Question): Answers[Question['ask']] {
  switch (question.ask) {
    case 'open':
      open(question.channel, question.addresses);
      return null;
    case 'pair':
      return pair();
    case 'expire':
      zaloOa.expireAccess();
      return null;
    case 'count':
      return {
        telegram: telegram.accepted.length,
        email: mail.accepted.length,
        'zalo-bot': zaloBot.accepted.length,
        'zalo-oa': zaloOa.accepted.length,
        refusals: [telegram, mail, zaloBot, zaloOa].reduce((total, one) => total + sum(one.refusals), 0),
      };
    case 'told':
      return told(question.round);
    case 'first':
      return first(question.channel, question.since);
    case 'fault':
      fault(question);
      return null;
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
process.send?.({
  mailUrl: mail.url,
  zaloToken: ZALO_TOKEN,
  oaApp: { appId: zaloOa.appId, appSecret: zaloOa.appSecret, webhookKey: zaloOa.webhookKey },
  env: {
    TELEGRAM_API_ROOT: telegram.root,
    ZALO_BOT_API_ROOT: zaloBot.root,
    ZALO_BOT_USERS: String(UNCAPPED),
    ZALO_BOT_MESSAGES: String(UNCAPPED),
    ZALO_OA_API_ROOT: zaloOa.apiRoot,
    ZALO_OA_PHONE_ROOT: zaloOa.phoneRoot,
    ZALO_OAUTH_ROOT: zaloOa.oauthRoot,
  },
} satisfies Opened);
