// A group that the bot was added to. The hub must not speak of a child there; so tests need one.

import type { Bot } from './bot.ts';
import { type Chat, wireChat, wireId, wireMessage } from './chat.ts';
import { membership } from './person.ts';

export interface Group {
  readonly chatId: string;
  /** A member, named by user id and first name, writes. Commands carry their entity. */
  say(member: { userId: string; firstName: string }, text: string): void;
  /** The bot is thrown out: 403 from now on. */
  kick(): void;
  /** Becomes a supergroup: the old id gives 400 with `migrate_to_chat_id`; returns the new id. */
  upgrade(): string;
  messages(): readonly NonNullable<Chat['seen']>[number][];
}

export function openGroup(bot: Bot, title: string): Group {
  const chat: Chat = {
    id: `-${4_000_000_001 + bot.chats.size}`,
    kind: 'group',
    name: title,
    languageCode: 'vi',
    state: 'started',
  };
  bot.keep(chat);
  bot.updates.push('my_chat_member', membership(bot, chat, 'left', 'member'));
  return {
    chatId: chat.id,
    say(member, text) {
      const message = wireMessage(chat, bot.say(chat, text), bot.me);
      const from = {
        id: wireId(member.userId),
        is_bot: false,
        first_name: member.firstName,
        language_code: 'vi',
      };
      const command = /^\/[A-Za-z0-9_]+(@\w+)?/.exec(text)?.[0];
      const entities = command
        ? { entities: [{ type: 'bot_command', offset: 0, length: command.length }] }
        : {};
      bot.updates.push('message', { ...message, from, ...entities });
    },
    kick() {
      chat.state = 'kicked';
      bot.keep(chat);
      bot.updates.push('my_chat_member', membership(bot, chat, 'member', 'kicked'));
    },
    upgrade() {
      const moved: Chat = {
        ...chat,
        id: `-100${chat.id.slice(1)}`,
        kind: 'supergroup',
        state: 'started',
        seen: [],
      };
      bot.keep(moved);
      Object.assign(chat, { state: 'upgraded', movedTo: moved.id });
      bot.keep(chat);
      const message = wireMessage(chat, bot.say(chat, ''), bot.me);
      bot.updates.push('message', { ...message, chat: wireChat(chat), migrate_to_chat_id: wireId(moved.id) });
      return moved.id;
    },
    messages: () => chat.seen ?? [],
  };
}
