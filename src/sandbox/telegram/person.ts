// A person with a phone: presses Start, types, presses buttons, blocks, and sees what the bot has written.

import { ANY_PNG } from '../media.ts';
import type { Bot } from './bot.ts';
import {
  type Chat,
  type SeenMessage,
  type Wire,
  wireChat,
  wireId,
  wireMessage,
  wirePerson,
  wireSeconds,
} from './chat.ts';
import type { SeenButton } from './keyboard.ts';

/** Every act throws an Error with a plain sentence where the real app would not offer it. */
export interface Person {
  readonly chatId: string;
  readonly firstName: string;
  readonly languageCode: string;
  readonly state: Chat['state'];
  /** Presses Start, with the parameter of a deep link if given; unblocks a blocked bot, as the real app does. */
  start(param?: string): void;
  type(text: string): void;
  /** Sends a picture as a photo, or any file as it is. @returns its file id */
  sendPhoto(bytes?: Buffer, caption?: string): string;
  sendDocument(bytes: Buffer, name: string, caption?: string): string;
  sendVoice(): void;
  /** Presses the newest button with that label or callback data, or that of `messageId`; returns the press's id. */
  press(labelOrData: string, messageId?: string): string;
  block(): void;
  unblock(): void;
  /** The account is deleted: the bot gets 403 from now on. */
  deactivate(): void;
  /** What stands on the screen, oldest first, edits included. */
  messages(): readonly SeenMessage[];
  /** What popped up after the last press. */
  toast(): string | undefined;
}

type Look = Pick<SeenMessage, 'photo' | 'file'>;

/** Letters that a deep link may carry (facts/zalo-telegram.md §5.2). */
const START_PARAM = /^[A-Za-z0-9_-]{1,64}$/;
const COMMAND = /^\/[A-Za-z0-9_]{1,32}/;

export function personOf(bot: Bot, chat: Chat): Person {
  const say = (text: string): void => {
    const message = bot.say(chat, text);
    const command = COMMAND.exec(text)?.[0];
    const entities = command
      ? { entities: [{ type: 'bot_command', offset: 0, length: command.length }] }
      : {};
    bot.updates.push('message', { ...wireMessage(chat, message, bot.me), ...entities });
  };
  const send = (bytes: Buffer, caption: string, ending: string, look: Look): string => {
    mustBe('started', 'can only send after Start');
    const message = bot.say(chat, caption, look);
    const id = `${look.photo ? 'photo' : 'file'}${message.messageId}`;
    bot.files.set(id, { bytes, ending });
    bot.updates.push('message', wireMessage(chat, message, bot.me));
    return id;
  };
  const become = (state: Chat['state']): void => {
    chat.state = state;
    bot.keep(chat);
  };
  const mustBe = (state: Chat['state'], why: string): void => {
    if (chat.state !== state) throw new Error(`${chat.name} (${chat.id}): ${why}; the chat is ${chat.state}`);
  };
  const unblock = (): void => {
    mustBe('blocked', 'only a blocked bot can be unblocked');
    become('started');
    bot.updates.push('my_chat_member', membership(bot, chat, 'kicked', 'member'));
  };
  return {
    chatId: chat.id,
    get firstName() {
      return chat.name;
    },
    get languageCode() {
      return chat.languageCode;
    },
    get state() {
      return chat.state;
    },
    start(param) {
      if (param !== undefined && !START_PARAM.test(param)) {
        throw new Error(`a deep link cannot carry "${param}": 1–64 of A–Z a–z 0–9 _ -`);
      }
      if (chat.state === 'deactivated') mustBe('started', 'a deleted account cannot press Start');
      if (chat.state === 'blocked') unblock();
      become('started');
      say(param === undefined ? '/start' : `/start ${param}`);
    },
    type(text) {
      mustBe('started', 'can only type after Start');
      const words = text.trim();
      if (words === '' || words.length > 4096) throw new Error('a message has 1–4096 characters');
      say(words);
    },
    sendPhoto: (bytes = ANY_PNG, caption = '') =>
      send(bytes, caption, 'jpg', { photo: { type: 'image/jpeg', base64: bytes.toString('base64') } }),
    sendDocument: (bytes, name, caption = '') =>
      send(bytes, caption, 'bin', {
        file: { name, type: 'application/octet-stream', base64: bytes.toString('base64') },
      }),
    sendVoice() {
      mustBe('started', 'can only send after Start');
      const { text: _, ...message } = wireMessage(chat, bot.say(chat, '[ghi âm]'), bot.me);
      bot.updates.push('message', {
        ...message,
        voice: { file_id: 'voice', file_unique_id: '1', duration: 1 },
      });
    },
    press(labelOrData, messageId) {
      mustBe('started', 'can only press in an open chat');
      const { message, button } = findButton(chat, labelOrData, messageId);
      if (button.data === undefined)
        throw new Error(`the button "${button.label}" opens ${button.url ?? 'an app'}`);
      const id = bot.openCallback(chat);
      bot.updates.push('callback_query', {
        id,
        from: wirePerson(chat),
        message: wireMessage(chat, message, bot.me),
        chat_instance: chat.id,
        data: button.data,
      });
      return id;
    },
    block() {
      mustBe('started', 'can only block a bot that was started');
      become('blocked');
      bot.updates.push('my_chat_member', membership(bot, chat, 'member', 'kicked'));
    },
    unblock,
    deactivate: () => become('deactivated'),
    messages: () => chat.seen ?? [],
    toast: () => chat.toast,
  };
}

/** `my_chat_member`: in a private chat "kicked" is a blocked bot. */
export const membership = (bot: Bot, chat: Chat, before: string, after: string): Wire => ({
  chat: wireChat(chat),
  from:
    chat.kind === 'private'
      ? wirePerson(chat)
      : { id: wireId('777000'), is_bot: false, first_name: chat.name },
  date: wireSeconds(bot.now()),
  old_chat_member: { user: bot.me, status: before, ...(before === 'kicked' ? { until_date: 0 } : {}) },
  new_chat_member: { user: bot.me, status: after, ...(after === 'kicked' ? { until_date: 0 } : {}) },
});

function findButton(
  chat: Chat,
  wanted: string,
  messageId?: string,
): { message: SeenMessage; button: SeenButton } {
  const candidates = (chat.seen ?? []).filter(
    (one) => messageId === undefined || one.messageId === messageId,
  );
  for (const message of candidates.toReversed()) {
    const button = message.buttons.flat().find((one) => one.data === wanted || one.label === wanted);
    if (button) return { message, button };
  }
  const there = candidates.flatMap((one) => one.buttons.flat().map((button) => `"${button.label}"`));
  throw new Error(
    `${chat.name} (${chat.id}) has no button "${wanted}"; there are: ${there.join(', ') || 'none'}`,
  );
}
