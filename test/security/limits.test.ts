import { expect, it } from 'vitest';
import { countUp, isUsedUp, limits } from '../../src/security/index.ts';
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
