// One bot: its chats, what was said in them, and the rules that stand before every message.

import { type Journal, openJournal } from '../journal.ts';
import { Media } from '../media.ts';
import { type Accepted, AcceptLog } from './accept-log.ts';
import { type Chat, type SeenMessage, show, type Wire, wireId } from './chat.ts';
import { Faults } from './faults.ts';
import { type LimitOptions, Limits } from './limits.ts';
import { replay, type TelegramRecord } from './record.ts';
import { bad, forbidden, tooMany, upgraded } from './refusal.ts';
import { Updates } from './updates.ts';
import { WebhookDelivery } from './webhook.ts';

export type BotOptions = LimitOptions & {
  token: string;
  username: string;
  clock: () => number;
  journal: string | undefined;
  compact: boolean;
  webhookBackoffMs: number;
  onWebhookReply: (reply: Record<string, unknown>) => void;
};

/** How long a press can be answered; Telegram's own figure is not published (memory: about a quarter of an hour). */
const CALLBACK_LIFE_MS = 15 * 60_000;

/** core.telegram.org/bots/api#getfile: the link is good for at least an hour. */
const FILE_PATH_LIFE_MS = 60 * 60_000;

export class Bot {
  readonly token: string;
  readonly me: Wire;
  readonly chats: Map<string, Chat>;
  readonly log: AcceptLog;
  readonly faults = new Faults();
  readonly updates: Updates;
  readonly webhook: WebhookDelivery;
  /** What people have sent, by file id. */
  readonly files = new Map<string, { bytes: Buffer; ending: string }>();
  readonly media: Media;
  readonly now: () => number;
  readonly #options: BotOptions;
  readonly #limits: Limits;
  readonly #journal: Journal<TelegramRecord>;
  readonly #callbacks: Map<string, { chatId: string; at: number }>;
  #lastMessageId: number;
  /** Grows with everything that changes a screen. */
  version = 0;

  constructor(options: BotOptions) {
    this.#options = options;
    this.token = options.token;
    this.me = {
      id: wireId(/^\d+/.exec(options.token)?.[0] ?? '1'),
      is_bot: true,
      first_name: options.username,
      username: options.username,
    };
    this.now = neverBackwards(options.clock);
    this.media = new Media(this.now, FILE_PATH_LIFE_MS);
    const { records, journal } = openJournal<TelegramRecord>(options.journal);
    const known = replay(records);
    this.#journal = journal;
    this.#limits = new Limits(options);
    this.log = new AcceptLog(options.compact);
    for (const accepted of known.accepted) this.log.accept(accepted);
    this.chats = known.chats;
    this.#callbacks = known.callbacks;
    this.#lastMessageId = known.lastMessageId;
    this.updates = new Updates({
      pending: known.pending,
      nextId: known.nextUpdateId,
      allowed: known.allowed,
      onAllowed: (types) => journal.append({ k: 'allowed', types }),
      onQueued: (update) => journal.append({ k: 'update', update }),
      onConfirmed: (below) => journal.append({ k: 'confirmed', below }),
    });
    this.webhook = new WebhookDelivery({
      backoffMs: options.webhookBackoffMs,
      first: () => this.updates.pending[0],
      confirm: (below) => this.updates.confirm(below),
      onReply: options.onWebhookReply,
      now: this.now,
    });
    this.updates.onNew = () => this.webhook.wake();
    if (known.webhook) this.webhook.start(known.webhook);
  }

  /** The chat of a call, if the bot may write there. */
  writableChat(chatId: unknown): Chat {
    if (chatId === undefined || chatId === null || chatId === '') throw bad('chat_id is empty');
    const chat = this.chats.get(String(chatId));
    if (!chat || chat.state === 'new') throw bad('chat not found');
    if (chat.state === 'blocked') throw forbidden('bot was blocked by the user');
    if (chat.state === 'deactivated') throw forbidden('user is deactivated');
    if (chat.state === 'kicked') throw forbidden(`bot was kicked from the ${chat.kind} chat`);
    if (chat.state === 'upgraded') throw upgraded(wireId(chat.movedTo ?? chat.id));
    return chat;
  }

  /** Takes room under the limits for one message. @throws Refusal 429 */
  takeRoom(chat: Chat): void {
    const wait = this.#limits.take(chat.id, this.now());
    if (wait > 0) throw tooMany(wait);
  }

  nextMessageId(): string {
    return String(++this.#lastMessageId);
  }

  /** A message of the bot stands in the chat. */
  accept(chat: Chat, message: SeenMessage, method: string, replyMarkup: unknown): void {
    const accepted: Accepted = {
      at: message.at,
      chatId: chat.id,
      method,
      text: message.text,
      messageId: message.messageId,
      ...(replyMarkup === undefined ? {} : { replyMarkup }),
    };
    this.log.accept(accepted);
    this.version++;
    if (!this.#options.compact) show(chat, message);
    if (this.#options.journal) this.#journal.append({ k: 'seen', chatId: chat.id, message, accepted });
  }

  /** A message of the person stands in the chat. */
  say(chat: Chat, text: string, more: Pick<SeenMessage, 'photo' | 'file'> = {}): SeenMessage {
    const messageId = this.nextMessageId();
    const message: SeenMessage = {
      messageId,
      from: 'person',
      at: this.now(),
      text,
      entities: [],
      buttons: [],
      ...more,
    };
    show(chat, message);
    this.version++;
    this.#journal.append({ k: 'seen', chatId: chat.id, message });
    return message;
  }

  edited(chat: Chat, message: SeenMessage): void {
    this.version++;
    this.#journal.append({ k: 'edited', chatId: chat.id, message });
  }

  deleted(chat: Chat, messageId: string): void {
    if (chat.seen) chat.seen = chat.seen.filter((one) => one.messageId !== messageId);
    this.version++;
    this.#journal.append({ k: 'deleted', chatId: chat.id, messageId });
  }

  /** A chat is new or its state has changed. */
  keep(chat: Chat): void {
    this.chats.set(chat.id, chat);
    this.version++;
    const { seen: _, ...rest } = chat;
    this.#journal.append({ k: 'chat', chat: rest });
  }

  keepWebhook(): void {
    this.#journal.append({ k: 'webhook', settings: this.webhook.settings ?? null });
  }

  openCallback(chat: Chat): string {
    const id = `${4_382_000_000_000_000_000n + BigInt(this.#callbacks.size + 1)}`;
    const callback = { chatId: chat.id, at: this.now() };
    this.#callbacks.set(id, callback);
    this.#journal.append({ k: 'callback', id, ...callback });
    return id;
  }

  /** The chat of a press that can still be answered. @throws Refusal 400 */
  chatOfCallback(id: string): Chat {
    const callback = this.#callbacks.get(id);
    const chat = callback && this.chats.get(callback.chatId);
    if (!callback || !chat || this.now() - callback.at > CALLBACK_LIFE_MS) {
      throw bad('query is too old and response timeout expired or query ID is invalid');
    }
    return chat;
  }

  close(): void {
    this.webhook.stop();
    this.updates.endPoll('terminated by setWebhook request');
    this.#journal.close();
  }
}

function neverBackwards(clock: () => number): () => number {
  let last = Number.NEGATIVE_INFINITY;
  return () => {
    last = Math.max(last, clock());
    return last;
  };
}
