// getUpdates, setWebhook, deleteWebhook, getWebhookInfo.

import type { Bot } from './bot.ts';
import { wireSeconds } from './chat.ts';
import type { Method, MethodResult } from './methods.ts';
import { jsonValue, type Payload, wholeNumber } from './payload.ts';
import { conflict } from './refusal.ts';
import { checkWebhook } from './webhook.ts';

/** Telegram waits at most so long (memory). */
const LONGEST_POLL_S = 50;

const getUpdates: Method = async (bot, payload, gone) => {
  if (bot.webhook.settings) {
    throw conflict(
      "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first",
    );
  }
  const offset = wholeNumber(payload.offset, 0);
  const limit = Math.min(Math.max(wholeNumber(payload.limit, 100), 1), 100);
  const seconds = Math.min(Math.max(wholeNumber(payload.timeout, 0), 0), LONGEST_POLL_S);
  bot.updates.allow(jsonValue(payload.allowed_updates));
  return { result: await bot.updates.poll(offset, limit, seconds * 1000, gone) };
};

const setWebhook: Method = (bot, payload) => {
  const url = String(payload.url ?? '');
  if (url === '') return deleteWebhookNow(bot, payload);
  const settings = checkWebhook(url, String(payload.secret_token ?? ''));
  bot.updates.endPoll('terminated by setWebhook request');
  bot.updates.allow(jsonValue(payload.allowed_updates));
  if (isTrue(payload.drop_pending_updates)) bot.updates.dropAll();
  bot.webhook.start(settings);
  bot.keepWebhook();
  return { result: true, description: 'Webhook was set' };
};

const deleteWebhookNow = (bot: Bot, payload: Payload): MethodResult => {
  const had = bot.webhook.settings !== undefined;
  bot.webhook.stop();
  if (isTrue(payload.drop_pending_updates)) bot.updates.dropAll();
  bot.keepWebhook();
  return { result: true, description: had ? 'Webhook was deleted' : 'Webhook is already deleted' };
};

const getWebhookInfo: Method = (bot) => {
  const { settings, lastError } = bot.webhook;
  const allowed = bot.updates.allowed;
  return {
    result: {
      url: settings?.url ?? '',
      has_custom_certificate: false,
      pending_update_count: bot.updates.pending.length,
      ...(lastError
        ? { last_error_date: wireSeconds(lastError.at), last_error_message: lastError.message }
        : {}),
      ...(allowed.length > 0 ? { allowed_updates: allowed } : {}),
    },
  };
};

export const updateMethods: Record<string, Method> = {
  getUpdates,
  setWebhook,
  deleteWebhook: deleteWebhookNow,
  getWebhookInfo,
};

const isTrue = (value: unknown): boolean =>
  value === true || value === 'true' || value === 'True' || value === '1';
