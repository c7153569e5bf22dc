import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import pino from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type Connection,
  type Message,
  openLedger,
  type ZaloBotSettings,
  zaloBot,
} from '../../src/channels/index.ts';
import { startZaloBot, type ZaloBotOptions, type ZaloBotSandbox } from '../../src/sandbox/index.ts';
import { minutes, NOON, testDatabase, until } from '../harness/index.ts';
import { channelContract, type Rig } from './contract.ts';

const database = await testDatabase();
const TOKEN = '7100000001:ZALO-this_is_the_tokens_secret_part_x';
const start = (more: Partial<ZaloBotOptions> = {}) =>
  startZaloBot({ token: TOKEN, name: 'Bot Trường Hoa Mai', ...more });
const patience = () => AbortSignal.timeout(5000);
const textTo = (address: string, ...texts: string[]): Message => ({
  address,
  parts: texts.map((text) => ({ markup: text, plain: text })),
  deliveryId: '1',
});
/** A PNG of one point. */
const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==',
  'base64',
);

let now = NOON;
let log: Record<string, unknown>[] = [];
const settingsFor = (apiRoot: string, more: Partial<ZaloBotSettings> = {}): ZaloBotSettings => ({
  apiRoot,
  clock: { now: () => now },
  caps: { users: 50, messagesAMonth: 3000 },
  ledger: openLedger(
    database.prisma,
    { now: () => now },
    pino({ level: 'debug' }, { write: (line: string) => void log.push(JSON.parse(line)) }),
  ),
  show: async () => null,
  reaches: () => true,
  mediaHosts: [],
  ...more,
});
const accountOf = (sandbox: ZaloBotSandbox) => ({
  id: randomUUID(),
  name: `${sandbox.name} (${sandbox.id})`,
  secret: TOKEN,
  settings: {},
});

async function makeRig(): Promise<Rig> {
  const sandbox = await start();
  const account = accountOf(sandbox);
  const parent = sandbox.person();
  parent.type('Xin chào');
  return {
    channel: zaloBot(settingsFor(sandbox.root)),
    account,
    wrongAccount: { ...account, secret: `${TOKEN.slice(0, -1)}y` },
    nobodyThere: { channel: zaloBot(settingsFor('http://127.0.0.1:1')), account },
    secrets: [TOKEN, TOKEN.slice(12)],
    message: textTo(parent.chatId, 'Nghỉ học ngày mai'),
    unknownAddress: 'ffffffffffffffffffff',
    turnAway: () => {
      parent.block();
      return 'gone';
    },
    accepted: () => sandbox.accepted.map(({ chatId, messageId }) => ({ address: chatId, id: messageId })),
    misbehave: {
      throttled: () => sandbox.fault({ kind: 'retry-after' }),
      broken: () => sandbox.fault({ kind: 'status', status: 403 }),
      hangs: () => sandbox.fault({ kind: 'hang' }),
      hangsAfterAccepting: () => sandbox.fault({ kind: 'hang-after-accept' }),
      cutsBeforeAccepting: () => sandbox.fault({ kind: 'reset-before' }),
      cutsAfterAccepting: () => sandbox.fault({ kind: 'reset-after-accept' }),
    },
    stop: () => sandbox.stop(),
  };
}

channelContract('zalo-bot', makeRig);

