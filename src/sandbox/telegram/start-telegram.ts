// Starts a stand-in for Telegram's Bot API on a port of this machine.

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { MediaFault } from '../media.ts';
import type { Accepted } from './accept-log.ts';
import { answerCalls } from './answer-call.ts';
import { Bot } from './bot.ts';
import type { Chat } from './chat.ts';
import type { Fault, FaultHandle } from './faults.ts';
import { type Group, openGroup } from './group.ts';
import { callMethod, methodName } from './methods.ts';
import { type Person, personOf } from './person.ts';
import type { Update } from './updates.ts';

export type TelegramOptions = {
  /** Default 127.0.0.1. */
  host?: string;
  /** Default: a free one. */
  port?: number;
  /** `<digits>:<letters>`; any other token gets 401. */
  token: string;
  /** The bot's name without @. */
  username: string;
  /** Milliseconds since 1970; default the machine's clock, kept from going backwards. Limits and ages go by it. */
  clock?: () => number;
  /** Path of an append-only JSONL file; a stand-in that was killed knows everything again. */
  journal?: string;
  /** Messages in any second; default 30, 0: no limit. */
  perSecond?: number;
  /** Milliseconds between two messages to a chat; default 1000, 0: no limit. */
  perChatMs?: number;
  /** Messages that a chat takes at once; default 1. */
  perChatBurst?: number;
  /** Every answer is held back so long; default 0. */
  latencyMs?: number;
  /** First wait after a refused webhook delivery; default 500, doubling. */
  webhookBackoffMs?: number;
  /** Keeps no message, only instants and counts: for benches. */
  compact?: boolean;
  /** Never told a token or a text. */
  log?: (event: string, data: Record<string, unknown>) => void;
};

export type PersonOptions = { firstName?: string; languageCode?: string };

export interface TelegramSandbox {
  /** For `apiRoot`, e.g. http://127.0.0.1:40123 */
  readonly root: string;
  readonly port: number;
  readonly token: string;
  readonly username: string;
  /** New messages that were taken, in order (empty in compact mode; see `acceptedCount`). */
  readonly accepted: readonly Accepted[];
  readonly acceptedCount: number;
  /** How many calls were refused, by error code; scripted faults count too. */
  readonly refusals: Readonly<Record<number, number>>;
  /** How often each method was called. */
  readonly calls: Readonly<Record<string, number>>;
  /** Grows with everything that changes a screen. */
  readonly version: number;
  /** Updates that the bot has not confirmed yet. */
  pendingUpdates(): readonly Update[];
  /** Most messages in any window of `ms`, for the bot or for one chat. */
  maxInWindow(ms: number, chatId?: string): number;
  fault(fault: Fault): FaultHandle;
  /** What the next fetch of a file that somebody has sent comes to. */
  mediaFault(fault: MediaFault): void;
  /** How many such files were fetched. */
  readonly mediaServed: number;
  clearFaults(): void;
  /** The person of that chat; made when new. They have not pressed Start yet. Default id: the next free one. */
  person(chatId?: string, options?: PersonOptions): Person;
  persons(): Person[];
  /** Chats in which Start was pressed long ago: no update, no message. For benches. */
  openChats(chatIds: Iterable<string>): void;
  /** A group to which the bot was just added. */
  group(title?: string): Group;
  /** Queues an update as it stands, e.g. of a kind that nobody expects. */
  pushUpdate(type: string, body: Record<string, unknown>): void;
  /** Hangs up on everybody. */
  stop(): Promise<void>;
}

export async function startTelegram(options: TelegramOptions): Promise<TelegramSandbox> {
  const log = options.log ?? (() => {});
  const bot: Bot = new Bot({
    token: options.token,
    username: options.username,
    clock: options.clock ?? (() => performance.timeOrigin + performance.now()),
    journal: options.journal,
    compact: options.compact ?? false,
    perSecond: options.perSecond ?? 30,
    perChatMs: options.perChatMs ?? 1000,
    perChatBurst: options.perChatBurst ?? 1,
    webhookBackoffMs: options.webhookBackoffMs ?? 500,
    onWebhookReply: (reply) => void callFromWebhook(bot, reply, log),
  });
  const server = createServer(
    { keepAlive: true, keepAliveTimeout: 60_000, requestTimeout: 0, headersTimeout: 0 },
    answerCalls(bot, { latencyMs: options.latencyMs ?? 0, log }),
  );
  const host = options.host ?? '127.0.0.1';
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, host, resolve);
  });
  const { port } = server.address() as AddressInfo;

  return {
    root: `http://${host.includes(':') ? `[${host}]` : host}:${port}`,
    port,
    token: options.token,
    username: options.username,
    accepted: bot.log.accepted,
    get acceptedCount() {
      return bot.log.count;
    },
    refusals: bot.log.refusals,
    calls: bot.log.calls,
    get version() {
      return bot.version;
    },
    pendingUpdates: () => bot.updates.pending,
    maxInWindow: (ms, chatId) => bot.log.maxInWindow(ms, chatId),
    fault: (fault) => bot.faults.add(fault),
    mediaFault: (fault) => bot.media.fault(fault),
    get mediaServed() {
      return bot.media.served;
    },
    clearFaults: () => bot.faults.clear(),
    person: (chatId, who) => personOf(bot, chatOf(bot, chatId, who)),
    persons: () =>
      [...bot.chats.values()].filter(({ kind }) => kind === 'private').map((chat) => personOf(bot, chat)),
    openChats(chatIds) {
      for (const id of chatIds)
        bot.keep({ id, kind: 'private', name: id, languageCode: 'vi', state: 'started' });
    },
    group: (title = 'Phụ huynh 6A1') => openGroup(bot, title),
    pushUpdate: (type, body) => bot.updates.push(type, body),
    stop: () =>
      new Promise((resolve) => {
        bot.close();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

const FIRST_PERSON = 700_000_001;

function chatOf(bot: Bot, chatId: string | undefined, who: PersonOptions = {}): Chat {
  const id = chatId ?? freeId(bot);
  const known = bot.chats.get(id);
  if (!/^[1-9]\d{0,15}$/.test(id))
    throw new Error(`the id of a person is a positive number as text, not "${id}"`);
  const chat: Chat = known ?? {
    id,
    kind: 'private',
    name: `Phụ huynh ${id}`,
    languageCode: 'vi',
    state: 'new',
  };
  if (who.firstName !== undefined) chat.name = who.firstName;
  if (who.languageCode !== undefined) chat.languageCode = who.languageCode;
  if (!known || who.firstName !== undefined || who.languageCode !== undefined) bot.keep(chat);
  return chat;
}

function freeId(bot: Bot): string {
  let next = FIRST_PERSON + bot.chats.size;
  while (bot.chats.has(String(next))) next++;
  return String(next);
}

async function callFromWebhook(
  bot: Bot,
  reply: Record<string, unknown>,
  log: NonNullable<TelegramOptions['log']>,
) {
  const { method, ...payload } = reply;
  const name = methodName(String(method));
  if (name === undefined) return;
  try {
    await callMethod(bot, name, payload, new AbortController().signal);
  } catch (error) {
    log('refused', {
      in: 'webhook reply',
      description: error instanceof Error ? error.message : String(error),
    });
  }
}
