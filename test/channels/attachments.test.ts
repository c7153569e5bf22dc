// What people send along, on every channel: carried where the channel can, said with a link where it cannot; and what
// they send to us, fetched from the provider and from nowhere else.

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { loadImage } from '@napi-rs/canvas';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type Connection,
  email,
  type Inbound,
  type Message,
  type MessageAttachment,
  openLedger,
  telegram,
  zaloBot,
  zaloOa,
} from '../../src/channels/index.ts';
import { openLog } from '../../src/observe/index.ts';
import { startMail, startTelegram, startZaloBot, startZaloOa } from '../../src/sandbox/index.ts';
import type { MediaFault } from '../../src/sandbox/media.ts';
import { NOON, testDatabase, until } from '../harness/index.ts';
import { jpeg, pdf, png } from '../harness/pictures.ts';
import { oaRig } from './zalo-oa/oa-rig.ts';

const database = await testDatabase();
const clock = { now: () => NOON };
const patience = () => AbortSignal.timeout(8000);
const TOKEN = '123456789:AAF-this_is_the_tokens_secret_part_x';
const LINK = 'https://lienlac.truong.edu.vn/files/abc';
const MB = 1024 * 1024;

type Seen = { text: string; photo?: Buffer; file?: { name: string; bytes: Buffer | number } };
type Rig = {
  connection: Connection;
  address: string;
  /** What stands on the person's screen, in order. */
  seen(): Seen[];
  stop(): Promise<unknown>;
  /** What a person does, and what the connection reads of it; left out where nobody can answer. */
  sends?: {
    picture(bytes: Buffer, caption: string): Promise<Inbound>;
    document?(bytes: Buffer, name: string, caption: string): Promise<Inbound>;
    recording(): Promise<Inbound>;
    fault(fault: MediaFault): void;
    /** So much later the provider has forgotten it. */
    later(): void;
  };
};

type Bubble = {
  from: string;
  text: string;
  photo?: { base64: string };
  file?: { name: string; base64: string };
};
const read = (bubbles: readonly Bubble[]): Seen[] =>
  bubbles
    .filter(({ from }) => from === 'bot')
    .map(({ text, photo, file }) => ({
      text,
      ...(photo ? { photo: Buffer.from(photo.base64, 'base64') } : {}),
      ...(file ? { file: { name: file.name, bytes: Buffer.from(file.base64, 'base64') } } : {}),
    }));

async function firstOf(connection: Connection, act: () => unknown, cursor: string | null = null) {
  act();
  const { updates } = (await connection.poll?.(cursor, 5, patience())) ?? { updates: [] };
  return connection.read?.(updates.at(-1)?.payload) ?? { kind: 'other' as const, address: '' };
}

