import { expect, it } from 'vitest';
import { countUp, forgetCounts, isUsedUp, limits } from '../../src/security/index.ts';
import { testDatabase } from '../harness/index.ts';

const database = await testDatabase();
// A second process has a pool of its own; what counts is that nothing is remembered outside the database.
const other = database.pool;
const limit = { name: 'test', most: 3, windowMs: 3_600_000 };
const now = new Date('2026-11-23T03:20:00Z');

it('a limit is used up by all processes together, however they meet', async () => {
  const results = await Promise.all(
    Array.from({ length: 10 }, (_, index) => countUp(index % 2 ? database.pool : other, limit, 'chat', now)),
  );
  expect(results.filter(Boolean)).toHaveLength(3);
  expect(await isUsedUp(database.pool, limit, 'chat', now)).toBe(true);
});

it("a limit is each one's own, and each limit's own", async () => {
  expect(await isUsedUp(database.pool, limit, 'another chat', now)).toBe(false);
  expect(await isUsedUp(database.pool, { ...limit, name: 'else' }, 'chat', now)).toBe(false);
});

it('asking counts nothing', async () => {
  for (let asked = 0; asked < 5; asked++)
    expect(await isUsedUp(database.pool, limit, 'asker', now)).toBe(false);
});

it('a limit is free again in the next hour', async () => {
  expect(await isUsedUp(database.pool, limit, 'chat', new Date('2026-11-23T03:59:59.999Z'))).toBe(true);
  expect(await isUsedUp(database.pool, limit, 'chat', new Date('2026-11-23T04:00:00Z'))).toBe(false);
});

it('wrong codes are limited by the hour, as the setting says', () => {
  expect(limits.linkTries(5)).toEqual({ name: 'link', most: 5, windowMs: 3_600_000 });
});

it('a count that no limit asks for any more is removed, and those of today stay', async () => {
  const begin = new Date('2026-11-23T03:00:00Z').getTime();
  const days = (count: number) => new Date(begin + count * 24 * 3_600_000);
  await countUp(database.pool, limit, 'forgotten', days(3));
  await countUp(database.pool, limit, 'forgotten', days(4));
  const left = async () => {
    const { rows } = await database.pool.query<{ at: Date }>(
      `select window_at as at from rate_count where key = 'test:forgotten' order by 1`,
    );
    return rows.length;
  };
  await forgetCounts(database.pool, days(4));
  expect(await left()).toBe(2);
  expect(await forgetCounts(database.pool, new Date(days(4).getTime() + 3_600_000))).toBeGreaterThan(0);
  expect(await left()).toBe(1);
});
