import { randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import { openBooks } from '../../../src/channels/zalo-oa/spending.ts';
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

describe('What an OA may spend', () => {
  it('is never passed, however many ask at once', async () => {
    const oa = randomUUID();
    const asked = await Promise.all(Array.from({ length: 40 }, () => books.reserve(oa, 55, 1000)));
    expect(asked.filter((one) => one !== null)).toHaveLength(18);
    expect(await books.spent(oa)).toBe(18 * 55);
    expect(await books.reserve(oa, 11, 1000)).toBeNull();
    expect(await books.reserve(oa, 10, 1000)).not.toBeNull();
  });

  it('is nothing when nothing is allowed, also for the first message of a month', async () => {
    const oa = randomUUID();
    expect(await books.reserve(oa, 55, 0)).toBeNull();
    expect(await books.reserve(oa, 55, 54)).toBeNull();
    expect(await books.spent(oa)).toBe(0);
  });

  it('is there again when it was not needed, and anew in the next month at school', async () => {
    const oa = randomUUID();
    now = new Date('2026-10-31T16:59:59Z');
    const taken = await books.reserve(oa, 300, 300);
    expect(await books.reserve(oa, 1, 300)).toBeNull();
    if (taken) await books.giveBack(taken);
    const again = await books.reserve(oa, 300, 300);
    now = new Date('2026-10-31T17:00:00Z');
    expect(await books.reserve(oa, 300, 300)).not.toBeNull();
    // What is given back later goes back to the month from which it came.
    if (again) await books.giveBack(again);
    expect(await books.spent(oa)).toBe(300);
  });

  it('belongs to one OA', async () => {
    const [one, other] = [randomUUID(), randomUUID()];
    await books.reserve(one, 100, 100);
    expect(await books.reserve(other, 100, 100)).not.toBeNull();
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