describe('Zalo Bot', () => {
  let sandbox: ZaloBotSandbox;
  let connection: Connection;
  let account: ReturnType<typeof accountOf>;
  let opened: { close(): Promise<void> }[];
  const open = (more: Partial<ZaloBotSettings> = {}, id = account.id): Connection => {
    const one = zaloBot(settingsFor(sandbox.root, more)).open({ ...account, id });
    opened.push(one);
    return one;
  };
  beforeEach(async () => {
    now = NOON;
    log = [];
    opened = [];
    sandbox = await start({ clock: () => now.getTime() });
    account = accountOf(sandbox);
    connection = open();
  });
  afterEach(async () => {
    for (const one of opened) await one.close();
    await sandbox.stop();
  });
  const parent = () => {
    const person = sandbox.person();
    person.type('Xin chào');
    return person;
  };

  describe('sends', () => {
    it('the parts of a long text in order, bold where the text is bold, whatever the text looks like', async () => {
      const person = parent();
      const second = { markup: '', plain: 'Lớp <b>6A1</b> **họp**', bold: [{ start: 4, length: 10 }] };
      const message = { ...textTo(person.chatId, 'một'), parts: [{ markup: '', plain: 'một' }, second] };
      expect(await connection.send(message, patience())).toMatchObject({
        kind: 'accepted',
        partsSent: 2,
        providerId: sandbox.accepted[1]?.messageId,
      });
      const [, one, two] = person.messages();
      expect([one?.text, one?.entities]).toEqual(['một', []]);
      expect([two?.text, two?.entities]).toEqual([
        'Lớp <b>6A1</b> **họp**',
        [{ type: 'bold', offset: 4, length: 10 }],
      ]);
    });

    it('on behind the parts that are out, after a failure', async () => {
      const { chatId } = parent();
      const message = textTo(chatId, 'một', 'hai');
      sandbox.fault({ kind: 'status', status: 403, match: (_, payload) => payload.text === 'hai' });
      const first = await connection.send(message, patience());
      expect(first).toMatchObject({ kind: 'retry', partsSent: 1 });
      const last = await connection.send({ ...message, partsSent: first.partsSent }, patience());
      expect(last).toMatchObject({ kind: 'accepted', partsSent: 2 });
      expect(sandbox.accepted.map(({ text }) => text)).toEqual(['một', 'hai']);
    });

    it('a picture with the last part, by the address where it is shown', async () => {
      const served: string[] = [];
      const site = createServer((req, res) => {
        served.push(req.url ?? '');
        res.writeHead(200, { 'content-type': 'image/png' }).end(PNG);
      });
      await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve));
      const url = `http://127.0.0.1:${(site.address() as AddressInfo).port}/pictures/token`;
      const person = parent();
      const picture = { png: PNG, alt: 'Mã QR' };
      const showing = open({ show: async (png) => (png.equals(PNG) ? url : null) });
      expect(
        await showing.send({ ...textTo(person.chatId, 'một', 'hai'), picture }, patience()),
      ).toMatchObject({
        kind: 'accepted',
        partsSent: 2,
      });
      expect(sandbox.accepted.map(({ method, text }) => [method, text])).toEqual([
        ['sendMessage', 'một'],
        ['sendPhoto', 'hai'],
      ]);
      expect(person.messages().at(-1)?.photo).toEqual({ type: 'image/png', base64: PNG.toString('base64') });
      expect(served).toEqual(['/pictures/token']);
      site.closeAllConnections();
      site.close();
    });

    it('the text alone when Zalo cannot fetch the picture, and what is on it when there is no text', async () => {
      const { chatId } = parent();
      const picture = { png: PNG, alt: 'Mã QR để nộp tiền' };
      const gone = open({ show: async () => 'http://127.0.0.1:1/pictures/gone' });
      expect(await gone.send({ ...textTo(chatId, 'một'), picture }, patience())).toMatchObject({
        kind: 'accepted',
        partsSent: 1,
      });
      const broken = open({ show: () => Promise.reject(new Error('the database is away')) });
      expect(await broken.send({ ...textTo(chatId), picture }, patience())).toMatchObject({
        kind: 'accepted',
      });
      expect(sandbox.accepted.map(({ method, text }) => [method, text])).toEqual([
        ['sendMessage', 'một'],
        ['sendMessage', 'Mã QR để nộp tiền'],
      ]);
      expect(await gone.usage?.()).toContainEqual({ what: 'messages', used: 2, most: 3000 });
    });

    it('the text alone when there is no address that Zalo could reach', async () => {
      const { chatId } = parent();
      const picture = { png: PNG, alt: 'Mã QR' };
      expect(await connection.send({ ...textTo(chatId, 'một'), picture }, patience())).toMatchObject({
        kind: 'accepted',
      });
      expect(sandbox.accepted.map(({ method }) => method)).toEqual(['sendMessage']);
    });
  });

  it.each<[string, { status: number; description?: string }, object]>([
    [
      'an address that does not exist',
      { status: 404, description: 'Chat not found' },
      { kind: 'rejected', reason: 'addressUnknown', contact: 'gone' },
    ],
    [
      'an invalid request',
      { status: 404, description: 'Invalid request' },
      { kind: 'rejected', reason: 'refused' },
    ],
    ['a bad path', { status: 400 }, { kind: 'rejected', reason: 'badContent' }],
    ['a token that is not taken', { status: 401 }, { kind: 'person', reason: 'channelStopped' }],
    [
      'its own trouble',
      { status: 403 },
      { kind: 'retry', scope: 'delivery', reason: 'channelDown', inDoubt: true },
    ],
    ['a request that took too long', { status: 408 }, { kind: 'retry', reason: 'timedOut', inDoubt: true }],
    [
      'a quota or haste',
      { status: 429 },
      { kind: 'retry', scope: 'lane', reason: 'channelBusy', afterMs: 60_000 },
    ],
    [
      'trouble of a kind that is not documented',
      { status: 503 },
      { kind: 'retry', reason: 'channelDown', inDoubt: true },
    ],
    ['something new', { status: 499 }, { kind: 'rejected', reason: 'refused' }],
  ])('reads %s in a body that came with HTTP 200', async (_, fault, expected) => {
    const { chatId } = parent();
    sandbox.fault({ kind: 'status', ...fault });
    const outcome = await connection.send(textTo(chatId, 'một'), patience());
    expect(outcome).toMatchObject(expected);
    if (outcome.kind === 'rejected' && outcome.reason !== 'addressUnknown')
      expect(outcome, 'only words about the chat end a contact').not.toHaveProperty('contact');
  });

  it('takes a page that is not the API’s as nothing sent, but a gateway’s failure as in doubt', async () => {
    const { chatId } = parent();
    sandbox.fault({ kind: 'html-200' });
    expect(await connection.send(textTo(chatId, 'một'), patience())).toMatchObject({
      kind: 'retry',
      reason: 'channelDown',
      inDoubt: false,
    });
    sandbox.fault({ kind: 'html-200', status: 502 });
    expect(await connection.send(textTo(chatId, 'một'), patience())).toMatchObject({ inDoubt: true });
  });

  describe('hears', () => {
    it('one update per poll, and takes 408 for an empty one', async () => {
      const person = sandbox.person(undefined, 'Chị Lan');
      person.type('#AB12CD34');
      person.send('sticker');
      const polls = [];
      for (let index = 0; index < 3; index++)
        polls.push(await connection.poll?.(null, index < 2 ? 5 : 0, AbortSignal.timeout(5000)));
      expect(polls.map((poll) => poll?.updates.length)).toEqual([1, 1, 0]);
      const [first, second] = polls.flatMap((poll) => poll?.updates ?? []);
      expect(first).toMatchObject({ chatKey: person.chatId, externalId: person.messages()[0]?.messageId });
      expect(connection.read?.(first?.payload)).toEqual({
        kind: 'text',
        address: person.chatId,
        text: '#AB12CD34',
        group: false,
      });
      expect(connection.read?.(second?.payload)).toEqual({ kind: 'other', address: person.chatId });
      expect(sandbox.refusals).toEqual({ 408: 1 });
    });

    it('a recording as what it cannot read, in a private chat', async () => {
      const person = sandbox.person(undefined, 'Chị Lan');
      person.send('voice');
      const { updates } = (await connection.poll?.(null, 5, AbortSignal.timeout(5000))) ?? { updates: [] };
      expect(updates.map(({ payload }) => connection.read?.(payload))).toEqual([
        { kind: 'unreadable', address: person.chatId },
      ]);
    });

    it('a group as a group, and what it does not know as something to keep', async () => {
      const group = sandbox.group();
      group.type('@Bot xin chào');
      sandbox.tell({ event_name: 'message.hologram.received', message: { chat: { id: 'x' }, shape: 3 } });
      const heard = [];
      for (let index = 0; index < 2; index++)
        heard.push(...((await connection.poll?.(null, 5, AbortSignal.timeout(5000)))?.updates ?? []));
      expect(connection.read?.(heard[0]?.payload)).toMatchObject({ kind: 'text', group: true });
      expect(heard[1]).toMatchObject({ chatKey: 'x', externalId: expect.stringMatching(/^[0-9a-f]{64}$/) });
      expect(connection.read?.(heard[1]?.payload)).toEqual({ kind: 'other', address: 'x' });
    });

    it('nothing while a webhook is set, and says that this is why', async () => {
      const { url, close } = await hook(() => 200);
      await connection.setWebhook?.(url, 'a secret of the test');
      await expect(connection.poll?.(null, 0, patience())).rejects.toMatchObject({ kind: 'webhookActive' });
      await connection.setWebhook?.(null, '');
      expect(await connection.poll?.(null, 0, patience())).toEqual({ updates: [], cursor: null });
      close();
    });

    it('what a webhook brings as what a poll would have brought', async () => {
      const { url, bodies, secrets, close } = await hook(() => 200);
      await connection.setWebhook?.(url, 'a secret of the test');
      const person = sandbox.person();
      person.type('Xin chào');
      const body = await until('the update is delivered', () => bodies.find((one) => 'result' in one));
      expect(new Set(secrets)).toEqual(new Set(['a secret of the test']));
      const [update] = connection.received?.(body) ?? [];
      expect(update).toMatchObject({ chatKey: person.chatId });
      expect(connection.read?.(update?.payload)).toMatchObject({ kind: 'text', text: 'Xin chào' });
      expect(connection.received?.({})).toEqual([]);
      expect(connection.received?.(null)).toEqual([]);
      close();
    });

    it('that its webhook cannot be reached, although Zalo keeps the address', async () => {
      const { url, close } = await hook(() => 403);
      const set = connection.setWebhook?.(url, 'a secret of the test');
      await expect(set).rejects.toMatchObject({
        kind: 'refused',
        message: expect.stringContaining('http.403'),
      });
      close();
    });

    it('an end at once when the hub stops', async () => {
      const stop = new AbortController();
      const polling = connection.poll?.(null, 30, stop.signal);
      await until('the poll is there', () => sandbox.calls.getUpdates === 1);
      stop.abort();
      expect(await polling).toEqual({ updates: [], cursor: null });
    });
  });

  describe('and the caps of the free plan', () => {
    const tight = { caps: { users: 2, messagesAMonth: 5 } };
    const usedUp = { kind: 'rejected', reason: 'capReached' };
    const send = (chatId: string, via = connection) => via.send(textTo(chatId, 'một'), patience());

    it('are counted, and a message beyond the month is not sent until the next one begins at school', async () => {
      now = new Date('2026-10-31T16:59:00Z');
      const via = open(tight);
      const { chatId } = parent();
      for (let index = 0; index < 5; index++) expect((await send(chatId, via)).kind).toBe('accepted');
      expect(await via.usage?.()).toEqual([
        { what: 'users', used: 1, most: 2 },
        { what: 'messages', used: 5, most: 5 },
      ]);
      expect(await send(chatId, via)).toMatchObject(usedUp);
      expect(await via.hasRoomFor?.(chatId)).toBe(false);
      expect(sandbox.accepted).toHaveLength(5);
      now = new Date('2026-10-31T17:00:00Z');
      expect((await send(chatId, via)).kind).toBe('accepted');
      expect(await via.usage?.()).toContainEqual({ what: 'messages', used: 1, most: 5 });
    });

    it('leave a family beyond the last place unwritten, and the others served; its contact stays', async () => {
      const via = open(tight);
      const [a, b, c] = [parent(), parent(), parent()];
      for (const one of [a, b]) expect((await send(one.chatId, via)).kind).toBe('accepted');
      expect(await via.hasRoomFor?.(c.chatId)).toBe(false);
      expect(await via.hasRoomFor?.(a.chatId)).toBe(true);
      const beyond = await send(c.chatId, via);
      expect(beyond).toMatchObject(usedUp);
      expect(beyond).not.toHaveProperty('contact');
      expect((await send(a.chatId, via)).kind).toBe('accepted');
      expect(sandbox.calls.sendMessage).toBe(3);
    });

    it('are never passed by two workers at once', async () => {
      const caps = { users: 3, messagesAMonth: 7 };
      const workers = [open({ caps }), open({ caps }), open({ caps })];
      const people = Array.from({ length: 6 }, () => parent());
      const outcomes = await Promise.all(
        Array.from({ length: 30 }, (_, index) =>
          send(people[index % 6]?.chatId ?? '', workers[index % 3] ?? connection),
        ),
      );
      expect(outcomes.filter(({ kind }) => kind === 'accepted')).toHaveLength(7);
      expect(outcomes.filter((one) => one.kind === 'rejected' && one.reason === 'capReached')).toHaveLength(
        23,
      );
      expect(sandbox.accepted).toHaveLength(7);
      expect(new Set(sandbox.accepted.map(({ chatId }) => chatId)).size).toBeLessThanOrEqual(3);
      expect(await workers[0]?.usage?.()).toContainEqual({ what: 'messages', used: 7, most: 7 });
    });

    it('do not count what Zalo surely has not sent, and count what it may have', async () => {
      const via = open(tight);
      const person = parent();
      await send('ffffffffffffffffffff', via);
      sandbox.fault({ kind: 'status', status: 429 });
      await send(person.chatId, via);
      sandbox.fault({ kind: 'reset-before', match: () => true });
      expect(await via.usage?.()).toEqual([
        { what: 'users', used: 0, most: 2 },
        { what: 'messages', used: 0, most: 5 },
      ]);
      expect(await send(person.chatId, via)).toMatchObject({ kind: 'retry', inDoubt: true });
      expect(await via.usage?.()).toEqual([
        { what: 'users', used: 1, most: 2 },
        { what: 'messages', used: 1, most: 5 },
      ]);
    });

    it('are told in the log at four fifths and at the end, once each', async () => {
      const via = open({ caps: { users: 10, messagesAMonth: 5 } });
      const { chatId } = parent();
      for (let index = 0; index < 6; index++) await send(chatId, via);
      expect(log.map(({ msg, what, used, most }) => [msg, what, used, most])).toEqual([
        ['channel account: cap is near', 'messages', 4, 5],
        ['channel account: cap reached', 'messages', 5, 5],
      ]);
    });

    it('are believed to be used up when Zalo says 429 for minutes, whatever was counted here', async () => {
      const small = await start({ maxUsers: 1, clock: () => now.getTime() });
      const via = zaloBot(settingsFor(small.root)).open({ ...account, id: randomUUID() });
      opened.push(via, { close: () => small.stop() });
      const [first, second] = [small.person(), small.person()];
      for (const one of [first, second]) one.type('Xin chào');
      expect((await send(first.chatId, via)).kind).toBe('accepted');
      expect(await send(second.chatId, via)).toMatchObject({
        kind: 'retry',
        scope: 'lane',
        reason: 'channelBusy',
      });
      now = minutes(4);
      expect(await send(second.chatId, via)).toMatchObject({ kind: 'retry', scope: 'lane' });
      now = minutes(5);
      expect(await send(second.chatId, via)).toMatchObject(usedUp);
      expect((await send(first.chatId, via)).kind).toBe('accepted');
    });

    it('stop sending rather than being passed when they cannot be read', async () => {
      const ledger = {
        ...settingsFor('http://127.0.0.1:1').ledger,
        take: () => Promise.reject(new Error('away')),
      };
      const { chatId } = parent();
      expect(await send(chatId, open({ ledger }))).toMatchObject({
        kind: 'retry',
        reason: 'channelDown',
        inDoubt: false,
      });
      expect(sandbox.accepted).toEqual([]);
    });
  });
});

/** An address of our own for a webhook. */
async function hook(status: () => number) {
  const bodies: Record<string, unknown>[] = [];
  const secrets: unknown[] = [];
  const server = createServer((req, res) => {
    let text = '';
    req.on('data', (chunk) => {
      text += String(chunk);
    });
    req.on('end', () => {
      secrets.push(req.headers['x-bot-api-secret-token']);
      bodies.push(JSON.parse(text) as Record<string, unknown>);
      res.writeHead(status()).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/zalo`;
  const close = () => {
    server.closeAllConnections();
    server.close();
  };
  return { url, bodies, secrets, close };
}
