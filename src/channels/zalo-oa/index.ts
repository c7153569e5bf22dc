// Zalo's Official Account (facts/zalo-telegram.md §1, §2): where Vietnamese parents are. Messages are free within 48
// hours of a parent's last sign of life; what lies beyond is sent only if the school pays for it (policy.ts).
//
// Order of reading: client (wire, token) → codes, errors (what an answer means) → window, policy, spending (may it go
// out) → send → inbound, signature (what comes in) → tokens, oauth (who we are) → connection.

import type { Logger } from 'pino';
import type { Sealer } from '../../security/index.ts';
import type { Database } from '../../store/index.ts';
import type { Clock } from '../../time/index.ts';
import type { Channel } from '../port.ts';
import { lanePace } from './account.ts';
import { connect } from './connection.ts';
import { type MinuteGate, openMinuteGate } from './minute-gate.ts';
import { type OaBooks, openBooks } from './spending.ts';
import { type OaTokens, openTokens } from './tokens.ts';
import { type OaUsers, openUsers } from './users.ts';

export { type OaPackage, oaSettingsSchema, oaTemplateSchema, PACKAGES } from './account.ts';
export { changeOaSettings, finishOa, noteOa } from './connect.ts';
export { type GroupText, groupText } from './group.ts';
export { oaIdOf } from './inbound.ts';
export { challengeOf } from './oauth.ts';
export type ZaloOaSettings = {
  /** https://openapi.zalo.me */
  apiRoot: string;
  /** https://business.openapi.zalo.me: templates by phone number. */
  phoneRoot: string;
  /** https://oauth.zaloapp.com: the consent page. */
  oauthRoot: string;
  /** Hosts, beside the API's own, from which pictures that people send are fetched. */
  mediaHosts: readonly string[];
  clock: Clock;
  log: Logger;
  tokens: OaTokens;
  users: OaUsers;
  books: OaBooks;
  gate: MinuteGate;
};

/** The channel's ports on a hub's database and settings. */
export function openOaPorts(
  roots: {
    ZALO_OA_API_ROOT: string;
    ZALO_OA_PHONE_ROOT: string;
    ZALO_OAUTH_ROOT: string;
    ZALO_MEDIA_HOSTS: readonly string[];
  },
  { db, sealer, clock, log }: { db: Database; sealer: Sealer; clock: Clock; log: Logger },
): ZaloOaSettings {
  return {
    apiRoot: roots.ZALO_OA_API_ROOT,
    phoneRoot: roots.ZALO_OA_PHONE_ROOT,
    oauthRoot: roots.ZALO_OAUTH_ROOT,
    mediaHosts: roots.ZALO_MEDIA_HOSTS,
    clock,
    log,
    tokens: openTokens({ pool: db.pool, sealer, clock, log, oauthRoot: roots.ZALO_OAUTH_ROOT }),
    users: openUsers(db.prisma, clock),
    books: openBooks(db.prisma, clock),
    gate: openMinuteGate(db.pool),
  };
}

const LIMITS = {
  textMax: 2000,
  // The smaller package's; an account has its own.
  perSecond: lanePace('growth'),
  perAddressMs: 0,
  concurrency: 12,
  deadlineMs: 20_000,
} as const;

/** The account's secret is made by `writeSecret`; its tokens are kept apart, since they change every day. */
export function zaloOa(settings: ZaloOaSettings): Channel {
  return {
    name: 'zalo-oa',
    limits: LIMITS,
    markup: 'styled',
    answers: 'numbers',
    mayCost: true,
    open: (account) => connect(account, settings, LIMITS),
  };
}
