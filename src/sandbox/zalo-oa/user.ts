// A Zalo user as one OA knows them, and what stands on their phone.

import type { SeenMessage } from '../telegram/chat.ts';

export type Relation =
  /** Has never done anything that the OA heard of. */
  | 'new'
  /** Wrote, or pressed the chat button, without following. */
  | 'talking'
  | 'following'
  /** Has unfollowed, or blocked the OA; for the latter there is neither an event nor a code of its own. */
  | 'left'
  /** Has taken consent back. */
  | 'withdrawn';

export type OaUser = {
  /** Digits, longer than a number can hold: a text on every way. */
  readonly id: string;
  name: string;
  relation: Relation;
  /** When the user last did something that counts (§1.5); milliseconds since 1970. */
  interactedAt: number | null;
  /** "84987654321"; null: a user without a number that anybody knows. */
  phone: string | null;
  /** Banned, or away for more than 45 days. */
  inactive: boolean;
  /** Wants no advertising, and no template by phone. */
  restricts: boolean;
  /** May get templates in development mode. */
  admin: boolean;
  /** What the OA has sent and this phone has not opened. */
  unread: string[];
  seen?: SeenMessage[];
};

export type WindowName = 'free' | 'charged' | 'closed' | 'never';

const HOUR_MS = 3_600_000;
const FREE_MS = 48 * HOUR_MS;
const OPEN_MS = 7 * 24 * HOUR_MS;

/** How a consultation message to somebody counts at `now` (facts §1.5); the limits themselves still count as inside. */
export function windowOf(interactedAt: number | null, now: number): WindowName {
  if (interactedAt === null) return 'never';
  const since = now - interactedAt;
  if (since <= FREE_MS) return 'free';
  return since <= OPEN_MS ? 'charged' : 'closed';
}

/** Vietnam's clock (that Zalo means it is not confirmed): advertising is taken from 06:00 to 21:59 only. */
export function isNight(at: number): boolean {
  const hour = Math.floor((at + 7 * HOUR_MS) / HOUR_MS) % 24;
  return hour < 6 || hour >= 22;
}

/** The month of quotas, in the same clock. */
export const monthOf = (at: number): string => new Date(at + 7 * HOUR_MS).toISOString().slice(0, 7);
export const dayOf = (at: number): string => new Date(at + 7 * HOUR_MS).toISOString().slice(0, 10);
