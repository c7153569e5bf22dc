import type { AddressInfo, Socket } from 'node:net';
import { SMTPServer } from 'smtp-server';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Connection, email, type Message, type Outcome } from '../../src/channels/index.ts';
import { compileTemplate, renderText, toMail } from '../../src/render/index.ts';
import { type MailSandbox, startMail } from '../../src/sandbox/index.ts';
import { oneClickUrl } from '../../src/sandbox/mail/links.ts';
import { channelContract, type Rig } from './contract.ts';

const PASSWORD = 'mật khẩu:@/bí-mật';
const SENDER = 'thong-bao@thcs-hop-giang.example';
const PARENT = 'phu.huynh@mail.example';
const urlOf = (port: number, password = PASSWORD) =>
  `smtp://truong:${encodeURIComponent(password)}@127.0.0.1:${port}`;
const accountOf = (secret: string) => ({ id: 'account', name: SENDER, secret, settings: {} });
const patience = () => AbortSignal.timeout(8000);

const notice: Message = {
  address: PARENT,
  parts: [{ markup: '<p>Ngày mai <b>nghỉ học</b></p>', plain: 'Ngày mai nghỉ học' }],
  subject: 'Thông báo nghỉ học vì mưa lũ ở Cao Bằng',
  fromName: 'Trường THCS Hợp Giang, lớp 6A1',
  unsubscribeUrl: 'https://lienlac.example/thoi-nhan/abc?x=1',
  deliveryId: '0197a1b2-0000-7000-8000-000000000001',
};

async function makeRig(): Promise<Rig> {
  const server = await startMail({ auth: { user: 'truong', password: PASSWORD } });
  return {
    channel: email(),
    account: accountOf(urlOf(server.port)),
    wrongAccount: accountOf(urlOf(server.port, 'sai-bet-nhe')),
    nobodyThere: { channel: email(), account: accountOf(urlOf(1)) },
    secrets: [
      PASSWORD,
      encodeURIComponent(PASSWORD),
      Buffer.from(PASSWORD).toString('base64'),
      'sai-bet-nhe',
    ],
    message: notice,
    unknownAddress: 'khong ai@mail.example',
    turnAway: () => {
      server.fault({
        stage: 'rcpt',
        kind: 'reply',
        code: 550,
        text: '5.1.1 No such user here',
        address: PARENT,
      });
      return 'gone';
    },
    accepted: () => server.accepted.map(({ to, messageId }) => ({ address: to, id: messageId })),
    misbehave: {
      throttled: () =>
        server.fault({ stage: 'rcpt', kind: 'reply', code: 421, text: '4.7.0 Too many mails, closing' }),
      broken: () => server.fault({ stage: 'data', kind: 'reply', code: 451, text: '4.3.0 Out of order' }),
      hangs: () => server.fault({ stage: 'rcpt', kind: 'hang' }),
      hangsAfterAccepting: () => server.fault({ stage: 'data', kind: 'hang' }),
      cutsBeforeAccepting: () => server.fault({ stage: 'rcpt', kind: 'drop' }),
      cutsAfterAccepting: () => server.fault({ stage: 'data', kind: 'drop-after-accept' }),
    },
    stop: () => server.stop(),
  };
}

channelContract('email', makeRig);

