// A stand-in and the real Telegraf client in front of it, closed after each test.

import { Telegraf, TelegramError } from 'telegraf';
import { onTestFinished } from 'vitest';
import { startTelegram, type TelegramOptions, type TelegramSandbox } from '../../src/sandbox/index.ts';

export const TOKEN = '123456789:AAF-test_token';

export type BotUnderTest = { telegram: TelegramSandbox; bot: Telegraf; send: Telegraf['telegram'] };

/** Without limits unless asked for. */
export async function botUnderTest(options: Partial<TelegramOptions> = {}): Promise<BotUnderTest> {
  const telegram = await startTelegram({
    token: TOKEN,
    username: 'lienlac_bot',
    perSecond: 0,
    perChatMs: 0,
    ...options,
  });
  onTestFinished(() => telegram.stop());
  const bot = new Telegraf(TOKEN, { telegram: { apiRoot: telegram.root } });
  return { telegram, bot, send: bot.telegram };
}

/** What the Bot API answered to a call that must not succeed. */
export async function refusalOf(
  call: Promise<unknown>,
): Promise<{ code: number; description: string; parameters?: unknown }> {
  try {
    await call;
  } catch (error) {
    if (error instanceof TelegramError) {
      return { code: error.code, description: error.description, parameters: error.parameters };
    }
    throw error;
  }
  throw new Error('the call was accepted, but it should have been refused');
}
