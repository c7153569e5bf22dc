// Zalo's Bot Platform (facts/zalo-telegram.md §3): free, for a pilot of one to three classes. No buttons, no files, no
// word of who has read or left; at most 50 users and 3 000 messages a month, which are counted here before each send.
//
// Order of reading: client (wire) → errors (the table: what a 404 means) → quota (room under the caps) → ledger (where
// it is counted) → send → inbound → connection.

import type { Clock } from '../../time/index.ts';
import type { Channel } from '../port.ts';
import { connect } from './connection.ts';
import type { Caps, Ledger } from './quota.ts';

export { openLedger, WARN_SHARE } from './ledger.ts';
export type { Caps, Ledger } from './quota.ts';

export type ZaloBotSettings = {
  /** https://bot-api.zaloplatforms.com; the older https://bot-api.zapps.me is an alias. */
  apiRoot: string;
  clock: Clock;
  caps: Caps;
  ledger: Ledger;
  /** Puts a picture where Zalo can fetch it for a while; null: nowhere that Zalo reaches. */
  show: (png: Buffer) => Promise<string | null>;
  /** Whether Zalo can fetch from such an address of ours. */
  reaches: (url: string) => boolean;
  /** Hosts, beside the API's own, from which pictures that people send are fetched. */
  mediaHosts: readonly string[];
};

/** No pace is published (§3.5): one message a second to a chat and few at once. */
const LIMITS = {
  textMax: 2000,
  perSecond: 5,
  perAddressMs: 1050,
  concurrency: 4,
  deadlineMs: 20_000,
} as const;

/** The account's secret is the bot's token. */
export function zaloBot(settings: ZaloBotSettings): Channel {
  return {
    name: 'zalo-bot',
    limits: LIMITS,
    markup: 'styled',
    answers: 'numbers',
    open: (account) => connect(account, settings, LIMITS),
  };
}
