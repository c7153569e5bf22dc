// sendMessage, sendPhoto, sendDocument, editMessageText, editMessageReplyMarkup, deleteMessage.

import type { Bot } from './bot.ts';
import { type Chat, type SeenMessage, wireMessage } from './chat.ts';
import { readKeyboard } from './keyboard.ts';
import { type MarkedText, readMarkup } from './markup.ts';
import type { Method } from './methods.ts';
import { jsonValue, type Payload } from './payload.ts';
import { bad, Refusal } from './refusal.ts';

/** UTF-16 units after the markup was read (facts/zalo-telegram.md §5.2). */
const TEXT_MAX = 4096;
const CAPTION_MAX = 1024;
/** core.telegram.org/bots/api#sendphoto: at most 10 MB, both sides together 10000, no more than 20 to 1. */
const PHOTO_MAX_BYTES = 10 * 1024 * 1024;
const SIDES_MAX = 10_000;
const RATIO_MAX = 20;

const sendMessage: Method = (bot, payload) => {
  const chat = bot.writableChat(payload.chat_id);
  const marked = readText(payload);
  const buttons = readKeyboard(payload.reply_markup);
  bot.takeRoom(chat);
  const { text, entities } = marked;
  const message: SeenMessage = {
    messageId: bot.nextMessageId(),
    from: 'bot',
    at: bot.now(),
    text,
    entities,
    buttons,
  };
  return accepted(bot, chat, message, 'sendMessage', payload);
};

const sendPhoto: Method = async (bot, payload) => {
  const photo = await readPhoto(bot, payload.photo);
  const chat = bot.writableChat(payload.chat_id);
  const { text, entities } = readCaption(payload);
  const buttons = readKeyboard(payload.reply_markup);
  bot.takeRoom(chat);
  const messageId = bot.nextMessageId();
  const message: SeenMessage = { messageId, from: 'bot', at: bot.now(), text, entities, buttons, photo };
  return accepted(bot, chat, message, 'sendPhoto', payload);
};

const sendDocument: Method = async (bot, payload) => {
  const file = await readDocument(bot, payload.document);
  const chat = bot.writableChat(payload.chat_id);
  const { text, entities } = readCaption(payload);
  const buttons = readKeyboard(payload.reply_markup);
  bot.takeRoom(chat);
  const messageId = bot.nextMessageId();
  const message: SeenMessage = { messageId, from: 'bot', at: bot.now(), text, entities, buttons, file };
  return accepted(bot, chat, message, 'sendDocument', payload);
};

const editMessageText: Method = (bot, payload) => {
  const { chat, message } = ownMessage(bot, payload);
  if (message.photo || message.file) throw bad('there is no text in the message to edit');
  return edit(bot, chat, message, readText(payload), payload);
};

const editMessageCaption: Method = (bot, payload) => {
  const { chat, message } = ownMessage(bot, payload);
  if (!message.photo && !message.file) throw bad('there is no caption in the message to edit');
  return edit(bot, chat, message, readCaption(payload), payload);
};

const editMessageReplyMarkup: Method = (bot, payload) => {
  const { chat, message } = ownMessage(bot, payload);
  const buttons = readKeyboard(payload.reply_markup);
  if (sameLook(message, message.text, message.entities, buttons)) throw notModified();
  Object.assign(message, { buttons, editedAt: bot.now() });
  bot.edited(chat, message);
  return { result: wireMessage(chat, message, bot.me) };
};

const deleteMessage: Method = (bot, payload) => {
  const chat = bot.writableChat(payload.chat_id);
  const messageId = String(payload.message_id ?? '');
  if (!chat.seen?.some((one) => one.messageId === messageId)) throw bad('message to delete not found');
  bot.deleted(chat, messageId);
  return { result: true };
};

const sendChatAction: Method = (bot, payload) => {
  bot.writableChat(payload.chat_id);
  const action = payload.action;
  if (
    typeof action !== 'string' ||
    !/^(typing|(upload|record)_[a-z_]+|choose_sticker|find_location)$/.test(action)
  ) {
    throw bad('wrong parameter action in request');
  }
  return { result: true };
};

export const messageMethods: Record<string, Method> = {
  sendMessage,
  sendPhoto,
  sendDocument,
  editMessageText,
  editMessageCaption,
  editMessageReplyMarkup,
  deleteMessage,
  sendChatAction,
};

