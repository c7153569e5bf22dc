import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTransport, type SendMailOptions } from 'nodemailer';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  findLink,
  linksOf,
  type Mail,
  type MailFault,
  type MailOptions,
  type MailSandbox,
  startMail,
  unsubscribe,
} from '../../src/sandbox/index.ts';

const LETTER: SendMailOptions = {
  from: { name: 'Trường THCS Nà Giàng', address: 'lienlac@truong.edu.vn' },
  to: 'me.minh@gmail.com',
  subject: 'Thông báo về em Minh, lớp 6A1 – nghỉ học vì mưa lũ ở các xã vùng cao trong tuần này',
  text: 'Xem https://truong.edu.vn/t?a=1&b=2.',
  html: '<p>Xem <a href="https://truong.edu.vn/t?a=1&amp;b=2">đây</a></p>',
  messageId: '<d-1@truong.edu.vn>',
};

async function serverUnderTest(options: MailOptions = {}, url?: (url: string) => string) {
  const mail = await startMail(options);
  onTestFinished(() => mail.stop());
  const transport = createTransport(url ? url(mail.url) : mail.url);
  onTestFinished(() => transport.close());
  return { mail, send: (letter: SendMailOptions = {}) => transport.sendMail({ ...LETTER, ...letter }) };
}

const latest = ({ accepted }: MailSandbox): Mail => {
  const mail = accepted.at(-1);
  if (!mail) throw new Error('no mail has come');
  return mail;
};

describe('a mail through nodemailer', () => {
  it('lies in the box as it was written', async () => {
    const { mail, send } = await serverUnderTest();
    await send();
    expect(mail.mailbox('Me.Minh@Gmail.com').mails()).toMatchObject([
      {
        from: 'lienlac@truong.edu.vn',
        to: 'me.minh@gmail.com',
        messageId: '<d-1@truong.edu.vn>',
        sender: { name: 'Trường THCS Nà Giàng', address: 'lienlac@truong.edu.vn' },
        subject: LETTER.subject,
        html: LETTER.html,
      },
    ]);
    expect(mail.accepted[0]?.text.trim()).toBe(LETTER.text);
    expect(linksOf(latest(mail))).toEqual(['https://truong.edu.vn/t?a=1&b=2']);
    expect(findLink(latest(mail), '/t?')).toBe('https://truong.edu.vn/t?a=1&b=2');
    expect(() => findLink(latest(mail), 'confirm')).toThrow('there are: https://truong.edu.vn/t?a=1&b=2');
  });

  it('lies there twice when it came twice, and is counted', async () => {
    const { mail, send } = await serverUnderTest();
    await send();
    await send();
    await send({ messageId: '<d-2@truong.edu.vn>' });
    expect(mail.mailbox('me.minh@gmail.com').mails()).toHaveLength(3);
    expect(mail.duplicates()).toEqual(new Map([['<d-1@truong.edu.vn>', 2]]));
  });

  it('is still there after a restart with a journal', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'lienlac-mail-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const journal = join(folder, 'mail.jsonl');
    const { mail, send } = await serverUnderTest({ journal });
    await send();
    await mail.stop();
    const after = await serverUnderTest({ journal });
    expect(after.mail.accepted).toEqual(mail.accepted);
  });
});

describe('refusals', () => {
  it.each<[string, MailOptions, SendMailOptions, number]>([
    ['another domain when relaying is closed', { domains: ['truong.edu.vn'] }, {}, 554],
    ['an address without a domain', {}, { envelope: { from: 'a@b.vn', to: 'root@localhost' } }, 553],
    ['a sender without a domain', {}, { envelope: { from: 'root@localhost', to: 'a@b.vn' } }, 553],
    ['a mail over the size', { maxBytes: 2000 }, { text: 'x'.repeat(3000) }, 552],
    [
      'a mail without From',
      {},
      { raw: 'Subject: x\r\n\r\nx', envelope: { from: 'a@b.vn', to: 'c@d.vn' } },
      550,
    ],
    ['a mail without AUTH', { auth: { user: 'u', password: 'p' } }, {}, 530],
  ])('%s', async (_, options, letter, responseCode) => {
    const { mail, send } = await serverUnderTest(options);
    await expect(send(letter)).rejects.toMatchObject({ responseCode });
    expect(mail.accepted).toEqual([]);
  });

  it('takes the right password and no other', async () => {
    const auth = { user: 'hub', password: 'dung' };
    const right = await serverUnderTest({ auth }, (url) => url.replace('//', '//hub:dung@'));
    await right.send();
    expect(right.mail.accepted).toHaveLength(1);
    const wrong = await serverUnderTest({ auth }, (url) => url.replace('//', '//hub:sai@'));
    await expect(wrong.send()).rejects.toMatchObject({ responseCode: 535 });
    expect(wrong.mail.refusals).toEqual({ 535: 1 });
  });

  it('answers 501 to what is no address at all', async () => {
    const { mail } = await serverUnderTest();
    const socket = connect(mail.port, '127.0.0.1');
    onTestFinished(() => void socket.destroy());
    const lines: string[] = [];
    for await (const chunk of socket) {
      lines.push(String(chunk));
      if (lines.length === 1) socket.write('EHLO a.vn\r\n');
      else if (/^250 /m.test(String(chunk))) socket.write('MAIL FROM:<a b>\r\n');
      else if (/^5/m.test(String(chunk))) break;
    }
    expect(lines.at(-1)).toMatch(/^501 /);
  });
});