describe('e-mail', () => {
  let server: MailSandbox;
  let connection: Connection;
  beforeEach(async () => {
    server = await startMail();
    connection = email().open(accountOf(server.url));
  });
  afterEach(async () => {
    await connection.close();
    await server.stop();
  });
  const send = (changes: Partial<Message> = {}): Promise<Outcome> =>
    connection.send({ ...notice, ...changes }, patience());
  const latest = () => {
    const mail = server.accepted.at(-1);
    if (!mail) throw new Error('no mail arrived');
    return mail;
  };

  it('brings Vietnamese subject, name and both parts unharmed', async () => {
    expect(await send()).toMatchObject({ kind: 'accepted' });
    const mail = latest();
    expect(mail.subject).toBe(notice.subject);
    expect(mail.sender).toEqual({ name: notice.fromName, address: SENDER });
    expect(mail.text.trim()).toBe('Ngày mai nghỉ học');
    expect(mail.html.trim()).toBe('<p>Ngày mai <b>nghỉ học</b></p>');
    expect(mail.attachments).toEqual([]);
    expect([mail.from, mail.to]).toEqual([SENDER, PARENT]);
  });

  it('brings a picture along, within the text and as a file', async () => {
    const png = Buffer.from(
      'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
      'base64',
    );
    const alt = 'Mã QR: 631.800 đồng / "HP4F"';
    const document = renderText(
      compileTemplate({ id: 'p', subject: '', body: 'Xin nộp' }, []),
      {},
      { language: 'vi' },
    ).document;
    const mail = toMail(document, { subject: 'Khoản thu', language: 'vi', footer: '', picture: { alt } });
    expect(mail.html).toContain('alt="Mã QR: 631.800 đồng / &quot;HP4F&quot;"');
    await send({ parts: [{ markup: mail.html, plain: mail.plain }], picture: { png, alt } });
    const arrived = latest();
    expect(arrived.html).toContain(`src="data:image/png;base64,${png.toString('base64')}"`);
    expect(arrived.html).not.toContain('cid:');
    expect(arrived.attachments.map(({ name, type, bytes }) => [name, type, bytes])).toEqual(
      expect.arrayContaining([['Mã-QR-631-800-đồng-HP4F.png', 'image/png', png.length]]),
    );
  });

  it('brings a rendered notice as it was written', async () => {
    const template = compileTemplate(
      { id: 'mail', subject: '{{ title }}', body: '**{{ title }}**\n\n{{ text }}' },
      ['title', 'text'],
    );
    const text = 'Mang áo ấm & <ô>; đóng 50.000 đồng.\n.\nHết **nhé**';
    const { subject, document } = renderText(template, { title: 'Dã ngoại', text }, { language: 'vi' });
    const {
      html,
      plain,
      subject: line,
    } = toMail(document, { subject, language: 'vi', footer: 'Trường THCS' });
    await send({ subject: line, parts: [{ markup: html, plain }] });
    expect(latest().subject).toBe('Dã ngoại');
    expect(latest().text.trim()).toBe(plain.trim());
    expect(latest().html).toContain('&lt;ô&gt;');
  });

  it('carries the headers by which machines leave it alone and people leave the list', async () => {
    await send();
    const { headers, messageId } = latest();
    expect(messageId).toBe(`<d${notice.deliveryId}@thcs-hop-giang.example>`);
    expect(headers['list-unsubscribe']).toBe('<https://lienlac.example/thoi-nhan/abc?x=1>');
    expect(oneClickUrl(latest())).toBe(notice.unsubscribeUrl);
    expect(headers['auto-submitted']).toBe('auto-generated');
    expect(headers['x-auto-response-suppress']).toBe('OOF, AutoReply');
  });

  it('keeps its Message-ID over attempts', async () => {
    server.fault({ stage: 'data', kind: 'drop-after-accept' });
    expect(await send()).toMatchObject({ kind: 'retry', inDoubt: true });
    expect(await send()).toMatchObject({ kind: 'accepted' });
    expect([...server.duplicates().values()]).toEqual([2]);
  });

  it.each([
    'a@b.example\r\nBcc: x@y.example',
    'a@b.example, x@y.example',
    '"a" <a@b.example>',
    'nhóm: a@b.example, b@b.example;',
    '<a@b.example>',
    'a@b.example\n',
    'a@b',
    'a b@c.example',
    'a@b.example>\r\nDATA',
    '@b.example',
    '',
  ])('goes to one plain address only, never to %j', async (address) => {
    expect(await send({ address })).toMatchObject({
      kind: 'rejected',
      reason: 'addressUnknown',
      contact: 'gone',
    });
    expect(server.accepted).toEqual([]);
  });

  it('cannot be given a header or a recipient through any text', async () => {
    const evil = 'Nghỉ\r\nBcc: ke-gian@evil.example\r\n\r\n<script>';
    const outcome = await send({
      subject: evil,
      fromName: `"Cô" <ke@evil.example>,${evil}`,
      unsubscribeUrl: 'https://lienlac.example/a>\r\nX-Evil: 1\r\n<b',
      deliveryId: '1>\r\nX-Evil: 1',
    });
    expect(outcome).toMatchObject({ kind: 'accepted' });
    const mail = latest();
    expect(server.accepted).toHaveLength(1);
    expect(Object.keys(mail.headers)).not.toEqual(expect.arrayContaining(['bcc']));
    expect(Object.keys(mail.headers)).not.toEqual(expect.arrayContaining(['x-evil']));
    expect(mail.subject).toBe('Nghỉ Bcc: ke-gian@evil.example <script>');
    expect(mail.sender.address).toBe(SENDER);
    expect(mail.messageId).toBe('<d1X-Evil1@thcs-hop-giang.example>');
  });

  it.each([
    [{ subject: '' }],
    [{ subject: 'x'.repeat(2000) }],
    [{ unsubscribeUrl: 'javascript:1' }],
    [{ parts: [...notice.parts, ...notice.parts] }],
  ])('is refused when its content is not fit to send: %j', async (changes) => {
    expect(await send(changes)).toMatchObject({ kind: 'rejected', reason: 'badContent' });
  });

  it.each<[string, number, string, 'mail' | 'rcpt' | 'data', object]>([
    [
      'greylisting',
      450,
      '4.2.0 Greylisted',
      'rcpt',
      { kind: 'retry', scope: 'delivery', reason: 'channelBusy', inDoubt: false },
    ],
    ['a local error', 451, '4.3.0 Try later', 'data', { kind: 'retry', scope: 'delivery', inDoubt: false }],
    ['a full disk', 452, '4.3.1 No space', 'mail', { kind: 'retry', scope: 'delivery' }],
    [
      'no such user',
      550,
      '5.1.1 User unknown',
      'rcpt',
      { kind: 'rejected', reason: 'addressUnknown', contact: 'gone' },
    ],
    ['no such user, told late', 550, '5.1.1 User unknown', 'data', { kind: 'rejected', contact: 'gone' }],
    ['a bare 553', 553, 'no', 'rcpt', { kind: 'rejected', contact: 'gone' }],
    ['a mailbox switched off', 550, '5.2.1 Disabled', 'rcpt', { kind: 'rejected', contact: 'gone' }],
    ['a full mailbox', 552, '5.2.2 Mailbox full', 'rcpt', { kind: 'rejected', reason: 'refused' }],
    ['a mail too large', 552, '5.3.4 Too big', 'data', { kind: 'rejected', reason: 'badContent' }],
    ['spam suspicion', 554, '5.7.1 Looks like spam', 'data', { kind: 'rejected', reason: 'refused' }],
    ['policy', 550, '5.7.1 Denied by policy', 'rcpt', { kind: 'rejected', reason: 'refused' }],
    ['a sender that is refused', 553, '5.7.1 Sender not owned by user', 'mail', { kind: 'person' }],
    ['login wanted', 530, '5.7.0 Authentication required', 'mail', { kind: 'person' }],
    ['a lost session', 503, '5.5.1 Bad sequence', 'rcpt', { kind: 'retry', reason: 'channelDown' }],
  ])('reads %s (%i) by the table', async (_what, code, text, stage, expected) => {
    server.fault({ stage, kind: 'reply', code, text });
    const outcome = await send();
    expect(outcome).toMatchObject(expected);
    if (!('contact' in expected)) expect(outcome).not.toHaveProperty('contact');
    expect(outcome.kind === 'accepted' ? '' : outcome.detail).toContain(text);
  });

  it('keeps the reason of a refusal, without the address that stands in it', async () => {
    server.fault({ stage: 'rcpt', kind: 'reply', code: 550, text: `5.1.1 <${PARENT}>: no such user` });
    const outcome = await send();
    expect(outcome.kind === 'rejected' && outcome.detail).toMatch(/550 5\.1\.1 .*no such user/);
    expect(JSON.stringify(outcome)).not.toContain(PARENT);
  });

  it('is not in doubt when the connection is lost before the text was sent', async () => {
    server.fault({ stage: 'rcpt', kind: 'drop', times: Number.POSITIVE_INFINITY });
    expect(await send()).toMatchObject({ kind: 'retry', reason: 'channelDown', inDoubt: false });
    expect(server.accepted).toEqual([]);
  });

  it('reaches a host with a Vietnamese name', async () => {
    expect(await send({ address: 'me@trường.example' })).toMatchObject({ kind: 'accepted' });
    // smtp-server shows the name that was on the wire in its ASCII form.
    expect(latest().to).toBe('me@trường.example');
  });

  it('goes on over a fresh connection when a kept one was cut', async () => {
    await send();
    server.fault({ stage: 'mail', kind: 'drop' });
    await send();
    expect(await send()).toMatchObject({ kind: 'accepted' });
  });

  it.each(['', 'không phải địa chỉ', 'http://mail.example', 'smtp://'])(
    'calls a person when the SMTP URL is %j',
    async (secret) => {
      const broken = email().open(accountOf(secret));
      expect(await broken.send(notice, patience())).toMatchObject({
        kind: 'person',
        reason: 'channelStopped',
      });
      await expect(broken.whoAmI()).rejects.toMatchObject({ kind: 'notAuthorised' });
      await broken.close();
    },
  );

  it('calls a person when the sender is not one plain address', async () => {
    const broken = email().open({ ...accountOf(server.url), name: `${SENDER}\r\nBcc: a@b.example` });
    expect(await broken.send(notice, patience())).toMatchObject({ kind: 'person' });
    await broken.close();
  });
});

