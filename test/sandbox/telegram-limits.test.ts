import { describe, expect, it } from 'vitest';
import { Limits } from '../../src/sandbox/telegram/limits.ts';
import { botUnderTest, refusalOf } from './bot-under-test.ts';

describe('pace', () => {
  it('lets no second hold more than its messages, wherever it begins', () => {
    const limits = new Limits({ perSecond: 3, perChatMs: 0, perChatBurst: 1 });
    const taken = [0, 400, 800, 999, 1000, 1399, 1400, 1500, 1800].filter(
      (now) => limits.take('7', now) === 0,
    );
    expect(taken).toEqual([0, 400, 800, 1000, 1400, 1800]);
  });

  it('keeps a chat at its distance, but lets a burst through when allowed', () => {
    const strict = new Limits({ perSecond: 0, perChatMs: 1000, perChatBurst: 1 });
    expect([0, 999, 1000, 2500].map((now) => strict.take('7', now))).toEqual([0, 1, 0, 0]);
    expect(strict.take('8', 2500)).toBe(0);
    const lenient = new Limits({ perSecond: 0, perChatMs: 1000, perChatBurst: 3 });
    expect([0, 0, 0, 0, 1000].map((now) => lenient.take('7', now))).toEqual([0, 0, 0, 1, 0]);
  });

  it('answers 429 with the seconds to wait, and takes the message after them', async () => {
    let now = 1_000_000;
    const { telegram, send } = await botUnderTest({ perSecond: 30, perChatMs: 3000, clock: () => now });
    telegram.person('7').start();
    await send.sendMessage('7', 'một');
    now += 10;
    expect(await refusalOf(send.sendMessage('7', 'hai'))).toEqual({
      code: 429,
      description: 'Too Many Requests: retry after 3',
      parameters: { retry_after: 3 },
    });
    now += 3000;
    await send.sendMessage('7', 'hai');
    expect(telegram.maxInWindow(3000, '7')).toBe(1);
    expect(telegram.refusals).toEqual({ 429: 1 });
  });

  it('holds the whole bot at 30 a second by default', async () => {
    const { telegram, send } = await botUnderTest({ perSecond: 30, perChatMs: 0, clock: () => 5000 });
    telegram.openChats(Array.from({ length: 31 }, (_, i) => String(i + 1)));
    const calls = Array.from({ length: 31 }, (_, i) => send.sendMessage(String(i + 1), 'x'));
    const outcomes = await Promise.allSettled(calls);
    expect(outcomes.filter(({ status }) => status === 'rejected')).toHaveLength(1);
    expect(telegram.maxInWindow(1000)).toBe(30);
  });

  it('does not count a refused message', async () => {
    const { telegram, send } = await botUnderTest({ perSecond: 1, clock: () => 5000 });
    telegram.person('7').start();
    await refusalOf(send.sendMessage('7', '<b>', { parse_mode: 'HTML' }));
    await send.sendMessage('7', 'x');
  });

  it('keeps only instants in compact mode', async () => {
    const { telegram, send } = await botUnderTest({ compact: true });
    telegram.openChats(['7']);
    await Promise.all(Array.from({ length: 200 }, () => send.sendMessage('7', 'x')));
    expect(telegram.accepted).toEqual([]);
    expect(telegram.acceptedCount).toBe(200);
    expect(telegram.maxInWindow(60_000)).toBe(200);
    expect(telegram.person('7').messages()).toEqual([]);
  });
});
