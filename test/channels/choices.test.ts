import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { offerChoices, readChoice } from '../../src/channels/index.ts';
import { NOON, testDatabase } from '../harness/index.ts';

const database = await testDatabase();
const db = database.prisma;
const DAY_MS = 86_400_000;
const later = (days: number) => new Date(NOON.getTime() + days * DAY_MS);
const chat = () => ({ accountId: randomUUID(), address: 'a1b2c3d4e5f60718293a' });
const button = (action: string, label = action) => ({ action, label });
const same = (a: string, b: string) => a.toLowerCase() === b.toLowerCase();
const offer = async (to: ReturnType<typeof chat>, ...actions: string[]) =>
  (
    await offerChoices(
      db,
      to,
      actions.map((action) => button(action)),
      NOON,
    )
  ).map(({ number }) => number);
const read = async (from: ReturnType<typeof chat>, text: string, at = NOON) => {
  const chosen = await readChoice(db, from, text, at, same);
  return chosen && chosen !== 'unknown' ? chosen.action : chosen;
};

describe('A numbered choice', () => {
  it('has a number of its own in its chat, whatever is offered later; another chat has its own', async () => {
    const [one, other] = [chat(), chat()];
    expect(await offer(one, 'a', 'b')).toEqual([1, 2]);
    expect(await offer(one, 'c')).toEqual([3]);
    expect(await offer(other, 'x')).toEqual([1]);
    expect(await Promise.all(['1', ' 2. ', '3)', '4'].map((text) => read(one, text)))).toEqual([
      'a',
      'b',
      'c',
      'unknown',
    ]);
    expect(await read(other, '1')).toBe('x');
  });

  it('keeps its number when it is offered again, as a message is that has to be sent twice', async () => {
    const one = chat();
    await offer(one, 'a', 'b');
    expect(await offer(one, 'b', 'c')).toEqual([2, 3]);
  });

  it('may be answered with its words; the newest that has them counts', async () => {
    const one = chat();
    await offerChoices(db, one, [button('ack:1', 'Đã nhận')], NOON);
    await offerChoices(db, one, [button('ack:2', 'Đã nhận')], NOON);
    expect(await read(one, 'đã nhận')).toBe('ack:2');
    expect(await read(one, 'Con tôi ốm')).toBeNull();
    expect(await read(one, '0912345678'), 'a phone number is no choice').toBeNull();
  });

  it('gives its number away after 99 others, and means nothing after sixty days', async () => {
    const one = chat();
    await offer(one, ...Array.from({ length: 99 }, (_, index) => `old${index + 1}`));
    expect(await offer(one, 'new')).toEqual([1]);
    expect(await read(one, '1')).toBe('new');
    expect(await read(one, '2')).toBe('old2');
    expect(await db.chatChoice.count({ where: one })).toBe(99);
    expect(await read(one, '2', later(59))).toBe('old2');
    expect(await read(one, '2', later(60))).toBe('unknown');
  });

  it('never shares its number with one that is offered at the same moment', async () => {
    const one = chat();
    const numbers = await Promise.all(
      Array.from({ length: 20 }, (_, index) => offer(one, `a${index}`, `b${index}`)),
    );
    expect(new Set(numbers.flat()).size).toBe(40);
    expect(await read(one, String(numbers[7]?.[1]))).toBe('b7');
  });
});
