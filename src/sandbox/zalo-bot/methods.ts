// The methods that this stand-in knows; their names are case-sensitive.

import { jsonValue, type Payload } from '../telegram/payload.ts';
import type { Bot } from './bot.ts';
import { fetchPhoto } from './photo.ts';
import { readStyled } from './text-styles.ts';
import { checkWebhook } from './webhook.ts';
import { invalid } from './wire.ts';

type Method = (bot: Bot, payload: Payload, gone: AbortSignal) => unknown;

/** Texts and captions, in characters (facts §3.2); counted after NFC, as for the other Zalo API. */
const TEXT_MAX = 2000;
const DEFAULT_POLL_S = 30;

const sendMessage: Method = (bot, payload) => {
  const chat = bot.writableChat(payload.chat_id);
  const styled = readStyled(
    mustBeText(payload.text, 'text'),
    payload.parse_mode,
    jsonValue(payload.text_styles),
  );
  bot.mustHaveRoom(chat);
  return sent(bot.say(chat, 'bot', styled, 'sendMessage'));
};

const sendPhoto: Method = async (bot, payload) => {
  const chat = bot.writableChat(payload.chat_id);
  const text = payload.caption === undefined ? '' : mustBeText(payload.caption, 'caption');
  bot.mustHaveRoom(chat);
  const photo = await fetchPhoto(payload.photo);
  return sent(bot.say(chat, 'bot', { text, entities: [], photo }, 'sendPhoto'));
};

const sendChatAction: Method = (bot, payload) => {
  bot.writableChat(payload.chat_id);
  if (payload.action !== 'typing') throw invalid('action');
  return undefined;
};

const getUpdates: Method = (bot, payload, gone) => {
  if (bot.webhook.settings) throw invalid('getUpdates is not available while a webhook is set');
  const seconds = Number(payload.timeout ?? DEFAULT_POLL_S);
  if (!Number.isFinite(seconds) || seconds < 0) throw invalid('timeout');
  return bot.updates.poll(seconds * 1000, gone);
};

const setWebhook: Method = async (bot, payload) => {
  const settings = checkWebhook(payload.url, payload.secret_token);
  // Kept also when nobody answers there.
  bot.setWebhook(settings);
  return { url: settings.url, updated_at: bot.now(), verification: await bot.webhook.verify(settings) };
};

const deleteWebhook: Method = (bot) => {
  bot.setWebhook(undefined);
  return { url: '', updated_at: bot.now() };
};

export const METHODS: Readonly<Record<string, Method>> = {
  getMe: (bot) => ({
    id: bot.id,
    account_name: bot.name,
    account_type: 'BASIC',
    can_join_groups: false,
  }),
  getWebhookInfo: (bot) => ({ url: bot.webhook.settings?.url ?? '', updated_at: bot.now() }),
  sendMessage,
  sendPhoto,
  sendChatAction,
  getUpdates,
  setWebhook,
  deleteWebhook,
};

const sent = ({ messageId, at }: { messageId: string; at: number }) => ({ message_id: messageId, date: at });

function mustBeText(value: unknown, what: string): string {
  if (typeof value !== 'string' || value === '' || value.trim() === '') throw invalid(`${what} is empty`);
  if (/\p{Surrogate}/u.test(value)) throw invalid(`${what} is not UTF-8`);
  if (value.normalize('NFC').length > TEXT_MAX) throw invalid(`${what} is too long`);
  return value;
}
