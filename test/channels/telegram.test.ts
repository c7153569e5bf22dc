import { createServer, request } from 'node:http';
import { type AddressInfo, connect as tcpConnect } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Connection, type Message, telegram } from '../../src/channels/index.ts';
import { startTelegram, type TelegramSandbox } from '../../src/sandbox/index.ts';
import { until } from '../harness/until.ts';
import { channelContract, type Rig } from './contract.ts';

const TOKEN = '123456789:AAF-this_is_the_tokens_secret_part_x';
const account = { id: 'account', name: 'truong_bot', secret: TOKEN, settings: {} };
const start = () => startTelegram({ token: TOKEN, username: 'truong_bot', perChatMs: 0 });
const textTo = (address: string, ...texts: string[]): Message => ({
  address,
  parts: texts.map((text) => ({ markup: text, plain: text })),
  deliveryId: '1',
});
const patience = () => AbortSignal.timeout(5000);

async function makeRig(): Promise<Rig> {
  const sandbox = await start();
  const parent = sandbox.person('700000001');
  parent.start();
  return {
    channel: telegram({ apiRoot: sandbox.root }),
    account,
    wrongAccount: { ...account, secret: `${TOKEN.slice(0, -1)}y` },
    nobodyThere: { channel: telegram({ apiRoot: 'http://127.0.0.1:1' }), account },
    secrets: [TOKEN, TOKEN.slice(12)],
    message: textTo(parent.chatId, '<b>Nghỉ học</b> ngày mai'),
    unknownAddress: '799999999',
    turnAway: () => {
      parent.block();
      return 'blocked';
    },
    accepted: () => sandbox.accepted.map(({ chatId, messageId }) => ({ address: chatId, id: messageId })),
    misbehave: {
      throttled: () => sandbox.fault({ kind: 'retry-after', seconds: 3 }),
      broken: () => sandbox.fault({ kind: 'status', status: 502 }),
      hangs: () => sandbox.fault({ kind: 'hang' }),
      hangsAfterAccepting: () => sandbox.fault({ kind: 'hang-after-accept' }),
      cutsBeforeAccepting: () => sandbox.fault({ kind: 'reset-before' }),
      cutsAfterAccepting: () => sandbox.fault({ kind: 'reset-after-accept' }),
    },
    stop: () => sandbox.stop(),
  };
}

channelContract('telegram', makeRig);