describe('scripted faults', () => {
  it.each<[MailFault, object, number]>([
    [{ stage: 'mail', kind: 'reply', code: 421, text: '4.7.0 Thử lại sau' }, { responseCode: 421 }, 0],
    [{ stage: 'rcpt', kind: 'reply', code: 550, text: '5.1.1 No such user' }, { responseCode: 550 }, 0],
    [{ stage: 'data', kind: 'reply', code: 452 }, { responseCode: 452 }, 0],
    [{ stage: 'connect', kind: 'reply', code: 421, text: 'too busy' }, { responseCode: 421 }, 0],
    [{ stage: 'rcpt', kind: 'drop' }, { command: 'CONN' }, 0],
    [{ stage: 'data', kind: 'drop' }, { command: 'CONN' }, 0],
    [{ stage: 'data', kind: 'drop-after-accept' }, { command: 'CONN' }, 1],
  ])('%j', async (fault, error, accepted) => {
    const { mail, send } = await serverUnderTest();
    const handle = mail.fault(fault);
    await expect(send()).rejects.toMatchObject(error);
    expect(mail.accepted).toHaveLength(accepted);
    expect(handle.hits).toBe(1);
    await send();
    expect(mail.accepted).toHaveLength(accepted + 1);
  });

  it('hits one address only, as long as it stands', async () => {
    const { mail, send } = await serverUnderTest();
    const full = { stage: 'rcpt', kind: 'reply', code: 552, text: '5.2.2 Mailbox full' } as const;
    const handle = mail.fault({ ...full, address: 'ME.minh@gmail.com', times: Number.POSITIVE_INFINITY });
    await send({ to: 'khac@gmail.com' });
    await expect(send()).rejects.toMatchObject({ responseCode: 552 });
    await expect(send()).rejects.toMatchObject({ responseCode: 552 });
    handle.remove();
    await send();
    expect(mail.accepted.map(({ to }) => to)).toEqual(['khac@gmail.com', 'me.minh@gmail.com']);
  });

  it('delays, then goes on', async () => {
    const { mail, send } = await serverUnderTest();
    mail.fault({ stage: 'rcpt', kind: 'delay', delayMs: 30 });
    const from = performance.now();
    await send();
    expect(performance.now() - from).toBeGreaterThanOrEqual(29);
    expect(mail.accepted).toHaveLength(1);
  });
});

describe('one-click unsubscribe (RFC 8058)', () => {
  async function listServer(status: number) {
    const posts: string[] = [];
    const server = createServer(async (req, res) => {
      let body = '';
      for await (const chunk of req) body += chunk;
      posts.push(`${req.method} ${req.headers['content-type']} ${body}`);
      res.writeHead(status, status === 302 ? { location: '/' } : {}).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    return { posts, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/u/1` };
  }

  it('posts what mail programs post', async () => {
    const { mail, send } = await serverUnderTest();
    const list = await listServer(200);
    await send({
      headers: {
        'List-Unsubscribe': `<mailto:x@truong.edu.vn>, <${list.url}>`,
        'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
      },
    });
    expect(await unsubscribe(latest(mail))).toBe(200);
    expect(list.posts).toEqual(['POST application/x-www-form-urlencoded List-Unsubscribe=One-Click']);
  });

  it('refuses a redirect, and a mail without the second header', async () => {
    const { mail, send } = await serverUnderTest();
    const list = await listServer(302);
    const offer = { 'List-Unsubscribe': `<${list.url}>` };
    await send({ headers: { ...offer, 'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click' } });
    await expect(unsubscribe(latest(mail))).rejects.toThrow('redirect (302)');
    await send({ headers: offer });
    await expect(unsubscribe(latest(mail))).rejects.toThrow('offers no one-click unsubscribe');
  });
});