function accepted(
  bot: Bot,
  chat: Chat,
  message: SeenMessage,
  method: string,
  payload: Payload,
): { result: unknown } {
  bot.accept(chat, message, method, jsonValue(payload.reply_markup));
  return { result: wireMessage(chat, message, bot.me) };
}

function readText(payload: Payload): MarkedText {
  const source = payload.text;
  if (source === undefined || source === null || source === '') throw bad('message text is empty');
  const marked = readMarkup(String(source), payload.parse_mode);
  if (marked.text === '') throw bad('message text is empty');
  if (marked.text.length > TEXT_MAX) throw bad('message is too long');
  return marked;
}

function readCaption(payload: Payload): MarkedText {
  const caption = payload.caption ?? '';
  if (typeof caption !== 'string') throw bad('message caption must be a string');
  const marked = readMarkup(caption, payload.parse_mode);
  if (marked.text.length > CAPTION_MAX) throw bad('message caption is too long');
  return marked;
}

function edit(
  bot: Bot,
  chat: Chat,
  message: SeenMessage,
  { text, entities }: MarkedText,
  payload: Payload,
): { result: unknown } {
  const buttons = readKeyboard(payload.reply_markup);
  if (sameLook(message, text, entities, buttons)) throw notModified();
  Object.assign(message, { text, entities, buttons, editedAt: bot.now() });
  bot.edited(chat, message);
  return { result: wireMessage(chat, message, bot.me) };
}

/** What was sent before, by its file id. */
function sentBefore(bot: Bot, id: string): SeenMessage {
  const [, messageId] = /^(?:photo|file)(\d+)$/.exec(id) ?? [];
  for (const chat of bot.chats.values()) {
    const message = chat.seen?.find((one) => one.messageId === messageId);
    if (message) return message;
  }
  throw bad('wrong file identifier/HTTP URL specified');
}

async function readPhoto(bot: Bot, photo: unknown): Promise<NonNullable<SeenMessage['photo']>> {
  if (typeof photo === 'string') {
    const before = sentBefore(bot, photo).photo;
    if (!before) throw bad('type of file mismatch');
    return before;
  }
  if (!(photo instanceof Blob)) throw bad('there is no photo in the request');
  if (photo.size > PHOTO_MAX_BYTES) throw new Refusal(413, 'Request Entity Too Large');
  const bytes = Buffer.from(await photo.arrayBuffer());
  const png = bytes.subarray(1, 4).toString('latin1') === 'PNG';
  const jpeg = bytes[0] === 0xff && bytes[1] === 0xd8;
  if (!png && !jpeg) throw bad('IMAGE_PROCESS_FAILED');
  if (png) checkSides(bytes);
  return { type: png ? 'image/png' : 'image/jpeg', base64: bytes.toString('base64') };
}

async function readDocument(bot: Bot, document: unknown): Promise<NonNullable<SeenMessage['file']>> {
  if (typeof document === 'string') {
    const before = sentBefore(bot, document).file;
    if (!before) throw bad('type of file mismatch');
    return before;
  }
  if (!(document instanceof File)) throw bad('there is no document in the request');
  if (document.size === 0) throw bad('file must be non-empty');
  const bytes = Buffer.from(await document.arrayBuffer());
  return { name: document.name, type: document.type, base64: bytes.toString('base64') };
}

/** Width and height stand in a PNG's first chunk. */
function checkSides(png: Buffer): void {
  if (png.length < 24) throw bad('IMAGE_PROCESS_FAILED');
  const [width, height] = [png.readUInt32BE(16), png.readUInt32BE(20)];
  if (width + height > SIDES_MAX || Math.max(width, height) > RATIO_MAX * Math.min(width, height))
    throw bad('PHOTO_INVALID_DIMENSIONS');
}

function ownMessage(bot: Bot, payload: Payload): { chat: Chat; message: SeenMessage } {
  const chat = bot.writableChat(payload.chat_id);
  const messageId = String(payload.message_id ?? '');
  const message = chat.seen?.find((one) => one.messageId === messageId);
  if (!message) throw bad('message to edit not found');
  if (message.from !== 'bot') throw bad("message can't be edited");
  return { chat, message };
}

function sameLook(
  message: SeenMessage,
  ...look: [string, SeenMessage['entities'], SeenMessage['buttons']]
): boolean {
  return JSON.stringify([message.text, message.entities, message.buttons]) === JSON.stringify(look);
}

const notModified = () =>
  bad(
    'message is not modified: specified new message content and reply markup are exactly the same as a current content and reply markup of the message',
  );
