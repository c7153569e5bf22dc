// What the journal of a Telegram stand-in holds, and how it is read back.

import type { Accepted } from './accept-log.ts';
import { type Chat, type SeenMessage, show } from './chat.ts';
import type { Update } from './updates.ts';
import type { WebhookSettings } from './webhook.ts';

export type TelegramRecord =
  | { k: 'chat'; chat: Omit<Chat, 'seen'> }
  | { k: 'seen'; chatId: string; message: SeenMessage; accepted?: Accepted }
  | { k: 'edited'; chatId: string; message: SeenMessage }
  | { k: 'deleted'; chatId: string; messageId: string }
  | { k: 'update'; update: Update }
  | { k: 'confirmed'; below: number }
  | { k: 'callback'; id: string; chatId: string; at: number }
  | { k: 'webhook'; settings: WebhookSettings | null }
  | { k: 'allowed'; types: readonly string[] };

export type Remembered = {
  chats: Map<string, Chat>;
  accepted: Accepted[];
  pending: Update[];
  nextUpdateId: number;
  callbacks: Map<string, { chatId: string; at: number }>;
  webhook: WebhookSettings | undefined;
  allowed: readonly string[];
  lastMessageId: number;
};

/** A new bot's numbers don't begin at 1 with Telegram either, so that nobody relies on it. */
const FIRST_UPDATE_ID = 580_000_001;

export function replay(records: readonly TelegramRecord[]): Remembered {
  const state: Remembered = {
    chats: new Map(),
    accepted: [],
    pending: [],
    nextUpdateId: FIRST_UPDATE_ID,
    callbacks: new Map(),
    webhook: undefined,
    allowed: [],
    lastMessageId: 0,
  };
  for (const record of records) apply(state, record);
  return state;
}

function apply(state: Remembered, record: TelegramRecord): void {
  switch (record.k) {
    case 'chat': {
      const seen = state.chats.get(record.chat.id)?.seen;
      state.chats.set(record.chat.id, { ...record.chat, ...(seen ? { seen } : {}) });
      return;
    }
    case 'seen': {
      const chat = state.chats.get(record.chatId);
      if (chat) show(chat, record.message);
      if (record.accepted) state.accepted.push(record.accepted);
      state.lastMessageId = Math.max(state.lastMessageId, Number(record.message.messageId));
      return;
    }
    case 'edited': {
      const seen = state.chats.get(record.chatId)?.seen;
      const index = seen?.findIndex((one) => one.messageId === record.message.messageId) ?? -1;
      if (seen && index >= 0) seen[index] = record.message;
      return;
    }
    case 'deleted': {
      const chat = state.chats.get(record.chatId);
      if (chat?.seen) chat.seen = chat.seen.filter((one) => one.messageId !== record.messageId);
      return;
    }
    case 'update':
      state.pending.push(record.update);
      state.nextUpdateId = record.update.update_id + 1;
      return;
    case 'confirmed':
      state.pending = state.pending.filter((update) => update.update_id >= record.below);
      return;
    case 'callback':
      state.callbacks.set(record.id, { chatId: record.chatId, at: record.at });
      return;
    case 'webhook':
      state.webhook = record.settings ?? undefined;
      return;
    case 'allowed':
      state.allowed = record.types;
  }
}
