// A chat as both sides know it, and what a person sees in it.

import type { Keyboard } from './keyboard.ts';
import type { Entity } from './markup.ts';

export type ChatState =
  /** The person has not pressed Start yet: the bot may not write. */
  'new' | 'started' | 'blocked' | 'deactivated' | 'kicked' | 'upgraded';

/** One bubble on the screen. */
export type SeenMessage = {
  messageId: string;
  from: 'bot' | 'person';
  at: number;
  editedAt?: number;
  text: string;
  entities: readonly Entity[];
  buttons: Keyboard;
  photo?: { type: string; base64: string };
  file?: { name: string; type: string; base64: string };
};

export type Chat = {
  readonly id: string;
  readonly kind: 'private' | 'group' | 'supergroup';
  /** First name of the person, title of the group. */
  name: string;
  languageCode: string;
  state: ChatState;
  /** The supergroup that this group has become. */
  movedTo?: string;
  /** Absent until something was said, so that 250 000 silent chats stay small. */
  seen?: SeenMessage[];
  /** The last words that popped up after a press. */
  toast?: string;
};

export type Wire = Record<string, unknown>;

/** Chat and message ids are texts with us, numbers on the wire; Telegram promises that they fit 52 bits. */
export const wireId = (id: string): number => Number(id);

export const wireChat = (chat: Chat): Wire =>
  chat.kind === 'private'
    ? { id: wireId(chat.id), first_name: chat.name, type: 'private' }
    : { id: wireId(chat.id), title: chat.name, type: chat.kind };

/** The person of a private chat; user id and chat id are the same there. */
export const wirePerson = (chat: Chat): Wire => ({
  id: wireId(chat.id),
  is_bot: false,
  first_name: chat.name,
  language_code: chat.languageCode,
});

export const wireSeconds = (ms: number): number => Math.floor(ms / 1000);

export function wireKeyboard(buttons: Keyboard): Wire | undefined {
  if (buttons.length === 0) return undefined;
  return {
    inline_keyboard: buttons.map((row) =>
      row.map(({ label, data, url }) => ({
        text: label,
        ...(data === undefined ? {} : { callback_data: data }),
        ...(url === undefined ? {} : { url }),
      })),
    ),
  };
}

/** A message as the Bot API shows it. */
export function wireMessage(chat: Chat, message: SeenMessage, bot: Wire): Wire {
  const keyboard = wireKeyboard(message.buttons);
  const { messageId } = message;
  const named = (what: string) => ({ file_id: `${what}${messageId}`, file_unique_id: messageId });
  const textual = message.photo
    ? {
        photo: [
          { ...named('small'), width: 1, height: 1 },
          { ...named('photo'), width: 2, height: 2 },
        ],
      }
    : message.file && { document: { ...named('file'), file_name: message.file.name } };
  const entities = message.entities.length > 0 ? message.entities : undefined;
  return {
    message_id: wireId(message.messageId),
    from: message.from === 'bot' ? bot : wirePerson(chat),
    chat: wireChat(chat),
    date: wireSeconds(message.at),
    ...(message.editedAt === undefined ? {} : { edit_date: wireSeconds(message.editedAt) }),
    ...(textual
      ? {
          ...textual,
          ...(message.text === '' ? {} : { caption: message.text }),
          ...(entities ? { caption_entities: entities } : {}),
        }
      : { text: message.text, ...(entities ? { entities } : {}) }),
    ...(keyboard ? { reply_markup: keyboard } : {}),
  };
}

/** The message stands on the screen from now on. */
export function show(chat: Chat, message: SeenMessage): void {
  if (chat.seen) chat.seen.push(message);
  else chat.seen = [message];
}