describe('a mail server that hangs up in the middle of the text', () => {
  it('leaves the mail in doubt', async () => {
    const sockets = new Set<Socket>();
    const server = new SMTPServer({
      disabledCommands: ['STARTTLS'],
      authOptional: true,
      onData: (stream) => {
        stream.once('data', () => {
          for (const socket of sockets) socket.destroy();
        });
      },
    });
    server.on('error', () => {});
    server.server.on('connection', (socket) => sockets.add(socket));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.server.address() as AddressInfo;
    const connection = email().open(accountOf(`smtp://127.0.0.1:${port}`));
    expect(await connection.send(notice, patience())).toMatchObject({
      kind: 'retry',
      reason: 'channelDown',
      inDoubt: true,
    });
    await connection.close();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  });
});

describe('a mail server with a certificate that nobody vouches for', () => {
  const taken: string[] = [];
  let server: SMTPServer;
  const port = () => (server.server.address() as AddressInfo).port;
  const open = (secret: string) => email().open(accountOf(secret));
  const startServer = async (secure: boolean) => {
    taken.length = 0;
    // smtp-server warns of the very certificate that this is about.
    const warning = vi.spyOn(console, 'error').mockImplementation(() => {});
    server = new SMTPServer({
      secure,
      authOptional: true,
      onData(stream, _session, done) {
        stream.resume();
        stream.on('end', () => {
          taken.push('mail');
          done();
        });
      },
    });
    warning.mockRestore();
    server.on('error', () => {});
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  };
  afterEach(() => new Promise<void>((resolve) => server.close(() => resolve())));

  it.each([true, false])(
    'is not trusted, and a person is called (TLS from the start: %s)',
    async (secure) => {
      await startServer(secure);
      const connection = open(`${secure ? 'smtps' : 'smtp'}://127.0.0.1:${port()}`);
      expect(await connection.send(notice, patience())).toMatchObject({
        kind: 'person',
        reason: 'channelStopped',
      });
      expect(taken).toEqual([]);
      await connection.close();
    },
  );

  it('is used when the URL says so', async () => {
    await startServer(true);
    const connection = open(`smtps://127.0.0.1:${port()}?tls.rejectUnauthorized=false`);
    expect(await connection.send(notice, patience())).toMatchObject({ kind: 'accepted' });
    await connection.close();
  });
});
