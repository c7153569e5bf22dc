// Telegram through Telegraf's API client (not its bot framework: updates are stored first and worked on later, so a
// handler that throws cannot lose one; facts/zalo-telegram.md §5.6).
//
// Order of reading: client (Telegraf over our own sockets) → send → errors (the table: what a 429 means) → inbound → connection.

import type { Channel } from '../port.ts';
import type { TelegramSettings } from './client.ts';
import { connect } from './connection.ts';

export type { TelegramSettings } from './client.ts';

/** facts/zalo-telegram.md §5.2: about 30 messages/s per bot and 1/s per chat, a little less of each. */
const LIMITS = {
  textMax: 4096,
  perSecond: 28,
  perAddressMs: 1050,
  concurrency: 32,
  deadlineMs: 15_000,
} as const;

/**
 * The account's secret is the bot's token. Groups are read (flagged) and may be written to, but nothing here knows
 * what is fit for one.
 */
export function telegram(settings: TelegramSettings): Channel {
  return {
    name: 'telegram',
    limits: LIMITS,
    markup: 'telegram',
    answers: 'buttons',
    open: (account) => connect(account, settings, LIMITS),
  };
}
