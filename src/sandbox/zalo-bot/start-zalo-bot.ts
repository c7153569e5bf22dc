// A stand-in for Zalo's Bot Platform: HTTP in front, one bot behind. It proves agreement with facts/zalo-telegram.md §3
// and §7, not with Zalo.

import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { MediaFault } from '../media.ts';
import type { Accepted } from '../telegram/accept-log.ts';
import type { Fault, FaultHandle } from '../telegram/faults.ts';
import { answerCalls } from './answer-call.ts';
import { Bot, type ZaloChat } from './bot.ts';
import { personOf, type ZaloBotPerson } from './person.ts';

export type ZaloBotOptions = {
  /** Default: a free one. */
  port?: number;
  /** `<digits>:<letters>`; any other token gets 401. */
  token: string;
  /** Begins with "Bot". */
  name: string;
  /** Milliseconds since 1970; the plan's month and the age of updates go by it. */
  clock?: () => number;
  /** Path of an append-only JSONL file: chats and what was said survive; updates do not, as with the real service. */
  journal?: string;
  /** Chats that the bot may write to; default 50. */
  maxUsers?: number;
  /** Default 3 000. */
  maxMonthlyMessages?: number;
  /** How long an update waits for a poll; default a minute. */
  keepUpdatesMs?: number;
};

export interface ZaloBotSandbox {
  /** For `ZALO_BOT_API_ROOT`. */
  readonly root: string;
  readonly token: string;
  readonly name: string;
  /** The bot's own. */
  readonly id: string;
  /** Messages that were taken, in order. */
  readonly accepted: readonly Accepted[];
  /** How many calls were refused, by error code. */
  readonly refusals: Readonly<Record<number, number>>;
  /** How often each method was called. */
  readonly calls: Readonly<Record<string, number>>;
  readonly version: number;
  /** How much of the plan is used. */
  readonly used: { users: number; messages: number };
  /** Updates that wait for a poll. */
  readonly pendingUpdates: number;
  /** HTTP status of every webhook delivery; 0: no answer. */
  readonly deliveries: readonly number[];
  /** `status` answers with that error code, `html-200` with a page (and with `status`, if given). */
  fault(fault: Fault): FaultHandle;
  /** What the next fetch of a picture that somebody has sent comes to. */
  mediaFault(fault: MediaFault): void;
  /** How many such pictures were fetched. */
  readonly mediaServed: number;
  clearFaults(): void;
  /** The person of that chat; made when new. Default id: the next free one. */
  person(chatId?: string, name?: string): ZaloBotPerson;
  persons(): ZaloBotPerson[];
  /** A group that the bot is in. */
  group(name?: string): ZaloBotPerson;
  /** An update as it stands, e.g. of a kind that nobody expects. */
  tell(result: Record<string, unknown>): void;
  /** Hangs up on everybody. */
  stop(): Promise<void>;
}

const MINUTE_MS = 60_000;

export async function startZaloBot(options: ZaloBotOptions): Promise<ZaloBotSandbox> {
  if (!options.name.startsWith('Bot')) throw new Error('the name of a Zalo bot begins with "Bot"');
  const bot = new Bot({
    token: options.token,
    name: options.name,
    clock: options.clock ?? Date.now,
    journal: options.journal,
    maxUsers: options.maxUsers ?? 50,
    maxMonthlyMessages: options.maxMonthlyMessages ?? 3000,
    keepUpdatesMs: options.keepUpdatesMs ?? MINUTE_MS,
  });
  const server = createServer(
    { keepAlive: true, keepAliveTimeout: MINUTE_MS, requestTimeout: 0, headersTimeout: 0 },
    answerCalls(bot),
  );
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  bot.root = `http://127.0.0.1:${port}`;
  return {
    root: bot.root,
    token: options.token,
    name: options.name,
    id: bot.id,
    accepted: bot.log.accepted,
    refusals: bot.log.refusals,
    calls: bot.log.calls,
    get version() {
      return bot.version;
    },
    get used() {
      return bot.used;
    },
    get pendingUpdates() {
      return bot.updates.pending;
    },
    deliveries: bot.webhook.outcomes,
    fault: (fault) => bot.faults.add(fault),
    mediaFault: (fault) => bot.media.fault(fault),
    get mediaServed() {
      return bot.media.served;
    },
    clearFaults: () => bot.faults.clear(),
    person: (chatId, name) => personOf(bot, chatOf(bot, 'PRIVATE', chatId ?? freeId(bot), name)),
    persons: () =>
      [...bot.chats.values()].filter(({ kind }) => kind === 'PRIVATE').map((chat) => personOf(bot, chat)),
    group: (name = 'Phụ huynh 6A1') => personOf(bot, chatOf(bot, 'GROUP', freeId(bot), name)),
    tell: (result) => bot.tell(result),
    stop: () =>
      new Promise((resolve) => {
        bot.close();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function chatOf(bot: Bot, kind: ZaloChat['kind'], id: string, name?: string): ZaloChat {
  const known = bot.chats.get(id);
  if (known && (name === undefined || known.name === name)) return known;
  const chat = known ?? { id, kind, name: name ?? `Phụ huynh ${id.slice(0, 4)}`, state: 'new' as const };
  if (name !== undefined) chat.name = name;
  bot.keep(chat);
  return chat;
}

/** Twenty hex digits, as the platform's ids look. */
const freeId = (bot: Bot): string =>
  createHash('sha256').update(`${bot.token}/${bot.chats.size}`).digest('hex').slice(0, 20);
