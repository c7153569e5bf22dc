import type { Outcome } from '../port.ts';
import { BUSY_WAIT_MS } from './errors.ts';

/** What the plan allows one bot. */
export type Caps = { users: number; messagesAMonth: number };

/** What of it is used. */
export type CapUse = { users: number; messages: number };

/** Where the use of all bots is counted, for all processes: see ledger.ts. */
export interface Ledger {
  /** Takes room for one message, or says what is used up. `newUser`: the address took one of the places. */
  take(
    accountId: string,
    address: string,
    caps: Caps,
  ): Promise<{ taken: true; newUser: boolean } | { taken: false; usedUp: 'users' | 'messages' }>;
  /** The message was not sent after all. */
  giveBack(accountId: string, address: string, newUser: boolean): Promise<void>;
  use(accountId: string): Promise<CapUse>;
  /** Whether a message could go to this address now. */
  hasRoom(accountId: string, address: string, caps: Caps): Promise<boolean>;
}

/** So long is a 429 taken for haste; whom Zalo still refuses then is outside the quota, whatever our count says. */
const HASTE_MS = 5 * BUSY_WAIT_MS;
/** A bot has 50 users; more than this many remembered refusals are not its own. */
const REFUSALS_KEPT = 1000;

/** The places of one bot. */
export interface Room {
  /** Does one send in a place of its own. */
  within(address: string, partsSent: number, send: () => Promise<Outcome>): Promise<Outcome>;
}

/**
 * Keeps one bot under its caps. Room is taken before a send, so that two processes cannot both have the last place,
 * and given back when Zalo surely has not sent.
 */
export function openRoom(accountId: string, caps: Caps, ledger: Ledger, now: () => Date): Room {
  /** Since when Zalo says 429 to this address without a message in between. */
  const refusedSince = new Map<string, number>();

  /** The same 429 for minutes on end is no haste: the quota is used up, perhaps by another program with this bot. */
  function judgeBusy(address: string, outcome: Outcome): Outcome {
    if (outcome.kind === 'accepted') refusedSince.delete(address);
    if (outcome.kind !== 'retry' || outcome.scope !== 'lane') return outcome;
    const since = refusedSince.get(address) ?? now().getTime();
    refusedSince.set(address, since);
    if (refusedSince.size > REFUSALS_KEPT) refusedSince.clear();
    const { detail, partsSent } = outcome;
    return now().getTime() - since < HASTE_MS
      ? outcome
      : { kind: 'rejected', reason: 'capReached', detail, partsSent };
  }

  return {
    async within(address, partsSent, send) {
      const place = await ledger.take(accountId, address, caps).catch(() => null);
      if (place === null) return uncounted(partsSent);
      if (!place.taken) return usedUp(place.usedUp, caps, partsSent);
      const outcome = judgeBusy(address, await send());
      const unsent = outcome.kind !== 'accepted' && !(outcome.kind === 'retry' && outcome.inDoubt);
      // A place that cannot be given back counts as used: the safe side.
      if (unsent) await ledger.giveBack(accountId, address, place.newUser).catch(() => undefined);
      return outcome;
    },
  };
}

/** No count, no send: the cap is never passed because the database was away. */
function uncounted(partsSent: number): Outcome {
  const detail = 'the count of messages cannot be read';
  return { kind: 'retry', scope: 'delivery', reason: 'channelDown', detail, inDoubt: false, partsSent };
}

function usedUp(what: 'users' | 'messages', caps: Caps, partsSent: number): Outcome {
  const detail =
    what === 'users'
      ? `all ${caps.users} users taken`
      : `all ${caps.messagesAMonth} messages of the month used`;
  return { kind: 'rejected', reason: 'capReached', detail, partsSent };
}
