import type { SentFile } from '../files.ts';
import type { Inbound, RawUpdate } from '../port.ts';

/** What we ask Telegram for; everything else it need not send. `my_chat_member` tells of blocking and unblocking. */
export const ALLOWED_UPDATES = ['message', 'callback_query', 'my_chat_member'] as const;

// The few fields that are read of core.telegram.org/bots/api#update. Nothing is believed to be there.
type Chat = { id?: unknown; type?: unknown };
type From = { id?: unknown; is_bot?: unknown; language_code?: unknown };
type WireFile = { file_id?: unknown; file_name?: unknown };
type WireMessage = {
  message_id?: unknown;
  chat?: Chat;
  from?: From;
  via_bot?: unknown;
  text?: unknown;
  caption?: unknown;
  photo?: unknown;
  document?: unknown;
};
type Press = { id?: unknown; data?: unknown; from?: From; message?: WireMessage };
type Membership = { chat?: Chat; new_chat_member?: { status?: unknown } };
type Update = {
  update_id?: unknown;
  message?: WireMessage;
  callback_query?: Press;
  my_chat_member?: Membership;
};

/** By what people say something without words; a sticker is a nod. */
const CONTENT = ['photo', 'document', 'voice', 'video', 'video_note', 'audio', 'location', 'contact'];

const START = /^\/start(?:@\w+)?(?:\s+([\s\S]*))?$/;
/** A deep link carries up to 64 letters (§5.2). */
const START_CODE_MAX = 64;

/** An update with what is needed to store it once and in the order of its chat; null: not an update. */
export function readEnvelope(payload: unknown): RawUpdate | null {
  const update = asUpdate(payload);
  if (typeof update.update_id !== 'number') return null;
  return { externalId: String(update.update_id), chatKey: addressOf(update), payload };
}

/** An update in the words of the port. Never throws: what we do not know is `other`. */
export function readUpdate(payload: unknown): Inbound {
  const update = asUpdate(payload);
  if (update.message) return readMessage(update.message);
  if (update.callback_query) return readPress(update.callback_query);
  if (update.my_chat_member) return readMembership(update.my_chat_member);
  return { kind: 'other', address: addressOf(update) };
}

function readMessage(message: WireMessage): Inbound {
  const address = text(message.chat?.id);
  // Another bot's words are nobody's question: two bots would answer each other for ever.
  if (message.from?.is_bot === true || message.via_bot !== undefined) return { kind: 'other', address };
  if (typeof message.text !== 'string') {
    const file = isGroup(message.chat) ? null : fileOf(message);
    if (file) {
      const caption = typeof message.caption === 'string' ? message.caption.normalize('NFC') : '';
      return { kind: 'file', address, file, caption, ...languageOf(message.from), group: false };
    }
    const isMeant = !isGroup(message.chat) && CONTENT.some((one) => one in message);
    return { kind: isMeant ? 'unreadable' : 'other', address };
  }
  const language = languageOf(message.from);
  const group = isGroup(message.chat);
  const start = START.exec(message.text);
  if (start) {
    return {
      kind: 'start',
      address,
      startCode: (start[1] ?? '').trim().slice(0, START_CODE_MAX),
      ...language,
      group,
    };
  }
  return { kind: 'text', address, text: message.text.normalize('NFC'), ...language, group };
}

/** Of a photo Telegram makes several sizes, the largest last. */
function fileOf({ photo, document }: WireMessage): SentFile | null {
  const { file_id: ref, file_name: name } = ((Array.isArray(photo) ? photo.at(-1) : document) ??
    {}) as WireFile;
  if (typeof ref !== 'string' || ref === '') return null;
  return { ref, ...(typeof name === 'string' ? { name } : {}) };
}

function readPress(press: Press): Inbound {
  // A press on a message that Telegram no longer shows us comes without its chat: in private both ids are the same.
  const address = text(press.message?.chat?.id ?? press.from?.id);
  if (typeof press.data !== 'string') return { kind: 'other', address };
  return {
    kind: 'press',
    address,
    action: press.data,
    pressId: text(press.id),
    messageId: text(press.message?.message_id),
    group: isGroup(press.message?.chat),
  };
}

function readMembership(membership: Membership): Inbound {
  const address = text(membership.chat?.id);
  const status = membership.new_chat_member?.status;
  if (status === 'kicked' || status === 'left') return { kind: 'blocked', address };
  if (status === 'member' || status === 'administrator') return { kind: 'unblocked', address };
  return { kind: 'other', address };
}

function addressOf({ message, callback_query: press, my_chat_member: membership }: Update): string {
  return text(message?.chat?.id ?? press?.message?.chat?.id ?? press?.from?.id ?? membership?.chat?.id);
}

function languageOf(from: From | undefined): { language?: string } {
  return typeof from?.language_code === 'string' ? { language: from.language_code } : {};
}

function isGroup(chat: Chat | undefined): boolean {
  return chat?.type !== undefined && chat.type !== 'private';
}

/** Ids come as numbers (up to 52 bits, so exact) or texts. */
function text(id: unknown): string {
  return typeof id === 'number' || typeof id === 'string' ? String(id) : '';
}

function asUpdate(payload: unknown): Update {
  return typeof payload === 'object' && payload !== null ? payload : {};
}
