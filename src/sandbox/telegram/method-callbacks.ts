// getMe, setMyCommands and friends, answerCallbackQuery.

import type { Method } from './methods.ts';
import { jsonValue } from './payload.ts';
import { bad } from './refusal.ts';

const ANSWER_MAX = 200;

const getMe: Method = (bot) => ({
  result: {
    ...bot.me,
    can_join_groups: true,
    can_read_all_group_messages: false,
    supports_inline_queries: false,
  },
});

const setMyCommands: Method = (_bot, payload) => {
  const commands = jsonValue(payload.commands);
  if (!Array.isArray(commands) || commands.length > 100) throw bad("can't parse commands list");
  for (const { command, description } of commands as { command?: unknown; description?: unknown }[]) {
    if (typeof command !== 'string' || !/^[a-z0-9_]{1,32}$/.test(command)) throw bad('BOT_COMMAND_INVALID');
    const length = typeof description === 'string' ? description.length : 0;
    if (length < 1 || length > 256) throw bad('BOT_COMMAND_DESCRIPTION_INVALID');
  }
  return { result: true };
};

const answerCallbackQuery: Method = (bot, payload) => {
  const chat = bot.chatOfCallback(String(payload.callback_query_id ?? ''));
  const text = payload.text;
  if (typeof text === 'string' && text.length > ANSWER_MAX) throw bad('MESSAGE_TOO_LONG');
  if (typeof text === 'string' && text !== '') chat.toast = text;
  else delete chat.toast;
  bot.keep(chat);
  return { result: true };
};

export const callbackMethods: Record<string, Method> = {
  getMe,
  setMyCommands,
  deleteMyCommands: () => ({ result: true }),
  answerCallbackQuery,
};
