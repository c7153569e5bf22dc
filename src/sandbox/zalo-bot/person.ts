// What a person can do in a Zalo chat with the bot: write, send something else, leave.

import { ANY_PNG } from '../media.ts';
import type { SeenMessage } from '../telegram/chat.ts';
import type { Bot, ZaloChat, ZaloChatState } from './bot.ts';

export interface ZaloBotPerson {
  readonly chatId: string;
  readonly name: string;
  readonly state: ZaloChatState;
  /** Writes a text; the first one opens the chat. */
  type(text: string): void;
  /** Sends what is no text; `unsupported`: what Zalo does not show of protected users. */
  send(what: 'sticker' | 'voice' | 'unsupported'): void;
  /** Sends a picture; the bot gets an address. */
  sendImage(bytes?: Buffer, caption?: string): void;
  /** Blocks the bot; nobody tells it. */
  block(): void;
  unblock(): void;
  /** What stands on the screen, oldest first. */
  messages(): readonly SeenMessage[];
}

const CONTENT = {
  sticker: { sticker: '0', url: 'https://zalo-api.zadn.vn/sticker/1' },
  voice: { voice_url: 'https://voice.zdn.vn/1.aac' },
  unsupported: {},
};
const SHOWN = { sticker: '[nhãn dán]', voice: '[ghi âm]', unsupported: '[?]' };

export function personOf(bot: Bot, chat: ZaloChat): ZaloBotPerson {
  const become = (state: ZaloChatState): void => {
    chat.state = state;
    bot.keep(chat);
  };
  const tell = (
    event: string,
    content: Record<string, unknown>,
    shown: string,
    more: Pick<SeenMessage, 'photo'> = {},
  ): void => {
    if (chat.state === 'left') throw new Error(`${chat.name}: the chat is left`);
    if (chat.state === 'new') become('started');
    const { messageId, at } = bot.say(chat, 'person', { text: shown, entities: [], ...more });
    bot.tell({
      event_name: `message.${event}.received`,
      message: {
        from: { id: chat.id, display_name: chat.name, is_bot: false },
        chat: { id: chat.id, chat_type: chat.kind },
        ...content,
        message_id: messageId,
        date: at,
      },
    });
  };
  return {
    chatId: chat.id,
    get name() {
      return chat.name;
    },
    get state() {
      return chat.state;
    },
    type(typed) {
      const text = typed.trim();
      if (text === '' || text.length > 2000) throw new Error('a message has 1–2000 characters');
      tell('text', { text }, text);
    },
    sendImage(bytes = ANY_PNG, caption = '') {
      const address = `${bot.root}/${bot.media.put(bytes, 'image/jpeg', 'jpg')}`;
      const content = { photo: address, photo_url: address, ...(caption ? { caption } : {}) };
      const photo = { type: 'image/jpeg', base64: bytes.toString('base64') };
      tell('image', content, caption, { photo });
    },
    send: (what) => tell(what, CONTENT[what], SHOWN[what]),
    block: () => become('left'),
    unblock: () => become('started'),
    messages: () => chat.seen ?? [],
  };
}
