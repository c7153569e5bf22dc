import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startZaloBot, type ZaloBotOptions, type ZaloBotSandbox } from '../../src/sandbox/index.ts';
import { until } from '../harness/index.ts';

const TOKEN = '7100000001:ZALO-this_is_the_tokens_secret_part_x';
let zalo: ZaloBotSandbox;
let more: { close(): unknown }[];
const start = (options: Partial<ZaloBotOptions> = {}) =>
  startZaloBot({ token: TOKEN, name: 'Bot thử', ...options });

beforeEach(async () => {
  zalo = await start();
  more = [];
});
afterEach(async () => {
  await zalo.stop();
  for (const one of more) await one.close();
});

type Said = { ok: boolean; error_code?: number; description?: string; result?: Record<string, unknown> };

/** A call as a client makes it; the status is always 200. */
async function call(method: string, payload: unknown = {}, { at = zalo, token = TOKEN } = {}): Promise<Said> {
  const answer = await fetch(`${at.root}/bot${token}/${method}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(payload),
  });
  expect(answer.status).toBe(200);
  return (await answer.json()) as Said;
}
const opened = (at = zalo) => {
  const person = at.person();
  person.type('Xin chào');
  return person;
};
const refused = (code: number) => expect.objectContaining({ ok: false, error_code: code });
const site = async (type: string, body: Buffer): Promise<string> => {
  const server = createServer((_, res) => void res.writeHead(200, { 'content-type': type }).end(body));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  more.push({ close: () => [server.closeAllConnections(), server.close()] });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/anh.png`;
};
const PNG = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

describe('The stand-in of the Bot Platform', () => {
  it('says no with HTTP 200: wrong token, wrong path, a method in other letters', async () => {
    expect(await call('getMe', {}, { token: `${TOKEN}y` })).toEqual(refused(401));
    expect(await call('getme')).toEqual(refused(400));
    expect(await call('sendDocument')).toEqual(refused(400));
    expect(zalo.refusals).toEqual({ 400: 2, 401: 1 });
  });

  it('tells who the bot is, the same after a restart', async () => {
    const { result } = await call('getMe');
    expect(result).toEqual({
      id: zalo.id,
      account_name: 'Bot thử',
      account_type: 'BASIC',
      can_join_groups: false,
    });
    const again = await start();
    more.push({ close: () => again.stop() });
    expect(again.id).toBe(zalo.id);
  });

  it('takes parameters as JSON, as a form and in the query', async () => {
    const { chatId: chat_id } = opened();
    const url = `${zalo.root}/bot${TOKEN}/sendMessage`;
    const form = await fetch(url, { method: 'POST', body: new URLSearchParams({ chat_id, text: 'một' }) });
    expect(((await form.json()) as Said).ok).toBe(true);
    const query = await fetch(`${url}?${new URLSearchParams({ chat_id, text: 'hai' })}`);
    expect(((await query.json()) as Said).ok).toBe(true);
    expect((await call('sendMessage', { chat_id, text: 'ba' })).ok).toBe(true);
    expect(zalo.accepted.map(({ text }) => text)).toEqual(['một', 'hai', 'ba']);
  });

  it.each<[string, object]>([
    ['no chat', { chat_id: undefined, text: 'một' }],
    ['a chat that is a number', { chat_id: 12_345, text: 'một' }],
    ['a chat that nobody opened', { chat_id: 'ffffffffffffffffffff', text: 'một' }],
    ['no text', {}],
    ['an empty text', { text: ' ' }],
    ['2 001 letters', { text: 'ă'.repeat(2001) }],
    ['half a letter', { text: 'một \ud83d' }],
    ['another parse_mode', { text: 'một', parse_mode: 'MarkdownV2' }],
    ['open tags', { text: '<b>một', parse_mode: 'html' }],
    ['a style beyond the text', { text: 'một', text_styles: [{ start: 1, len: 3, st: ['b'] }] }],
    ['a style of no length', { text: 'một', text_styles: [{ start: 0, len: 0, st: ['b'] }] }],
    ['a style code that does not exist', { text: 'một', text_styles: [{ start: 0, len: 1, st: ['bold'] }] }],
  ])('refuses %s', async (_, payload) => {
    const { chatId: chat_id } = opened();
    expect(await call('sendMessage', { chat_id, ...payload })).toEqual(refused(404));
    expect(zalo.accepted).toEqual([]);
  });

  it('takes 2 000 letters, styles by place and as markup, and lets parse_mode win', async () => {
    const person = opened();
    const { chatId: chat_id } = person;
    expect((await call('sendMessage', { chat_id, text: 'ă'.normalize('NFD').repeat(2000) })).ok).toBe(true);
    const text_styles = [{ start: 0, len: 3, st: ['b', 'c_db342e'] }];
    await call('sendMessage', { chat_id, text: 'một hai', text_styles });
    await call('sendMessage', { chat_id, text: '<i>một</i> hai', parse_mode: 'html', text_styles });
    expect(
      person
        .messages()
        .slice(-2)
        .map(({ text, entities }) => [text, entities]),
    ).toEqual([
      ['một hai', [{ type: 'bold', offset: 0, length: 3 }]],
      ['một hai', [{ type: 'italic', offset: 0, length: 3 }]],
    ]);
  });

  it('takes a photo by an address that it can open, and nothing else', async () => {
    const person = opened();
    const { chatId: chat_id } = person;
    const photo = await site('image/png', PNG);
    expect((await call('sendPhoto', { chat_id, photo, caption: 'Mã QR' })).ok).toBe(true);
    expect(person.messages().at(-1)).toMatchObject({
      text: 'Mã QR',
      photo: { base64: PNG.toString('base64') },
    });
    for (const bad of [
      `data:image/png;base64,${PNG.toString('base64')}`,
      PNG.toString('base64'),
      'http://192.168.1.7/anh.png',
      'http://127.0.0.1:1/anh.png',
      await site('text/html', PNG),
      await site('image/png', Buffer.from('no picture')),
    ])
      expect(await call('sendPhoto', { chat_id, photo: bad }), bad).toEqual(refused(404));
    expect(await call('sendPhoto', { chat_id, photo, caption: 'ă'.repeat(2001) })).toEqual(refused(404));
    const form = new FormData();
    form.append('chat_id', chat_id);
    form.append('photo', new Blob([PNG], { type: 'image/png' }), 'anh.png');
    const upload = await fetch(`${zalo.root}/bot${TOKEN}/sendPhoto`, { method: 'POST', body: form });
    expect(await upload.json()).toEqual(refused(404));
    expect(zalo.accepted).toHaveLength(1);
  });

  it('gives each update once, one per call, and 408 when there is none', async () => {
    const person = zalo.person('a1b2c3d4e5f60718293a', 'Chị Lan');
    person.type('#AB12CD34');
    person.send('unsupported');
    const { result } = await call('getUpdates', { timeout: '5' });
    expect(result).toEqual({
      event_name: 'message.text.received',
      message: {
        from: { id: person.chatId, display_name: 'Chị Lan', is_bot: false },
        chat: { id: person.chatId, chat_type: 'PRIVATE' },
        text: '#AB12CD34',
        message_id: person.messages()[0]?.messageId,
        date: person.messages()[0]?.at,
      },
    });
    expect((await call('getUpdates', { timeout: 5 })).result).toMatchObject({
      event_name: 'message.unsupported.received',
    });
    expect(await call('getUpdates', { timeout: 0 })).toEqual(refused(408));
  });

  it('loses updates that nobody fetches in time', async () => {
    let now = Date.UTC(2026, 9, 5);
    const forgetful = await start({ clock: () => now, keepUpdatesMs: 60_000 });
    more.push({ close: () => forgetful.stop() });
    opened(forgetful);
    now += 60_001;
    expect(forgetful.pendingUpdates).toBe(0);
    expect(await call('getUpdates', { timeout: 0 }, { at: forgetful })).toEqual(refused(408));
  });

  it('brings updates to a webhook instead, once, and is not to be polled meanwhile', async () => {
    const seen: { secret: unknown; body: Said }[] = [];
    const server = createServer((req, res) => {
      let text = '';
      req.on('data', (chunk) => {
        text += String(chunk);
      });
      req.on('end', () => {
        seen.push({ secret: req.headers['x-bot-api-secret-token'], body: JSON.parse(text) as Said });
        res.writeHead(seen.length === 1 ? 200 : 500).end();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    more.push({ close: () => [server.closeAllConnections(), server.close()] });
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/zalo`;
    const secret_token = 'eight or more';
    for (const bad of [
      { url, secret_token: 'seven77' },
      { url: 'http://truong.example/zalo', secret_token },
      { url: 'zalo', secret_token },
      { url },
    ])
      expect(await call('setWebhook', bad)).toEqual(refused(404));
    expect((await call('setWebhook', { url, secret_token })).result).toMatchObject({
      url,
      verification: { ok: true, outcome: 'webhook.ok' },
    });
    expect(await call('getUpdates', { timeout: 0 })).toEqual(refused(404));
    const person = opened();
    await until('the update is brought', () => zalo.deliveries.length === 1);
    expect(seen[1]).toMatchObject({
      secret: secret_token,
      body: { ok: true, result: { message: { text: 'Xin chào' } } },
    });
    // It was answered with 500: whether Zalo tries again is not documented, so it does not here.
    person.type('Còn ai không?');
    await until('the next one is brought', () => zalo.deliveries.length === 2);
    expect(seen.map(({ body }) => (body.result?.message as { text?: string } | undefined)?.text)).toEqual([
      undefined,
      'Xin chào',
      'Còn ai không?',
    ]);
    expect((await call('deleteWebhook')).result).toMatchObject({ url: '' });
    expect((await call('getWebhookInfo')).result).toMatchObject({ url: '' });
  });

  it('keeps a webhook’s address although nobody answers there, and says so', async () => {
    const answer = await call('setWebhook', {
      url: 'http://127.0.0.1:1/zalo',
      secret_token: 'eight or more',
    });
    expect(answer.result).toMatchObject({ verification: { ok: false, outcome: 'webhook.err.unreachable' } });
    expect((await call('getWebhookInfo')).result).toMatchObject({ url: 'http://127.0.0.1:1/zalo' });
  });

  it('writes to 50 users and 3 000 times a month, and not beyond', async () => {
    let now = Date.UTC(2026, 9, 31, 16, 59);
    const small = await start({ maxUsers: 2, maxMonthlyMessages: 4, clock: () => now });
    more.push({ close: () => small.stop() });
    const [a, b, c] = [opened(small), opened(small), opened(small)];
    const send = (chat_id: string) => call('sendMessage', { chat_id, text: 'một' }, { at: small });
    for (const one of [a, b, a]) expect((await send(one.chatId)).ok).toBe(true);
    expect(await send(c.chatId)).toEqual(refused(429));
    expect((await send(b.chatId)).ok).toBe(true);
    expect(await send(a.chatId)).toEqual(refused(429));
    now += 60_000;
    expect((await send(a.chatId)).ok).toBe(true);
    expect(small.used).toEqual({ users: 2, messages: 1 });
  });

  it('knows its chats and what is used again after it was killed', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'lienlac-zalo-'));
    more.push({ close: () => rm(folder, { recursive: true, force: true }) });
    const journal = join(folder, 'zalo.jsonl');
    const before = await start({ journal });
    const { chatId: chat_id } = opened(before);
    await call('sendMessage', { chat_id, text: 'một' }, { at: before });
    await before.stop();
    const after = await start({ journal });
    more.push({ close: () => after.stop() });
    expect(
      after
        .person(chat_id)
        .messages()
        .map(({ text }) => text),
    ).toEqual(['Xin chào', 'một']);
    expect(after.used).toEqual({ users: 1, messages: 1 });
    expect((await call('sendMessage', { chat_id, text: 'hai' }, { at: after })).ok).toBe(true);
  });
});