describe('Telegram', () => {
  let sandbox: TelegramSandbox;
  let connection: Connection;
  beforeEach(async () => {
    sandbox = await start();
    connection = telegram({ apiRoot: sandbox.root }).open(account);
  });
  afterEach(async () => {
    await connection.close();
    await sandbox.stop();
  });
  const parent = () => {
    const person = sandbox.person();
    person.start();
    return person;
  };

  it('sends the parts of a long text in order, the buttons below the last one, links without previews', async () => {
    const { chatId } = parent();
    const buttons = [[{ label: 'Đã nhận', action: 'confirm:1' }]];
    const outcome = await connection.send({ ...textTo(chatId, 'một', 'hai'), buttons }, patience());
    expect(outcome).toMatchObject({
      kind: 'accepted',
      partsSent: 2,
      providerId: sandbox.accepted[1]?.messageId,
    });
    expect(sandbox.accepted.map(({ text, replyMarkup }) => [text, replyMarkup !== undefined])).toEqual([
      ['một', false],
      ['hai', true],
    ]);
  });

  it('keeps the pace of one chat between the parts', async () => {
    const strict = await startTelegram({ token: TOKEN, username: 'truong_bot' });
    const person = strict.person();
    person.start();
    const slow = telegram({ apiRoot: strict.root }).open(account);
    expect(await slow.send(textTo(person.chatId, 'một', 'hai'), patience())).toMatchObject({
      kind: 'accepted',
    });
    expect(strict.refusals).toEqual({});
    await slow.close();
    await strict.stop();
  });

  it('goes on behind the parts that are out, after a failure and after a deadline', async () => {
    const { chatId } = parent();
    const message = textTo(chatId, 'một', 'hai', 'ba');
    sandbox.fault({ kind: 'status', status: 500, match: (_, payload) => payload.text === 'hai' });
    const first = await connection.send(message, patience());
    expect(first).toMatchObject({ kind: 'retry', partsSent: 1 });
    const late = await connection.send({ ...message, partsSent: first.partsSent }, AbortSignal.timeout(400));
    expect(late).toMatchObject({ kind: 'retry', reason: 'timedOut', inDoubt: false, partsSent: 2 });
    const last = await connection.send({ ...message, partsSent: late.partsSent }, patience());
    expect(last).toMatchObject({ kind: 'accepted', partsSent: 3 });
    expect(sandbox.accepted.map(({ text }) => text)).toEqual(['một', 'hai', 'ba']);
  });

  const picture = {
    png: Buffer.from(
      'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
      'base64',
    ),
    alt: 'Mã QR <631.800 đồng>',
  };

  it('sends a picture with the text below it, buttons included', async () => {
    const person = parent();
    const buttons = [[{ label: 'Đã nộp', action: 'paid:1' }]];
    const parts = [
      { markup: 'một', plain: 'một' },
      { markup: '<b>hai</b>', plain: 'x'.repeat(1024) },
    ];
    const message = { ...textTo(person.chatId), parts, picture, buttons };
    expect(await connection.send(message, patience())).toMatchObject({ kind: 'accepted', partsSent: 2 });
    expect(sandbox.accepted.map(({ method, text }) => [method, text])).toEqual([
      ['sendMessage', 'một'],
      ['sendPhoto', 'hai'],
    ]);
    const [, seen] = person.messages().filter(({ from }) => from === 'bot');
    expect(seen).toMatchObject({
      photo: { type: 'image/png', base64: picture.png.toString('base64') },
      buttons: [[{ label: 'Đã nộp' }]],
      entities: [{ type: 'bold' }],
    });
  });

  it('sends a picture before a text that is too long for a caption, and repeats neither', async () => {
    const person = parent();
    const long = 'x'.repeat(1025);
    const message = { ...textTo(person.chatId, long), picture };
    sandbox.fault({ kind: 'status', status: 500, match: (method) => method === 'sendMessage' });
    const first = await connection.send(message, patience());
    expect(first).toMatchObject({ kind: 'retry', partsSent: 1 });
    const second = await connection.send({ ...message, partsSent: first.partsSent }, patience());
    expect(second).toMatchObject({ kind: 'accepted', partsSent: 2 });
    expect(sandbox.accepted.map(({ method, text }) => [method, text])).toEqual([
      ['sendPhoto', picture.alt],
      ['sendMessage', long],
    ]);
  });

  it('edits what is said below a picture', async () => {
    const person = parent();
    const sent = await connection.send({ ...textTo(person.chatId, 'Xin nộp'), picture }, patience());
    const id = sent.kind === 'accepted' ? sent.providerId : '';
    const part = { markup: 'Đã nộp', plain: 'Đã nộp' };
    await connection.edit?.(person.chatId, id, part);
    await connection.edit?.(person.chatId, id, part);
    expect(person.messages().at(-1)).toMatchObject({ text: 'Đã nộp', photo: { type: 'image/png' } });
  });

  it.each<[string, number, string, object]>([
    [
      'a deleted account',
      403,
      'Forbidden: user is deactivated',
      { kind: 'rejected', reason: 'addressUnknown', contact: 'gone' },
    ],
    [
      'a bot that never was spoken to',
      403,
      "Forbidden: bot can't initiate conversation with a user",
      { kind: 'rejected', contact: 'gone' },
    ],
    [
      'missing rights',
      400,
      'Bad Request: not enough rights to send text messages to the chat',
      { kind: 'rejected', reason: 'refused' },
    ],
    [
      'bad markup',
      400,
      "Bad Request: can't parse entities: Unclosed start tag",
      { kind: 'rejected', reason: 'badContent' },
    ],
    ['something new', 418, "I'm a teapot", { kind: 'rejected', reason: 'refused' }],
    ['a malformed token', 404, 'Not Found', { kind: 'person' }],
    ['maintenance', 503, 'Service Unavailable', { kind: 'retry', reason: 'channelDown' }],
  ])('reads %s (%i) by the table', async (_what, status, description, expected) => {
    const { chatId } = parent();
    sandbox.fault({ kind: 'status', status, description });
    const outcome = await connection.send(textTo(chatId, 'x'), patience());
    expect(outcome).toMatchObject(expected);
    expect(outcome).not.toHaveProperty('newAddress');
  });

  it('waits as long as a 429 says', async () => {
    const { chatId } = parent();
    sandbox.fault({ kind: 'retry-after', seconds: 17 });
    expect(await connection.send(textTo(chatId, 'x'), patience())).toMatchObject({
      scope: 'lane',
      afterMs: 17_000,
    });
  });

  it('takes a block page for a closed road, not for an acceptance', async () => {
    const { chatId } = parent();
    sandbox.fault({ kind: 'html-200' });
    const outcome = await connection.send(textTo(chatId, 'x'), patience());
    expect(outcome).toMatchObject({ kind: 'retry', reason: 'channelDown', inDoubt: false });
    expect(JSON.stringify(outcome)).not.toContain(TOKEN);
  });

  it('hands back the new address of a group that has moved', async () => {
    const group = sandbox.group();
    const moved = group.upgrade();
    expect(await connection.send(textTo(group.chatId, 'x'), patience())).toMatchObject({
      kind: 'rejected',
      newAddress: moved,
    });
    expect(await connection.send(textTo(moved, 'x'), patience())).toMatchObject({ kind: 'accepted' });
  });

  it('edits a message, and an edit that changes nothing is no error', async () => {
    const person = parent();
    const sent = await connection.send(
      { ...textTo(person.chatId, 'Mai nghỉ học'), buttons: [[{ label: 'Đã nhận', action: 'c:1' }]] },
      patience(),
    );
    const id = sent.kind === 'accepted' ? sent.providerId : '';
    const part = { markup: 'Mai nghỉ học. <b>Đã nhận</b>', plain: '' };
    await connection.edit?.(person.chatId, id, part);
    await connection.edit?.(person.chatId, id, part);
    expect(person.messages().at(-1)).toMatchObject({ text: 'Mai nghỉ học. Đã nhận', buttons: [] });
    await expect(connection.edit?.(person.chatId, '999', part)).rejects.toMatchObject({ kind: 'refused' });
  });

  it('answers a press, and an answer that comes too late is harmless', async () => {
    const person = parent();
    await connection.send(
      { ...textTo(person.chatId, 'x'), buttons: [[{ label: 'Đã nhận', action: 'c:1' }]] },
      patience(),
    );
    const pressId = person.press('Đã nhận');
    await connection.answerPress?.(pressId, 'Cảm ơn');
    expect(person.toast()).toBe('Cảm ơn');
    await connection.answerPress?.('no such press');
  });

  it('reaches the API through a proxy and under a path', async () => {
    const person = parent();
    const asked: string[] = [];
    const proxy = createServer().on('connect', (req, socket) => {
      asked.push(req.url ?? '');
      const [host, port] = (req.url ?? '').split(':');
      const onward = tcpConnect(Number(port), host, () => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n');
        onward.pipe(socket).pipe(onward);
      });
      for (const end of [socket, onward]) end.on('error', () => {});
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    const { port } = proxy.address() as AddressInfo;
    const through = telegram({ apiRoot: sandbox.root, proxy: `http://127.0.0.1:${port}` }).open(account);
    expect(await through.send(textTo(person.chatId, 'x'), patience())).toMatchObject({ kind: 'accepted' });
    expect(asked).toEqual([`127.0.0.1:${sandbox.port}`]);
    await through.close();
    proxy.close();

    const relay = createServer((req, res) => {
      const path = (req.url ?? '').replace('/tg/relay', '');
      const onward = request(`${sandbox.root}${path}`, { method: 'POST', headers: req.headers }, (answer) =>
        answer.pipe(res),
      );
      req.pipe(onward);
    });
    await new Promise<void>((resolve) => relay.listen(0, '127.0.0.1', resolve));
    const root = `http://127.0.0.1:${(relay.address() as AddressInfo).port}/tg/relay`;
    const relayed = telegram({ apiRoot: root }).open(account);
    expect(await relayed.whoAmI()).toEqual({ name: 'truong_bot' });
    await relayed.close();
    await new Promise((resolve) => relay.close(resolve));
  });
});

describe('updates from Telegram', () => {
  let sandbox: TelegramSandbox;
  let connection: Connection;
  beforeEach(async () => {
    sandbox = await start();
    connection = telegram({ apiRoot: sandbox.root }).open(account);
  });
  afterEach(async () => {
    await connection.close();
    await sandbox.stop();
  });
  const poll = async (cursor: string | null, seconds = 0, signal = patience()) => {
    const result = await connection.poll?.(cursor, seconds, signal);
    if (!result) throw new Error('Telegram can be polled');
    return result;
  };

  it('come in the words of the port', async () => {
    const person = sandbox.person('700000001', { languageCode: 'en' });
    person.start('K7QM-2XHP');
    person.type('Cháu bị ốm');
    await connection.send(
      { ...textTo(person.chatId, 'x'), buttons: [[{ label: 'Đã nhận', action: 'c:1' }]] },
      patience(),
    );
    person.press('Đã nhận');
    person.block();
    person.unblock();
    sandbox.pushUpdate('message', { message_id: 9, chat: { id: 700000001, type: 'private' }, photo: [] });
    const { updates } = await poll(null);
    const address = '700000001';
    expect(updates.map(({ payload }) => connection.read?.(payload))).toEqual([
      { kind: 'start', address, startCode: 'K7QM-2XHP', language: 'en', group: false },
      { kind: 'text', address, text: 'Cháu bị ốm', language: 'en', group: false },
      expect.objectContaining({
        kind: 'press',
        address,
        action: 'c:1',
        group: false,
        messageId: sandbox.accepted[0]?.messageId,
      }),
      { kind: 'blocked', address },
      { kind: 'unblocked', address },
      { kind: 'unreadable', address },
    ]);
    expect(new Set(updates.map(({ chatKey }) => chatKey))).toEqual(new Set([address]));
  });

  it('of a group are flagged, so that nobody speaks of a child there', async () => {
    const group = sandbox.group();
    group.say({ userId: '1', firstName: 'Lan' }, '/start@truong_bot ABC');
    group.kick();
    const { updates } = await poll(null);
    expect(updates.map(({ payload }) => connection.read?.(payload))).toMatchObject([
      { kind: 'unblocked', address: group.chatId },
      { kind: 'start', startCode: 'ABC', group: true },
      { kind: 'blocked', address: group.chatId },
    ]);
  });

  it.each([
    [null],
    [7],
    ['x'],
    [[]],
    [{}],
    [{ update_id: 1 }],
    [{ update_id: 1, message: {} }],
    [{ update_id: 2, callback_query: { from: {} } }],
  ])('never break the reader: %j', (payload) => {
    expect(connection.read?.(payload)).toMatchObject({ kind: 'other' });
    expect(() => connection.received?.(payload)).not.toThrow();
  });

  it('are fetched once each, whatever was lost on the way', async () => {
    const person = sandbox.person();
    person.start();
    const first = await poll(null);
    expect(first.updates).toHaveLength(1);
    // The hub died before it stored the cursor: the same update comes again, with the same id.
    expect((await poll(null)).updates).toEqual(first.updates);
    person.type('hai');
    const second = await poll(first.cursor);
    expect(second.updates.map(({ payload }) => connection.read?.(payload))).toMatchObject([
      { kind: 'text', text: 'hai' },
    ]);
    const third = await poll(second.cursor);
    expect(third).toEqual({ updates: [], cursor: second.cursor });
    expect(sandbox.pendingUpdates()).toEqual([]);
  });

  it('are waited for at Telegram, and the wait ends when the hub stops', async () => {
    const waiting = poll(null, 20);
    await until('the poll is waiting', () => sandbox.calls.getUpdates === 1);
    sandbox.person().start();
    const { updates, cursor } = await waiting;
    expect(updates).toHaveLength(1);

    const stop = new AbortController();
    const stopped = poll(cursor, 20, stop.signal);
    await until('the second poll is waiting', () => sandbox.calls.getUpdates === 2);
    stop.abort();
    expect(await stopped).toEqual({ updates: [], cursor });
  });

  it('cannot be fetched beside a webhook or a second hub, and the problem says which', async () => {
    await connection.setWebhook?.('http://127.0.0.1:9/telegram', 'secret');
    await expect(poll(null)).rejects.toMatchObject({ name: 'ChannelProblem', kind: 'webhookActive' });
    await connection.setWebhook?.(null, '');
    expect((await poll(null)).updates).toEqual([]);
    sandbox.fault({
      kind: 'status',
      status: 409,
      description:
        'Conflict: terminated by other getUpdates request; make sure that only one bot instance is running',
      match: (method) => method === 'getUpdates',
    });
    await expect(poll(null)).rejects.toMatchObject({ kind: 'otherPoller' });
  });

  it.each([
    [{ kind: 'status', status: 500 } as const, 'unreachable'],
    [{ kind: 'html-200' } as const, 'unreachable'],
    [{ kind: 'reset-before' } as const, 'unreachable'],
    [{ kind: 'status', status: 401, description: 'Unauthorized' } as const, 'notAuthorised'],
    [{ kind: 'retry-after', seconds: 4 } as const, 'busy'],
  ])('that fail to come are a problem with a name: %j', async (fault, kind) => {
    sandbox.fault({ ...fault, match: () => true });
    const error = await poll(null).catch((problem: unknown) => problem);
    expect(error).toMatchObject({ name: 'ChannelProblem', kind });
    expect(String(error)).not.toContain(TOKEN);
  });

  it('are brought by webhook with the secret, and what was delivered can be stored and read', async () => {
    const deliveries: { secret: string | undefined; body: unknown }[] = [];
    const hub = createServer((req, res) => {
      let text = '';
      req.on('data', (chunk) => {
        text += String(chunk);
      });
      req.on('end', () => {
        deliveries.push({
          secret: req.headers['x-telegram-bot-api-secret-token'] as string,
          body: JSON.parse(text),
        });
        res.end();
      });
    });
    await new Promise<void>((resolve) => hub.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(hub.address() as AddressInfo).port}/telegram`;
    await connection.setWebhook?.(url, 'this-is_the_secret');
    sandbox.person('700000005').start('CODE');
    const delivery = await until('the update is delivered', () => deliveries[0]);
    expect(delivery.secret).toBe('this-is_the_secret');
    const [update] = connection.received?.(delivery.body) ?? [];
    expect(update).toMatchObject({ chatKey: '700000005', externalId: expect.stringMatching(/^\d+$/) });
    expect(connection.read?.(update?.payload)).toMatchObject({ kind: 'start', startCode: 'CODE' });
    await expect(connection.setWebhook?.('http://school.example/hook', 's')).rejects.toMatchObject({
      kind: 'refused',
    });
    hub.closeAllConnections();
    hub.close();
  });
});
