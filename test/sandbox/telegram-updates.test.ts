import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { until } from '../harness/until.ts';
import { botUnderTest, refusalOf } from './bot-under-test.ts';

type Update = { update_id: number; message?: { text: string } };

describe('getUpdates', () => {
  it('gives updates again until an offset confirms them', async () => {
    const { telegram, send } = await botUnderTest();
    const lan = telegram.person('7');
    lan.start('ABCD2345');
    lan.type('Xin chào');
    const poll = (params: object) => send.callApi('getUpdates', params) as unknown as Promise<Update[]>;
    const first = await poll({});
    expect(first.map(({ message }) => message?.text)).toEqual(['/start ABCD2345', 'Xin chào']);
    expect(await poll({ limit: 1 })).toEqual(first.slice(0, 1));
    const second = first[1]?.update_id ?? 0;
    expect(await poll({ offset: second })).toEqual(first.slice(1));
    expect(await poll({ offset: second + 1 })).toEqual([]);
    expect(telegram.pendingUpdates()).toEqual([]);
  });

  it('waits for something to come, and at most so long as asked', async () => {
    const { telegram, send } = await botUnderTest();
    const waiting = send.callApi('getUpdates', { timeout: 20 });
    await until('the poll has arrived', () => telegram.calls.getUpdates === 1);
    telegram.person('7').start();
    expect(await waiting).toHaveLength(1);
    expect(await send.callApi('getUpdates', { offset: -1, timeout: 0 })).toHaveLength(1);
  });

  it('forgets all but the last ones for an offset below zero', async () => {
    const { telegram, send } = await botUnderTest();
    const lan = telegram.person('7');
    lan.start();
    lan.type('một');
    lan.type('hai');
    const last = (await send.callApi('getUpdates', { offset: -1 })) as unknown as Update[];
    expect(last.map(({ message }) => message?.text)).toEqual(['hai']);
    expect(telegram.pendingUpdates()).toHaveLength(1);
  });

  it('makes only the kinds that were asked for', async () => {
    const { telegram, send } = await botUnderTest();
    await send.callApi('getUpdates', { allowed_updates: ['message'] });
    const lan = telegram.person('7');
    lan.start();
    lan.block();
    expect(telegram.pendingUpdates().map((update) => Object.keys(update)[1])).toEqual(['message']);
  });

  it('ends the older of two polls with 409', async () => {
    const { telegram, send } = await botUnderTest();
    const older = refusalOf(send.callApi('getUpdates', { timeout: 20 }));
    await until('the poll has arrived', () => telegram.calls.getUpdates === 1);
    const newer = send.callApi('getUpdates', { timeout: 20 });
    expect(await older).toMatchObject({
      code: 409,
      description:
        'Conflict: terminated by other getUpdates request; make sure that only one bot instance is running',
    });
    telegram.person('7').start();
    expect(await newer).toHaveLength(1);
  });

  it('is refused while a webhook is set', async () => {
    const { send } = await botUnderTest();
    await send.setWebhook('http://127.0.0.1:9/hook');
    expect(await refusalOf(send.callApi('getUpdates', {}))).toMatchObject({
      code: 409,
      description:
        "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first",
    });
    await send.deleteWebhook();
    expect(await send.callApi('getUpdates', {})).toEqual([]);
  });
});

/** An address that answers as told and keeps what came. */
async function webhookServer(answer: (res: ServerResponse, nth: number) => void) {
  const came: { secret: string | undefined; update: Update }[] = [];
  const server = createServer(async (req: IncomingMessage, res) => {
    const chunks: Buffer[] = [];
    for await (const chunk of req) chunks.push(chunk as Buffer);
    const secret = req.headers['x-telegram-bot-api-secret-token'];
    came.push({
      secret: Array.isArray(secret) ? secret[0] : secret,
      update: JSON.parse(Buffer.concat(chunks).toString()) as Update,
    });
    answer(res, came.length);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { came, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook` };
}

describe('webhook', () => {
  it('brings updates in order with the secret, and the same one again until it is taken', async () => {
    const { telegram, send } = await botUnderTest({ webhookBackoffMs: 1 });
    const hook = await webhookServer((res, nth) => res.writeHead(nth <= 2 ? 500 : 200).end());
    await send.setWebhook(hook.url, { secret_token: 'bi_mat-1' });
    const lan = telegram.person('7');
    lan.start();
    lan.type('một');
    lan.type('hai');
    await until('all were taken', () => telegram.pendingUpdates().length === 0);
    expect(hook.came.map(({ update }) => update.message?.text)).toEqual([
      '/start',
      '/start',
      '/start',
      'một',
      'hai',
    ]);
    expect(new Set(hook.came.map(({ secret }) => secret))).toEqual(new Set(['bi_mat-1']));
    const info = await send.getWebhookInfo();
    expect(info).toMatchObject({ url: hook.url, pending_update_count: 0 });
    expect(info.last_error_message).toMatch(/^Wrong response from the webhook: 500/);
  });

  it('carries out the call that an answer holds', async () => {
    const { telegram, send } = await botUnderTest();
    const hook = await webhookServer((res) =>
      res
        .setHeader('content-type', 'application/json')
        .end('{"method":"sendMessage","chat_id":7,"text":"Chào"}'),
    );
    await send.setWebhook(hook.url);
    telegram.person('7').start();
    await until('the answer was carried out', () => telegram.acceptedCount === 1);
    expect(telegram.person('7').messages().at(-1)?.text).toBe('Chào');
  });

  it('takes plain http on this machine only, and a secret of the allowed letters only', async () => {
    const { send } = await botUnderTest();
    for (const url of ['http://truong.edu.vn/hook', 'ftp://127.0.0.1/x', 'hook']) {
      expect((await refusalOf(send.setWebhook(url))).description).toBe(
        'Bad Request: bad webhook: An HTTPS URL must be provided for webhook',
      );
    }
    const badSecret = send.setWebhook('https://truong.edu.vn/hook', { secret_token: 'bí mật' });
    expect((await refusalOf(badSecret)).code).toBe(400);
  });

  it('drops what waits when asked to', async () => {
    const { telegram, send } = await botUnderTest();
    telegram.person('7').start();
    await send.deleteWebhook({ drop_pending_updates: true });
    expect(telegram.pendingUpdates()).toEqual([]);
  });
});
