import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Outcome } from '../../src/channels/index.ts';
import { backOffMs, type Decision, nextState } from '../../src/dispatch/index.ts';

const NOW = new Date('2026-10-05T05:00:00Z');
const later = (ms: number) => new Date(NOW.getTime() + ms);
const delivery = { id: '7', attempts: 2, expiresAt: later(3_600_000), address: '700000001' };
const decide = (outcome: Outcome, changes: Partial<typeof delivery> = {}) =>
  nextState({ ...delivery, ...changes }, outcome, NOW, 0.5);
const why = { reason: 'channelDown', detail: 'ECONNRESET', partsSent: 1 } as const;
const retry = { kind: 'retry', scope: 'delivery', inDoubt: false, ...why } as const;
const retryRow = { id: '7', attempt: 2, inDoubt: false, counts: true, ...why };

describe('what becomes of a delivery after a send', () => {
  it.each<[string, Outcome, Decision]>([
    [
      'accepted: settled with the provider’s id',
      { kind: 'accepted', providerId: 'p9', partsSent: 2 },
      { settle: 'accepted', row: { id: '7', providerId: 'p9', partsSent: 2 } },
    ],
    [
      'trouble with this one: later, by the back-off, and the attempt counts',
      retry,
      { settle: 'retry', row: { ...retryRow, dueAt: later(10_000) } },
    ],
    [
      'the provider says when: then',
      { ...retry, afterMs: 90_000 },
      { settle: 'retry', row: { ...retryRow, dueAt: later(90_000) } },
    ],
    [
      'in doubt: the next attempt may be a duplicate',
      { ...retry, inDoubt: true },
      { settle: 'retry', row: { ...retryRow, inDoubt: true, dueAt: later(10_000) } },
    ],
    [
      'the whole lane has to wait: the lane waits, and it was not this one’s fault',
      { ...retry, scope: 'lane', reason: 'channelBusy', afterMs: 7000 },
      {
        settle: 'retry',
        row: { ...retryRow, reason: 'channelBusy', counts: false, dueAt: later(7000) },
        pauseLaneUntil: later(7000),
      },
    ],
    [
      'no: given up',
      { kind: 'rejected', ...why, reason: 'refused' },
      { settle: 'givenUp', row: { id: '7', attempt: 2, state: 'failed', ...why, reason: 'refused' } },
    ],
    [
      'blocked: given up, and the contact is closed',
      { kind: 'rejected', ...why, reason: 'blocked', contact: 'blocked' },
      {
        settle: 'givenUp',
        row: { id: '7', attempt: 2, state: 'failed', ...why, reason: 'blocked' },
        closeContact: 'blocked',
      },
    ],
    [
      'the chat has moved: at once to the new address, and the contact is not closed',
      { kind: 'rejected', ...why, reason: 'addressUnknown', contact: 'gone', newAddress: '-1007' },
      {
        settle: 'retry',
        row: { ...retryRow, reason: 'addressUnknown', dueAt: NOW, newAddress: '-1007' },
      },
    ],
    [
      'a chat that moved to where it is: gone',
      { kind: 'rejected', ...why, reason: 'addressUnknown', contact: 'gone', newAddress: '700000001' },
      {
        settle: 'givenUp',
        row: { id: '7', attempt: 2, state: 'failed', ...why, reason: 'addressUnknown' },
        closeContact: 'gone',
      },
    ],
    [
      'only a person can help: the lane stops, the delivery waits uncounted',
      { kind: 'person', ...why, reason: 'channelStopped', detail: '401 Unauthorized' },
      {
        settle: 'retry',
        row: { ...retryRow, reason: 'channelStopped', detail: '401 Unauthorized', counts: false, dueAt: NOW },
        stopLane: 'channelStopped: 401 Unauthorized',
      },
    ],
  ])('%s', (_, outcome, decision) => expect(decide(outcome)).toEqual(decision));

  it('is given up when the next try would come too late', () => {
    const expiresAt = later(10_000);
    expect(decide(retry, { expiresAt })).toEqual({
      settle: 'givenUp',
      row: { id: '7', attempt: 2, state: 'expired', ...why },
    });
    expect(decide(retry, { expiresAt: later(10_001) }).settle).toBe('retry');
  });

  it('is never given up because of the lane: the sweep ends what the lane held too long', () => {
    expect(decide({ ...retry, scope: 'lane', afterMs: 7_200_000 }).settle).toBe('retry');
  });
});

describe('the back-off', () => {
  it('doubles from 5 s to half an hour, each within a fifth', () => {
    expect([1, 2, 3, 4, 9, 10, 11, 100].map((attempt) => backOffMs(attempt, 0.5))).toEqual(
      [5, 10, 20, 40, 1280, 1800, 1800, 1800].map((seconds) => seconds * 1000),
    );
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 32_000 }),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (attempt, chance) => {
          const middle = backOffMs(attempt, 0.5);
          const wait = backOffMs(attempt, chance);
          expect(wait).toBeGreaterThanOrEqual(middle * 0.8 - 1);
          expect(wait).toBeLessThanOrEqual(middle * 1.2 + 1);
          expect(backOffMs(attempt + 1, chance)).toBeGreaterThanOrEqual(wait);
        },
      ),
    );
  });

  it('parts a thousand that failed together', () => {
    const waits = new Set(Array.from({ length: 1000 }, (_, index) => backOffMs(3, index / 1000)));
    expect(waits.size).toBeGreaterThan(900);
  });
});
