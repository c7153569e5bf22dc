import type { Outcome } from '../channels/index.ts';
import type { Accepted, Claimed, GivenUp, Retry } from '../outbox/index.ts';

const SECOND_MS = 1000;
const BACK_OFF_FIRST_MS = 5 * SECOND_MS;
const BACK_OFF_MOST_MS = 30 * 60 * SECOND_MS;

/** What to do with a delivery after a send. Beside it: what the outcome means for the contact and the lane. */
export type Decision =
  | { settle: 'accepted'; row: Accepted }
  | { settle: 'retry'; row: Retry; pauseLaneUntil?: Date }
  | { settle: 'givenUp'; row: GivenUp; closeContact?: 'blocked' | 'gone' }
  | { settle: 'retry'; row: Retry; stopLane: string };

/**
 * Wait before attempt n+1: 5 s, 10 s, 20 s … at most 30 min, each ± 20 % so that a thousand do not come back at once.
 * @param chance 0 ≤ chance < 1
 */
export function backOffMs(attempt: number, chance: number): number {
  const whole = Math.min(BACK_OFF_MOST_MS, BACK_OFF_FIRST_MS * 2 ** Math.min(attempt - 1, 20));
  return Math.round(whole * (0.8 + 0.4 * chance));
}

/** Decides by the outcome alone; no clock, no chance, no I/O inside. */
export function nextState(
  delivery: Pick<Claimed, 'id' | 'attempts' | 'expiresAt' | 'address'>,
  outcome: Outcome,
  now: Date,
  chance: number,
): Decision {
  const { id, attempts: attempt } = delivery;
  const { partsSent } = outcome;
  if (outcome.kind === 'accepted')
    return { settle: 'accepted', row: { id, providerId: outcome.providerId, partsSent } };
  const { reason, detail } = outcome;
  const later = (ms: number) => new Date(now.getTime() + ms);
  const retry = (dueAt: Date, counts: boolean, inDoubt = false): Retry => ({
    id,
    attempt,
    dueAt,
    reason,
    detail,
    inDoubt,
    partsSent,
    counts,
  });
  switch (outcome.kind) {
    case 'rejected':
      // The chat has moved: the same delivery goes on to the new address, once.
      if (outcome.newAddress !== undefined && outcome.newAddress !== delivery.address) {
        return { settle: 'retry', row: { ...retry(now, true), newAddress: outcome.newAddress } };
      }
      return {
        settle: 'givenUp',
        row: { id, attempt, state: 'failed', reason, detail, partsSent },
        ...(outcome.contact ? { closeContact: outcome.contact } : {}),
      };
    case 'person':
      return { settle: 'retry', row: retry(now, false), stopLane: `${reason}: ${detail}` };
    case 'retry': {
      if (outcome.scope === 'lane') {
        const until = later(outcome.afterMs ?? backOffMs(attempt, chance));
        return { settle: 'retry', row: retry(until, false, outcome.inDoubt), pauseLaneUntil: until };
      }
      if (outcome.mostAttempts !== undefined && attempt >= outcome.mostAttempts)
        return { settle: 'givenUp', row: { id, attempt, state: 'failed', reason, detail, partsSent } };
      const dueAt = later(outcome.afterMs ?? backOffMs(attempt, chance));
      if (delivery.expiresAt && dueAt >= delivery.expiresAt) {
        return { settle: 'givenUp', row: { id, attempt, state: 'expired', reason, detail, partsSent } };
      }
      return { settle: 'retry', row: retry(dueAt, true, outcome.inDoubt) };
    }
  }
}
