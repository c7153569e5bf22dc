// One bot: its chats, what was said in them, its plan, and the accept log.

import { createHash, randomBytes } from 'node:crypto';
import { type Journal, openJournal } from '../journal.ts';
import { Media } from '../media.ts';
import { type Accepted, AcceptLog } from '../telegram/accept-log.ts';
import type { SeenMessage } from '../telegram/chat.ts';
import { Faults } from '../telegram/faults.ts';
import { Updates } from './updates.ts';
import { WebhookDelivery, type WebhookSettings } from './webhook.ts';
import { noChat, quotaExceeded } from './wire.ts';

export type ZaloChatState =
  /** Nobody has written to the bot yet: it may not write. */
  | 'new'
  | 'started'
  /** The person has blocked the bot or left Zalo; no event says so. */
  | 'left';

export type ZaloChat = {
  /** Letters and digits: a text on every way. */
  readonly id: string;
  readonly kind: 'PRIVATE' | 'GROUP';
  name: string;
  state: ZaloChatState;
  seen?: SeenMessage[];
};

type ZaloRecord =
  | { k: 'chat'; chat: Omit<ZaloChat, 'seen'> }
  | { k: 'seen'; chatId: string; message: SeenMessage; accepted?: Accepted }
  | { k: 'webhook'; settings: WebhookSettings | null };

export type BotOptions = {
  token: string;
  name: string;
  clock: () => number;
  journal: string | undefined;
  maxUsers: number;
  maxMonthlyMessages: number;
  /** An update that nobody has fetched after this time is lost, as was seen on the real service. */
  keepUpdatesMs: number;
};

/** The month of the plan in school time (that the real one counts so is not confirmed). */
const monthOf = (at: number): string => new Date(at + 7 * 3_600_000).toISOString().slice(0, 7);

/** How long Zalo keeps what people send is not documented; that it ends is. */
const MEDIA_MS = 7 * 86_400_000;

export class Bot {
  readonly token: string;
  readonly name: string;
  readonly id: string;
  readonly chats = new Map<string, ZaloChat>();
  readonly log = new AcceptLog(false);
  readonly faults = new Faults();
  readonly updates: Updates;
  readonly webhook: WebhookDelivery;
  readonly media: Media;
  /** Where the stand-in listens. */
  root = '';
  readonly now: () => number;
  readonly #options: BotOptions;
  readonly #journal: Journal<ZaloRecord>;
  /** Grows with everything that changes a screen. */
  version = 0;

  constructor(options: BotOptions) {
    this.#options = options;
    this.token = options.token;
    this.name = options.name;
    this.id = createHash('sha256').update(options.token).digest('hex').slice(0, 19);
    this.now = options.clock;
    this.media = new Media(this.now, MEDIA_MS);
    this.updates = new Updates(options.keepUpdatesMs, options.clock);
    this.webhook = new WebhookDelivery();
    const { records, journal } = openJournal<ZaloRecord>(options.journal);
    this.#journal = journal;
    for (const record of records) this.#replay(record);
  }

  #replay(record: ZaloRecord): void {
    if (record.k === 'webhook') this.webhook.set(record.settings ?? undefined);
    else if (record.k === 'chat') {
      const seen = this.chats.get(record.chat.id)?.seen;
      this.chats.set(record.chat.id, { ...record.chat, ...(seen ? { seen } : {}) });
    } else {
      const chat = this.chats.get(record.chatId);
      if (chat) chat.seen = [...(chat.seen ?? []), record.message];
      if (record.accepted) this.log.accept(record.accepted);
    }
  }

  /** The chat of a call, if the bot may write there. @throws Refusal */
  writableChat(chatId: unknown): ZaloChat {
    const chat = typeof chatId === 'string' ? this.chats.get(chatId) : undefined;
    if (chat?.state !== 'started') throw noChat();
    return chat;
  }

  /** How much of the plan is used: chats that were written to, and messages of this month. */
  get used(): { users: number; messages: number } {
    const month = monthOf(this.now());
    const { accepted } = this.log;
    return {
      users: new Set(accepted.map((one) => one.chatId)).size,
      messages: accepted.filter((one) => monthOf(one.at) === month).length,
    };
  }

  /** @throws Refusal 429 when the plan has no room for a message to this chat */
  mustHaveRoom(chat: ZaloChat): void {
    const { users, messages } = this.used;
    const known = this.log.accepted.some((one) => one.chatId === chat.id);
    if (messages >= this.#options.maxMonthlyMessages) throw quotaExceeded();
    if (!known && users >= this.#options.maxUsers) throw quotaExceeded();
  }

  keep(chat: ZaloChat): void {
    this.chats.set(chat.id, chat);
    const { seen: _, ...rest } = chat;
    this.#journal.append({ k: 'chat', chat: rest });
    this.version++;
  }

  /** A message stands in a chat. */
  say(
    chat: ZaloChat,
    from: 'bot' | 'person',
    look: Pick<SeenMessage, 'text' | 'entities' | 'photo'>,
    method = '',
  ) {
    const message: SeenMessage = {
      messageId: randomBytes(10).toString('hex'),
      from,
      at: this.now(),
      buttons: [],
      ...look,
    };
    chat.seen = [...(chat.seen ?? []), message];
    const { messageId, at, text } = message;
    const accepted = from === 'bot' ? { at, chatId: chat.id, method, text, messageId } : undefined;
    if (accepted) this.log.accept(accepted);
    this.#journal.append({ k: 'seen', chatId: chat.id, message, ...(accepted ? { accepted } : {}) });
    this.version++;
    return message;
  }

  /** Something for the bot: brought where a webhook is set, else kept for the next poll. */
  tell(result: Record<string, unknown>): void {
    if (!this.webhook.settings) this.updates.push(result);
    else this.webhook.bring({ ok: true, result });
  }

  setWebhook(settings: WebhookSettings | undefined): void {
    this.webhook.set(settings);
    this.#journal.append({ k: 'webhook', settings: settings ?? null });
  }

  close(): void {
    this.webhook.close();
    this.updates.close();
    this.#journal.close();
  }
}
