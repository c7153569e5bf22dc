import { createTransport } from 'nodemailer';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  type PhonesOptions,
  phonesApp,
  startMail,
  startZaloBot,
  startZaloOa,
} from '../../src/sandbox/index.ts';
import { botUnderTest } from './bot-under-test.ts';

const LABELS: Record<string, string> = { '7': 'Mẹ của Minh, 6A1', 'bo.minh@gmail.com': 'Bố của Minh, 6A1' };

async function phones(options: PhonesOptions = {}) {
  const under = await botUnderTest();
  const mail = await startMail();
  onTestFinished(() => mail.stop());
  const app = phonesApp([under.telegram], mail, { label: ({ address }) => LABELS[address], ...options });
  const get = async (path: string) => (await app.request(`http://hub.test${path}`)).text();
  const post = (path: string, fields: Record<string, string>, origin = 'http://hub.test') =>
    app.request(`http://hub.test${path}`, {
      method: 'POST',
      body: new URLSearchParams(fields),
      headers: { origin },
    });
  return { ...under, mail, app, get, post };
}

const CHAT = '/t/lienlac_bot/7';

describe('phones page', () => {
  it('shows what the parent sees, in the list and on the phone', async () => {
    const { telegram, send, get } = await phones();
    telegram.person('7').start();
    await send.sendMessage('7', '<b>Em <i>Minh</i></b> 1 &lt; 2 <a href="https://truong.edu.vn">đây</a>', {
      parse_mode: 'HTML',
      reply_markup: { inline_keyboard: [[{ text: 'Đã nhận', callback_data: 'ok' }]] },
    });
    const page = await get(CHAT);
    expect(page).toMatch(/^<!DOCTYPE html>/);
    expect(page).toContain('Mẹ của Minh, 6A1');
    expect(page).toContain('<b>Em <i>Minh</i></b> 1 &lt; 2 <a href="https://truong.edu.vn"');
    expect(page).toContain('>Đã nhận</button>');
    expect(page).toContain('aria-current="page"');
  });

  it('lets nothing of a message become markup of the page', async () => {
    const { telegram, send, get } = await phones();
    telegram.person('7', { firstName: '<img src=x>' }).start();
    await send.sendMessage('7', '<script>alert(1)</script>');
    await send.sendMessage('7', '<a href="javascript:alert(1)">x</a>', { parse_mode: 'HTML' });
    const page = await get(CHAT);
    expect(page).not.toContain('<script>alert');
    expect(page).not.toContain('<img src=x>');
    expect(page).not.toContain('javascript:');
  });

  it('presses, types, blocks and unblocks as the parent', async () => {
    const { telegram, send, post, get } = await phones();
    const lan = telegram.person('7');
    expect(await get(CHAT)).toContain('Mã trên giấy');
    expect((await post(`${CHAT}/start`, { text: 'K7M2' })).headers.get('location')).toBe(CHAT);
    await send.sendMessage('7', 'x', {
      reply_markup: { inline_keyboard: [[{ text: 'A', callback_data: 'a' }]] },
    });
    const messageId = lan.messages().at(-1)?.messageId ?? '';
    expect((await post(`${CHAT}/press`, { data: 'a', messageId, back: '/' })).headers.get('location')).toBe(
      '/',
    );
    await post(`${CHAT}/type`, { text: 'Cháu bị ốm' });
    await post(`${CHAT}/block`, {});
    expect(lan.state).toBe('blocked');
    expect(await get(CHAT)).toContain('Bỏ chặn');
    await post(`${CHAT}/unblock`, {});
    expect(lan.messages().map(({ text }) => text)).toEqual(['/start K7M2', 'x', 'Cháu bị ốm']);
    expect(telegram.pendingUpdates().map((update) => Object.keys(update)[1])).toEqual([
      'message',
      'callback_query',
      'message',
      'my_chat_member',
      'my_chat_member',
    ]);
  });

  it('shows a Zalo chat beside the others, where everything is typed, and a family may leave', async () => {
    const zalo = await startZaloBot({ token: '7100000001:ZALO', name: 'Bot Trường' });
    onTestFinished(() => zalo.stop());
    const { post, get, telegram } = await phones({ zalos: [zalo] });
    telegram.person('7').start();
    const lan = zalo.person('a1b2c3d4e5f60718293a', '<b>Chị Lan</b>');
    const chat = `/z/${zalo.id}/${lan.chatId}`;
    expect(await get('/list')).toMatch(/&lt;b&gt;Chị Lan[\s\S]*Zalo Bot \(chưa mở\)/);
    expect((await post(`${chat}/type`, { text: '#AB12CD34' })).headers.get('location')).toBe(chat);
    await fetch(`${zalo.root}/bot${zalo.token}/sendMessage`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        chat_id: lan.chatId,
        text: 'Em Minh <script>',
        text_styles: [{ start: 3, len: 4, st: ['b'] }],
      }),
    });
    const page = await get(chat);
    expect(page).toContain('#AB12CD34');
    expect(page).toContain('Em <b>Minh</b> &lt;script&gt;');
    expect(page).not.toContain('<button type="submit">Bắt đầu</button>');
    await post(`${chat}/block`, {});
    expect(lan.state).toBe('left');
    expect(await (await post(`${chat}/type`, { text: 'x' })).text()).toContain(
      'Máy này hiện không làm được việc đó.',
    );
    await post(`${chat}/unblock`, {});
    expect(lan.state).toBe('started');
    expect((await post(`/z/${zalo.id}/nobody/type`, { text: 'x' })).status).toBe(404);
  });

  it('shows a chat with an Official Account, whether a message is free there, and what a family can do', async () => {
    let now = Date.UTC(2026, 10, 10, 3);
    const oa = await startZaloOa({ name: 'OA Trường', clock: () => now });
    onTestFinished(() => oa.stop());
    const { post, get } = await phones({ oas: [oa] });
    const lan = oa.person(undefined, { name: '<b>Chị Lan</b>' });
    const chat = `/o/${oa.oaId}/${lan.userId}`;
    expect(await get('/list')).toMatch(/&lt;b&gt;Chị Lan[\s\S]*Zalo OA \(chưa quan tâm\)/);
    expect(await get(chat)).toContain('chưa từng tương tác');
    expect((await post(`${chat}/follow`, {})).headers.get('location')).toBe(chat);
    await post(`${chat}/type`, { text: '#AB12CD34' });
    const page = await get(chat);
    expect(page).toContain('#AB12CD34');
    expect(page).toContain('nhắn miễn phí');
    now += 3 * 86_400_000;
    expect(await get(chat)).toContain('nhắn mất phí');
    now += 5 * 86_400_000;
    expect(await get(chat)).toContain('không nhắn được nữa');
    await post(`${chat}/read`, {});
    expect(lan.window).toBe('closed');
    await post(`${chat}/block`, {});
    expect(lan.relation).toBe('left');
    expect(await (await post(`${chat}/type`, { text: 'x' })).text()).toContain(
      'Máy này hiện không làm được việc đó.',
    );
    await post(`${chat}/unblock`, {});
    expect(lan.relation).toBe('talking');
    expect((await post(`/o/${oa.oaId}/nobody/type`, { text: 'x' })).status).toBe(404);
  });

  it('says why something cannot be done', async () => {
    const { telegram, post } = await phones();
    telegram.person('7').start();
    const gone = await post(`${CHAT}/press`, { data: 'a', messageId: '1' });
    expect(gone.status).toBe(409);
    expect(await gone.text()).toContain('Nút này không còn trên màn hình.');
    expect((await post('/t/lienlac_bot/8/type', { text: 'x' })).status).toBe(404);
    expect((await post('/t/other/7/type', { text: 'x' })).status).toBe(404);
  });

  it('takes no form from another site', async () => {
    const { telegram, post } = await phones();
    telegram.person('7').start();
    expect((await post(`${CHAT}/block`, {}, 'http://evil.test')).status).toBe(403);
    expect(telegram.person('7').state).toBe('started');
  });

  it('shows mails in a frame without script, with their links and the unsubscribe button', async () => {
    const { mail, get, post } = await phones();
    const transport = createTransport(mail.url);
    await transport.sendMail({
      from: 'Trường <lienlac@truong.edu.vn>',
      to: 'bo.minh@gmail.com',
      subject: 'Thông báo <6A1>',
      text: 'x',
      html: '<p onclick="x()">Mời <a href="https://truong.edu.vn/c/1">xác nhận</a></p>',
      headers: {
        'List-Unsubscribe': '<http://127.0.0.1:9/u>',
        'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
      },
    });
    transport.close();
    const page = await get('/m/bo.minh%40gmail.com');
    expect(page).toContain('Bố của Minh, 6A1');
    expect(page).toContain('Thông báo &lt;6A1&gt;');
    expect(page).toContain('sandbox="allow-popups allow-popups-to-escape-sandbox"');
    expect(page).not.toContain('<p onclick');
    expect(page).toContain('<a href="https://truong.edu.vn/c/1" target="_blank"');
    expect((await post('/m/bo.minh%40gmail.com/unsubscribe', { index: '0' })).status).toBe(409);
    expect((await post('/m/bo.minh%40gmail.com/unsubscribe', { index: '5' })).status).toBe(404);
    expect(mail.mailboxes()).toHaveLength(1);
    await get('/m/nobody%40gmail.com');
    expect(mail.mailboxes()).toHaveLength(1);
  });

  it('finds by name, shows several phones, and stays small with a thousand of them', async () => {
    const { telegram, get } = await phones();
    telegram.person('7').start();
    for (let i = 100; i < 1100; i++) telegram.person(String(i), { firstName: `Người ${i}` });
    const page = await get('/');
    expect(page.match(/class="phone"/g)).toHaveLength(12);
    expect(page).toContain('Còn 901 mục nữa');
    expect(page.length).toBeLessThan(60_000);
    const found = await get('/list?q=m%E1%BA%B8%20c%E1%BB%A7a');
    expect(found).toContain('Mẹ của Minh');
    expect(found).not.toContain('Người 100');
  });

  it('adds a phone, and keeps its links below its base', async () => {
    const { telegram, post, get } = await phones({ base: '/phones' });
    const answer = await post('/new', { firstName: 'Hoa' });
    expect(answer.headers.get('location')).toMatch(/^\/phones\/t\/lienlac_bot\/\d+$/);
    expect(telegram.persons().map(({ firstName }) => firstName)).toEqual(['Hoa']);
    const links = [...(await get('/')).matchAll(/(?:href|action)="(?!data:)([^"]+)"/g)].map(([, url]) => url);
    expect(links.filter((url) => !url?.startsWith('/phones/'))).toEqual([]);
  });

  it('allows no script but its own, and tells when something has changed', async () => {
    const { telegram, app, get } = await phones();
    const policy = (await app.request('/')).headers.get('content-security-policy') ?? '';
    const nonce = /script-src 'nonce-([^']+)'/.exec(policy)?.[1];
    expect(nonce).toBeTruthy();
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toContain(`${/nonce="([^"]+)"/.exec(await get('/'))?.[1]}`);
    const before = await get('/version');
    telegram.person('7').start();
    expect(await get('/version')).not.toBe(before);
    expect(await get('/style.css')).toContain('.phone');
  });
});
