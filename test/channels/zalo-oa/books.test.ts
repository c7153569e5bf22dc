import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { openMinuteGate } from '../../../src/channels/zalo-oa/minute-gate.ts';
import { openBooks, type Reserved } from '../../../src/channels/zalo-oa/spending.ts';
import { openUsers } from '../../../src/channels/zalo-oa/users.ts';
import { minutes, NOON, testDatabase } from '../../harness/index.ts';

const database = await testDatabase();
let now = NOON;
const clock = { now: () => now };
const books = openBooks(database.prisma, clock);
const users = openUsers(database.prisma, clock);
const HOUR = 60;
beforeEach(() => {
  now = NOON;
});

/** A send of its own each time. */
let sends = 0;
const reserve = (oa: string, dong: number, cap: number, send = {}) =>
  books.reserve(oa, dong, cap, { deliveryId: String(sends++), part: 0, again: false, ...send });
const isTaken = (one: Awaited<ReturnType<typeof reserve>>): one is Reserved => typeof one === 'object';

describe('What an OA may spend', () => {
  it('is never passed, however many ask at once', async () => {
    const oa = randomUUID();
    const asked = await Promise.all(Array.from({ length: 40 }, () => reserve(oa, 55, 1000)));
    expect(asked.filter(isTaken)).toHaveLength(18);
    expect(await books.spent(oa)).toBe(18 * 55);
    expect(await reserve(oa, 11, 1000)).toBe('capUsed');
    expect(await reserve(oa, 10, 1000)).toMatchObject({ dong: 10 });
  });

  it('is nothing when nothing is allowed, also for the first message of a month', async () => {
    const oa = randomUUID();
    expect(await reserve(oa, 55, 0)).toBe('capUsed');
    expect(await reserve(oa, 55, 54)).toBe('capUsed');
    expect(await books.spent(oa)).toBe(0);
  });

  it('is there again when it was not needed, and anew in the next month at school', async () => {
    const oa = randomUUID();
    now = new Date('2026-10-31T16:59:59Z');
    const taken = await reserve(oa, 300, 300);
    expect(await reserve(oa, 1, 300)).toBe('capUsed');
    if (isTaken(taken)) await books.giveBack(taken);
    const again = await reserve(oa, 300, 300);
    now = new Date('2026-10-31T17:00:00Z');
    expect(await reserve(oa, 300, 300)).toMatchObject({ month: '2026-11' });
    // What is given back later goes back to the month from which it came.
    if (isTaken(again)) await books.giveBack(again);
    expect(await books.spent(oa)).toBe(300);
  });

  it('belongs to one OA', async () => {
    const [one, other] = [randomUUID(), randomUUID()];
    await reserve(one, 100, 100);
    expect(await reserve(other, 100, 100)).toMatchObject({ dong: 100 });
  });

  it('goes for a send once, unless it was given back, or is worth it twice; the next part is another send', async () => {
    const oa = randomUUID();
    const [first, next] = [
      { deliveryId: 'd', part: 0 },
      { deliveryId: 'd', part: 1 },
    ];
    const taken = await reserve(oa, 100, 1000, first);
    expect(await reserve(oa, 100, 1000, first)).toBe('paidBefore');
    expect(await reserve(oa, 100, 1000, next)).toMatchObject(next);
    expect(await books.spent(oa)).toBe(200);
    if (isTaken(taken)) await books.giveBack(taken);
    expect(await reserve(oa, 100, 1000, first)).toMatchObject(first);
    expect(await reserve(oa, 100, 1000, { ...first, again: true })).toMatchObject(first);
    expect(await reserve(oa, 100, 300, { ...first, again: true }), 'but never beyond the cap').toBe(
      'capUsed',
    );
    expect(await books.spent(oa)).toBe(300);
    // A send for which there was no money has cost nothing.
    expect(await reserve(oa, 100, 300, { deliveryId: 'e' })).toBe('capUsed');
    expect(await reserve(oa, 100, 400, { deliveryId: 'e' })).toMatchObject({ deliveryId: 'e' });
  });

  it('is not remembered send by send for ever', async () => {
    const oa = randomUUID();
    await reserve(oa, 100, 1000, { deliveryId: 'old' });
    now = minutes(31 * 24 * HOUR);
    await reserve(oa, 100, 1000, { deliveryId: 'new' });
    await books.forgetCharges(oa);
    expect(await database.prisma.oaCharge.findMany({ where: { accountId: oa } })).toMatchObject([
      { deliveryId: 'new' },
    ]);
  });

  it('stands beside what Zalo last said of its quotas', async () => {
    const oa = randomUUID();
    await books.note(oa, { name: 'sub_quota', remain: 480, total: 500 });
    await books.note(oa, { name: 'sub_quota', remain: 479, total: 500 });
    expect(await books.quotas(oa)).toEqual([{ name: 'sub_quota', remain: 479, total: 500, at: NOON }]);
  });
});

