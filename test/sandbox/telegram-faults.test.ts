import { describe, expect, it } from 'vitest';
import type { FaultKind } from '../../src/sandbox/index.ts';
import { until } from '../harness/until.ts';
import { botUnderTest, refusalOf } from './bot-under-test.ts';

async function openChat() {
  const under = await botUnderTest();
  under.telegram.person('7').start();
  return under;
}

describe('scripted faults', () => {
  it('answers any status with any words, once', async () => {
    const { telegram, send } = await openChat();
    const fault = telegram.fault({ kind: 'status', status: 502, description: 'Bad Gateway' });
    expect(await refusalOf(send.sendMessage('7', 'x'))).toMatchObject({
      code: 502,
      description: 'Bad Gateway',
    });
    await send.sendMessage('7', 'x');
    expect(fault.hits).toBe(1);
    expect(telegram.refusals).toEqual({ 502: 1 });
  });

  it('asks to wait', async () => {
    const { telegram, send } = await openChat();
    telegram.fault({ kind: 'retry-after', seconds: 17 });
    expect(await refusalOf(send.sendMessage('7', 'x'))).toMatchObject({
      code: 429,
      parameters: { retry_after: 17 },
    });
  });

  it.each<[FaultKind, number]>([
    ['reset-before', 0],
    ['reset-after-accept', 1],
    ['html-200', 0],
  ])('%s is a failure without a code, and %d accepted', async (kind, accepted) => {
    const { telegram, send } = await openChat();
    telegram.fault({ kind });
    await expect(send.sendMessage('7', 'x')).rejects.toMatchObject({ name: 'FetchError' });
    expect(telegram.acceptedCount).toBe(accepted);
    expect(telegram.person('7').messages()).toHaveLength(1 + accepted);
  });

  it.each<[FaultKind, number]>([
    ['hang', 0],
    ['hang-after-accept', 1],
  ])('%s never answers, and %d accepted', async (kind, accepted) => {
    const { telegram, send } = await openChat();
    const fault = telegram.fault({ kind });
    const patience = new AbortController();
    // Telegraf's types want the signal of another package.
    const call = send.callApi(
      'sendMessage',
      { chat_id: '7', text: 'x' },
      { signal: patience.signal as never },
    );
    const ended = expect(call).rejects.toMatchObject({ name: 'AbortError' });
    await until('the fault has struck', () => fault.hits === 1);
    patience.abort();
    await ended;
    expect(telegram.acceptedCount).toBe(accepted);
  });

  it('hits what it is told to, as often as told, until it is removed', async () => {
    const { telegram, send } = await openChat();
    telegram.person('8').start();
    const only8 = telegram.fault({
      kind: 'status',
      status: 403,
      times: Number.POSITIVE_INFINITY,
      match: (_, payload) => String(payload.chat_id) === '8',
    });
    await send.sendMessage('7', 'x');
    await refusalOf(send.sendMessage('8', 'x'));
    await refusalOf(send.sendMessage('8', 'x'));
    only8.remove();
    await send.sendMessage('8', 'x');
    expect(only8.hits).toBe(2);
  });

  it('leaves getUpdates alone unless asked', async () => {
    const { telegram, send } = await openChat();
    telegram.fault({ kind: 'status', status: 500 });
    expect(await send.callApi('getUpdates', {})).toHaveLength(1);
    telegram.clearFaults();
    telegram.fault({ kind: 'status', status: 500, match: (method) => method === 'getUpdates' });
    expect(await refusalOf(send.callApi('getUpdates', {}))).toMatchObject({ code: 500 });
  });
});