const RIGS: Record<string, () => Promise<Rig>> = {
  async telegram() {
    let ahead = 0;
    const sandbox = await startTelegram({
      ...{ token: TOKEN, username: 'truong_bot', perChatMs: 0 },
      clock: () => NOON.getTime() + ahead,
    });
    const connection = telegram({ apiRoot: sandbox.root }).open({
      ...{ id: 'a', name: 'truong_bot', secret: TOKEN, settings: {} },
    });
    const person = sandbox.person();
    person.start();
    const heard = (act: () => unknown) => firstOf(connection, act);
    return {
      connection,
      address: person.chatId,
      seen: () => read(person.messages()),
      stop: () => sandbox.stop(),
      sends: {
        picture: (bytes, caption) => heard(() => person.sendPhoto(bytes, caption)),
        document: (bytes, name, caption) => heard(() => person.sendDocument(bytes, name, caption)),
        recording: () => heard(() => person.sendVoice()),
        fault: (fault) => sandbox.mediaFault(fault),
        // A path is asked for anew each time, so it is the file itself that is unknown.
        later: () => {
          ahead += 2 * 3_600_000;
        },
      },
    };
  },
  async 'zalo-bot'() {
    let ahead = 0;
    const sandbox = await startZaloBot({
      ...{ token: TOKEN, name: 'Bot A' },
      clock: () => NOON.getTime() + ahead,
    });
    const server = createServer((_, res) =>
      res.writeHead(200, { 'Content-Type': 'image/jpeg' }).end(jpeg({ width: 60 })),
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    pictureLink = `http://127.0.0.1:${(server.address() as AddressInfo).port}/files/abc`;
    const connection = zaloBot({
      ...{ apiRoot: sandbox.root, clock, caps: { users: 50, messagesAMonth: 3000 } },
      ledger: openLedger(database.prisma, clock, openLog('silent')),
      ...{ show: async () => null, reaches: (url: string) => url !== LINK, mediaHosts: [] },
    }).open({ id: '018f0000-0000-7000-8000-000000000009', name: 'Bot A', secret: TOKEN, settings: {} });
    const person = sandbox.person();
    await firstOf(connection, () => person.type('Xin chào'));
    return {
      connection,
      address: person.chatId,
      seen: () => read(person.messages()),
      stop: () => Promise.all([sandbox.stop(), new Promise((resolve) => server.close(resolve))]),
      sends: {
        picture: (bytes, caption) => firstOf(connection, () => person.sendImage(bytes, caption)),
        recording: () => firstOf(connection, () => person.send('voice')),
        fault: (fault) => sandbox.mediaFault(fault),
        later: () => {
          ahead += 30 * 86_400_000;
        },
      },
    };
  },
  async 'zalo-oa'() {
    const oa = await startZaloOa({ package: 'comprehensive', clock: () => NOON.getTime() });
    const rig = await oaRig(database, oa, clock.now);
    const connection = zaloOa(rig.ports).open(rig.account);
    const bodies: unknown[] = [];
    const server = createServer((req, res) => {
      const chunks: Buffer[] = [];
      req.on('data', (chunk: Buffer) => chunks.push(chunk));
      req.on('end', () => {
        bodies.push(JSON.parse(Buffer.concat(chunks).toString()));
        res.end();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    await oa.setWebhook(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    const person = oa.person();
    person.follow();
    await rig.ports.users.heard(rig.account.id, person.userId, NOON);
    const heard = async (act: () => void): Promise<Inbound> => {
      act();
      const body = await until('the event', () =>
        bodies.find((one) => /^user_send_/.test(String((one as { event_name?: unknown }).event_name))),
      );
      bodies.length = 0;
      return connection.read?.(connection.received?.(body)[0]?.payload) ?? { kind: 'other', address: '' };
    };
    return {
      connection,
      address: person.userId,
      seen: () => read(person.messages()),
      stop: () =>
        Promise.all([
          oa.stop(),
          new Promise((resolve) => {
            server.close(resolve);
            server.closeAllConnections();
          }),
        ]),
      sends: {
        picture: (bytes, caption) => heard(() => person.sendImages([bytes], caption)),
        async document(bytes, name, caption) {
          const told = await heard(() => person.sendFile(bytes, name));
          return told.kind === 'file' ? { ...told, caption } : told;
        },
        recording: () => heard(() => person.send('audio')),
        fault: (fault) => oa.mediaFault(fault),
        later: () => oa.skip(30 * 86_400_000),
      },
    };
  },
  async email() {
    const mail = await startMail();
    const connection = email().open({ id: 'a', name: 'truong@a.example', secret: mail.url, settings: {} });
    return {
      connection,
      address: 'phu.huynh@mail.example',
      seen: () =>
        mail.accepted.map(({ text, attachments: [one] }) => ({
          text,
          ...(one ? { file: { name: one.name, bytes: one.bytes } } : {}),
        })),
      stop: () => mail.stop(),
    };
  },
};

const rigOf = (name: string): Promise<Rig> => {
  const make = RIGS[name];
  if (!make) throw new Error(`no rig of ${name}`);
  return make();
};

let pictureLink = LINK;
let rig: Rig;
const along = (
  bytes: Buffer,
  type: MessageAttachment['type'],
  more: Partial<MessageAttachment> = {},
): MessageAttachment => ({
  ...{ bytes, type, name: type === 'application/pdf' ? 'don.pdf' : 'anh.jpg' },
  ...{ size: type === 'application/pdf' ? null : { width: 60, height: 30 } },
  ...{ link: type === 'application/pdf' ? LINK : pictureLink, instead: `Xin mở tại ${LINK}` },
  ...more,
});
const send = (attachment: MessageAttachment, text = 'Cô gửi gia đình') => {
  const message: Message = {
    ...{ address: rig.address, deliveryId: '7', subject: 'Lời nhắn', attachment },
    parts: [{ markup: text, plain: text }],
  };
  return rig.connection.send(message, patience());
};

describe.each(Object.keys(RIGS))('What is sent along on %s', (name) => {
  beforeEach(async () => {
    pictureLink = LINK;
    rig = await rigOf(name);
  });
  afterEach(async () => {
    await rig.connection.close();
    await rig.stop();
  });
  const isMail = name === 'email';

  it('a picture arrives with the words', async () => {
    const picture = jpeg({ width: 60 });
    expect(await send(along(picture, 'image/jpeg'))).toMatchObject({ kind: 'accepted', partsSent: 1 });
    const [seen, ...more] = rig.seen();
    expect(more).toEqual([]);
    expect(seen?.text.trim()).toBe('Cô gửi gia đình');
    if (isMail) expect(seen?.file).toEqual({ name: 'anh.jpg', bytes: picture.length });
    else expect(seen?.photo?.equals(picture)).toBe(true);
  });

  it('a PDF arrives, or a link to it', async () => {
    expect(await send(along(pdf(), 'application/pdf'))).toMatchObject({ kind: 'accepted' });
    const seen = rig.seen();
    expect(seen[0]?.text).toContain('Cô gửi gia đình');
    const { file } = seen.at(-1) ?? {};
    if (name === 'zalo-bot') expect(seen.at(-1)?.text).toBe(`Xin mở tại ${LINK}`);
    else if (isMail) expect(file).toEqual({ name: 'don.pdf', bytes: pdf().length });
    else expect(Buffer.isBuffer(file?.bytes) && file.bytes.equals(pdf())).toBe(true);
  });

  it('a picture larger than Zalo takes arrives smaller there, and as it is elsewhere', async () => {
    const large = png({ width: 900, height: 600, noisy: true });
    expect(large.length).toBeGreaterThan(MB);
    await send(along(large, 'image/png', { size: { width: 900, height: 600 }, name: 'anh.png' }));
    const [seen] = rig.seen();
    if (name === 'telegram') expect(seen?.photo?.equals(large)).toBe(true);
    if (isMail) expect(seen?.file?.bytes).toBe(large.length);
    if (name !== 'zalo-oa') return;
    expect(seen?.photo?.length).toBeLessThanOrEqual(MB);
    const shown = await loadImage(seen?.photo ?? '');
    expect(shown.width / shown.height).toBeCloseTo(1.5, 1);
  });

  it('what cannot be carried at all is said with a link', async () => {
    // Claims to be larger than is ever decoded, and cannot be reached from outside.
    const huge = along(png({ width: 900, height: 600, noisy: true }), 'image/png', {
      ...{ size: { width: 20_000, height: 20_000 }, link: LINK },
    });
    expect(await send(huge)).toMatchObject({ kind: 'accepted' });
    const texts = rig.seen().map(({ text }) => text);
    if (name.startsWith('zalo')) expect(texts.join('\n')).toContain(`Xin mở tại ${LINK}`);
    else expect(rig.seen().some(({ file }) => file)).toBe(true);
  });

  it('a caption longer than fits below a picture is a message of its own, and nothing is sent twice', async () => {
    const long = 'Kính gửi gia đình. '.repeat(60).trim();
    const attachment = along(jpeg({ width: 60 }), 'image/jpeg');
    const parts = [{ markup: long, plain: long }];
    const message = { address: rig.address, deliveryId: '7', subject: 'x', attachment, parts };
    const all = await rig.connection.send(message, patience());
    expect(all.kind).toBe('accepted');
    const { partsSent } = all;
    expect(partsSent).toBe(name === 'telegram' ? 2 : 1);
    const before = rig.seen().length;
    expect(await rig.connection.send({ ...message, partsSent }, patience())).toMatchObject({
      kind: 'accepted',
    });
    expect(rig.seen()).toHaveLength(before);
    expect(rig.seen().map(({ text }) => text.trim())).toContain(long);
  });
});

describe.each(['telegram', 'zalo-bot', 'zalo-oa'])('What a person sends on %s', (name) => {
  beforeEach(async () => {
    rig = await rigOf(name);
  });
  afterEach(async () => {
    await rig.connection.close();
    await rig.stop();
  });
  const sends = () => {
    if (!rig.sends) throw new Error('nobody can send here');
    return rig.sends;
  };
  const fetched = (inbound: Inbound, most = MB, deadline = patience()) =>
    inbound.kind === 'file' && rig.connection.fetchFile
      ? rig.connection.fetchFile(inbound.file, most, deadline)
      : Promise.reject(new Error(`no file but ${inbound.kind}`));
  const problem = (work: Promise<unknown>) =>
    work.then(
      () => 'no problem',
      (error: unknown) => error,
    );

  it('is a picture with its caption, whose bytes can be fetched', async () => {
    const picture = jpeg();
    const inbound = await sends().picture(picture, 'đơn xin nghỉ'.normalize('NFD'));
    expect(inbound).toMatchObject({
      kind: 'file',
      address: rig.address,
      caption: 'đơn xin nghỉ',
      group: false,
    });
    expect(await fetched(inbound)).toEqual({ kind: 'file', bytes: picture });
    expect(await fetched(await sends().picture(png(), ''))).toEqual({ kind: 'file', bytes: png() });
  });

  it('or a document with its name, or something that is not read', async () => {
    const inbound = await sends().document?.(pdf(), 'đơn.pdf', '');
    if (inbound) {
      expect(inbound).toMatchObject({ kind: 'file', file: { name: 'đơn.pdf' } });
      expect(await fetched(inbound)).toEqual({ kind: 'file', bytes: pdf() });
    }
    expect(await sends().recording()).toEqual({ kind: 'unreadable', address: rig.address });
  });

  it('is read up to the limit and no further, whether the host tells its length or not', async () => {
    const bytes = Buffer.alloc(3000, 1);
    const inbound = await sends().picture(bytes, '');
    expect(await fetched(inbound, 3000)).toEqual({ kind: 'file', bytes });
    expect(await fetched(inbound, 2999)).toEqual({ kind: 'tooLarge' });
    sends().fault({ kind: 'endless', more: 8 * MB });
    expect(await fetched(inbound, MB)).toEqual({ kind: 'tooLarge' });
  });

  it('is gone when the provider does not know it (any more), whatever the address', async () => {
    const inbound = await sends().picture(jpeg(), '');
    sends().fault({ kind: 'status', status: 404 });
    expect(await fetched(inbound)).toEqual({ kind: 'gone' });
    if (name !== 'telegram') {
      sends().later();
      expect(await fetched(inbound)).toEqual({ kind: 'gone' });
    }
    const unknown = { ref: name === 'telegram' ? 'AgAC-unknown' : 'https://elsewhere.example/1.jpg' };
    expect(await rig.connection.fetchFile?.(unknown, MB, patience())).toEqual({ kind: 'gone' });
  });

  it('is never fetched from elsewhere, though an update or the host itself says so', async () => {
    const asked: string[] = [];
    const elsewhere = createServer((req, res) => {
      asked.push(req.url ?? '');
      res.end(jpeg());
    });
    await new Promise<void>((resolve) => elsewhere.listen(0, '127.0.0.1', resolve));
    const root = `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}`;
    const inbound = await sends().picture(jpeg(), '');
    sends().fault({ kind: 'redirect', to: `${root}/redirected` });
    expect(await fetched(inbound)).toEqual({ kind: 'gone' });
    for (const ref of [`${root}/direct`, 'file:///etc/passwd', 'http://169.254.169.254/', '../../etc/passwd'])
      expect(await rig.connection.fetchFile?.({ ref }, MB, patience())).toEqual({ kind: 'gone' });
    expect(asked).toEqual([]);
    await new Promise((resolve) => elsewhere.close(resolve));
  });

  it('is to be tried again when the host stumbles, is cut off, or does not answer in time', async () => {
    const inbound = await sends().picture(jpeg(), '');
    for (const fault of [{ kind: 'status', status: 502 }, { kind: 'cut' }] as const) {
      sends().fault(fault);
      expect(await problem(fetched(inbound))).toMatchObject({ name: 'ChannelProblem', kind: 'unreachable' });
    }
    sends().fault({ kind: 'hang' });
    const late = await problem(fetched(inbound, MB, AbortSignal.timeout(200)));
    expect(late).toMatchObject({ kind: 'unreachable' });
    expect(String(late)).not.toContain(TOKEN.slice(12));
    expect(await fetched(inbound)).toMatchObject({ kind: 'file' });
  });
});

describe('An event of Zalo with several pictures', () => {
  it('becomes several updates, each stored once, in order; the words stay with the first', async () => {
    const { connection, stop } = await rigOf('zalo-oa');
    const picture = (n: number) => ({ type: 'image', payload: { url: `https://photo.zdn.vn/${n}.jpg` } });
    const message = { msg_id: 'm1', text: 'ba ảnh', attachments: [1, 2, 3].map(picture) };
    const ids = { sender: { id: '1000' }, recipient: { id: '3000000000000000003' } };
    const updates = connection.received?.({ event_name: 'user_send_image', ...ids, message }) ?? [];
    expect(new Set(updates.map(({ externalId }) => externalId)).size).toBe(3);
    expect(updates.map(({ payload }) => connection.read?.(payload))).toEqual(
      [1, 2, 3].map((n) => ({
        ...{ kind: 'file', address: '1000', group: false },
        file: { ref: `https://photo.zdn.vn/${n}.jpg` },
        caption: n === 1 ? 'ba ảnh' : '',
      })),
    );
    await connection.close();
    await stop();
  });
});

describe('What Telegram was given once', () => {
  it('is sent again by its id, and anew when Telegram does not know it any more', async () => {
    const sandbox = await startTelegram({ token: TOKEN, username: 'truong_bot', perChatMs: 0 });
    const account = { id: 'a', name: 'truong_bot', secret: TOKEN, settings: {} };
    const connection = telegram({ apiRoot: sandbox.root }).open(account);
    const person = sandbox.person();
    person.start();
    const given: string[] = [];
    sandbox.fault({
      kind: 'status',
      match: (_, { document }) => {
        if (document !== undefined) given.push(typeof document);
        return false;
      },
    });
    const parts = [{ markup: 'Lịch thi', plain: 'Lịch thi' }];
    const message = {
      address: person.chatId,
      deliveryId: '1',
      parts,
      attachment: along(pdf(), 'application/pdf'),
    };
    const first = await connection.send(message, patience());
    await connection.send(message, patience());
    expect(given).toEqual(['object', 'string']);
    const messageId = first.kind === 'accepted' ? first.providerId : '';
    await fetch(`${sandbox.root}/bot${TOKEN}/deleteMessage?chat_id=${person.chatId}&message_id=${messageId}`);
    expect(await connection.send(message, patience())).toMatchObject({ kind: 'accepted' });
    expect(given).toEqual(['object', 'string', 'string', 'object']);
    await connection.close();
    await sandbox.stop();
  });
});