describe('A person’s last sign of life', () => {
  it('moves forward only, whatever order the events come in', async () => {
    const oa = randomUUID();
    for (const at of [minutes(-5), minutes(-1), minutes(-9)]) await users.heard(oa, '1', at);
    expect((await users.seen(oa, '1')).interactedAt).toEqual(minutes(-1));
    await users.told(oa, '1', minutes(-3));
    expect(await users.seen(oa, '1')).toEqual({ interactedAt: minutes(-1), askedAt: NOON });
    expect(await users.seen(oa, '2')).toEqual({ interactedAt: null, askedAt: null });
  });

  it('ends when Zalo says so, unless the person has written meanwhile', async () => {
    const oa = randomUUID();
    await users.heard(oa, '1', minutes(-60));
    await users.heard(oa, '1', minutes(-1));
    await users.closed(oa, '1', minutes(-60));
    expect((await users.seen(oa, '1')).interactedAt).toEqual(minutes(-1));
    await users.closed(oa, '1', minutes(-1));
    expect((await users.seen(oa, '1')).interactedAt).toBeNull();
  });

  it('is asked for once a week at most, in the last hours of the free window, by one process', async () => {
    const oa = randomUUID();
    const ago = (hours: number) => minutes(-hours * HOUR);
    for (const [id, hours] of [
      ['fresh', 2],
      ['soon', 37],
      ['late', 47.9],
      ['closed', 48],
      ['gone', 100],
    ] as const)
      await users.heard(oa, id, ago(hours));
    expect(await users.closingSoon(oa)).toEqual(['late', 'soon']);
    const allowed = await Promise.all(Array.from({ length: 10 }, () => users.mayPrompt(oa, 'soon')));
    expect(allowed.filter(Boolean)).toHaveLength(1);
    expect(await users.closingSoon(oa)).toEqual(['late']);
    now = minutes(6 * 24 * HOUR);
    await users.heard(oa, 'soon', new Date(now.getTime() - 41 * HOUR * 60_000));
    expect(await users.closingSoon(oa)).toEqual([]);
    now = minutes(7 * 24 * HOUR);
    await users.heard(oa, 'soon', new Date(now.getTime() - 41 * HOUR * 60_000));
    expect(await users.closingSoon(oa)).toEqual(['soon']);
  });

  it('is counted: how many can be written to for nothing', async () => {
    const oa = randomUUID();
    await users.heard(oa, 'in', minutes(-10));
    await users.heard(oa, 'out', minutes(-49 * HOUR));
    expect(await users.within(oa)).toEqual({ inside: 1, all: 2 });
  });
});

describe('The requests of a minute', () => {
  const gates = () => [openMinuteGate(database.pool), openMinuteGate(database.pool)] as const;
  /** What is noted grows older, as if so much time had passed. */
  const passes = (ms: number) =>
    database.pool.query('update oa_request set taken_at = taken_at - make_interval(secs => $1)', [ms / 1000]);

  it('are counted for all processes together', async () => {
    const oa = randomUUID();
    const two = gates();
    const waits = await Promise.all(Array.from({ length: 60 }, (_, turn) => two[turn % 2]?.take(oa, 20)));
    expect(waits.filter((wait) => wait === 0)).toHaveLength(20);
    for (const wait of waits) expect(wait).toBeLessThanOrEqual(61_000);
    const [one, other] = two;
    expect(await one.take(randomUUID(), 20), 'of another OA').toBe(0);
    await passes(62_000);
    expect([await one.take(oa, 2), await other.take(oa, 2)], 'of a smaller package').toEqual([0, 0]);
    expect(await one.take(oa, 2)).toBeGreaterThan(0);
    expect(await other.take(oa, 3), 'of a larger one').toBe(0);
  });

  it('are never more than the package allows, in any minute', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 4 }),
        fc.array(fc.integer({ min: 0, max: 30_000 }), { maxLength: 25 }),
        async (most, waits) => {
          const oa = randomUUID();
          const two = gates();
          let at = 0;
          const passed: number[] = [];
          for (const [turn, wait] of waits.entries()) {
            await passes(wait);
            at += wait;
            const left = await two[turn % 2]?.take(oa, most);
            if (left === 0) passed.push(at);
            else expect(left).toBeLessThanOrEqual(61_000);
          }
          for (const end of passed)
            expect(passed.filter((one) => one > end - 60_000 && one <= end).length).toBeLessThanOrEqual(most);
        },
      ),
      { numRuns: 15 },
    );
  });
});
