import { describe, expect, it } from 'vitest';
import { botUnderTest, refusalOf, TOKEN } from './bot-under-test.ts';

const KEY = (callback_data: string) => ({
  reply_markup: { inline_keyboard: [[{ text: 'Đã nhận', callback_data }]] },
});

describe('sending through Telegraf', () => {
  it('shows a message to a person who has pressed Start, and logs it once', async () => {
    const { telegram, send } = await botUnderTest();
    const lan = telegram.person(undefined, { firstName: 'Lan' });
    lan.start();
    const sent = await send.sendMessage(lan.chatId, 'Em <b>Minh</b> &amp; bạn', {
      parse_mode: 'HTML',
      ...KEY('c:1'),
    });
    expect(sent).toMatchObject({
      text: 'Em Minh & bạn',
      chat: { id: Number(lan.chatId), first_name: 'Lan' },
    });
    expect(lan.messages().at(-1)).toMatchObject({
      messageId: String(sent.message_id),
      from: 'bot',
      text: 'Em Minh & bạn',
      entities: [{ type: 'bold', offset: 3, length: 4 }],
      buttons: [[{ label: 'Đã nhận', data: 'c:1' }]],
    });
    expect(telegram.accepted).toMatchObject([
      {
        chatId: lan.chatId,
        method: 'sendMessage',
        text: 'Em Minh & bạn',
        messageId: String(sent.message_id),
      },
    ]);
    expect(telegram.acceptedCount).toBe(1);
  });

  it.each([
    ['a chat that nobody knows', '42'],
    ['a person who has not pressed Start', '700000001'],
  ])('refuses %s', async (_, chatId) => {
    const { telegram, send } = await botUnderTest();
    telegram.person('700000001');
    expect(await refusalOf(send.sendMessage(chatId, 'x'))).toMatchObject({
      code: 400,
      description: 'Bad Request: chat not found',
    });
    expect(telegram.refusals).toEqual({ 400: 1 });
    expect(telegram.accepted).toEqual([]);
  });

  it('refuses who has blocked the bot, until they unblock it', async () => {
    const { telegram, send } = await botUnderTest();
    const lan = telegram.person();
    lan.start();
    lan.block();
    expect(await refusalOf(send.sendMessage(lan.chatId, 'x'))).toMatchObject({
      code: 403,
      description: 'Forbidden: bot was blocked by the user',
    });
    lan.unblock();
    await send.sendMessage(lan.chatId, 'x');
    expect(lan.messages().at(-1)?.text).toBe('x');
  });

  it('refuses a deleted account', async () => {
    const { telegram, send } = await botUnderTest();
    const lan = telegram.person();
    lan.start();
    lan.deactivate();
    expect(await refusalOf(send.sendMessage(lan.chatId, 'x'))).toMatchObject({
      code: 403,
      description: 'Forbidden: user is deactivated',
    });
  });

  it('says where a group has moved, and that it was thrown out', async () => {
    const { telegram, send } = await botUnderTest();
    const group = telegram.group();
    const movedTo = group.upgrade();
    expect(await refusalOf(send.sendMessage(group.chatId, 'x'))).toEqual({
      code: 400,
      description: 'Bad Request: group chat was upgraded to a supergroup chat',
      parameters: { migrate_to_chat_id: Number(movedTo) },
    });
    expect((await send.sendMessage(movedTo, 'x')).chat.type).toBe('supergroup');
    const other = telegram.group('Khác');
    other.kick();
    expect(await refusalOf(send.sendMessage(other.chatId, 'x'))).toMatchObject({
      code: 403,
      description: 'Forbidden: bot was kicked from the group chat',
    });
  });

  it.each([
    ['empty text', ' \n', 'Bad Request: message text is empty'],
    ['4097 characters', 'x'.repeat(4097), 'Bad Request: message is too long'],
    ['2049 emoji, which are 4098 units', '😀'.repeat(2049), 'Bad Request: message is too long'],
    [
      'broken markup',
      '<b>x',
      'Bad Request: can\'t parse entities: Can\'t find end tag corresponding to start tag "b"',
    ],
  ])('refuses %s', async (_, text, description) => {
    const { telegram, send } = await botUnderTest();
    telegram.person('7').start();
    expect(await refusalOf(send.sendMessage('7', text, { parse_mode: 'HTML' }))).toMatchObject({
      code: 400,
      description,
    });
  });

  it('counts 4096 after the markup was read', async () => {
    const { telegram, send } = await botUnderTest();
    telegram.person('7').start();
    await send.sendMessage('7', `<b>${'&amp;'.repeat(4096)}</b>`, { parse_mode: 'HTML' });
    expect(telegram.accepted[0]?.text).toBe('&'.repeat(4096));
  });

  it('refuses button data over 64 bytes, not letters', async () => {
    const { telegram, send } = await botUnderTest();
    telegram.person('7').start();
    await send.sendMessage('7', 'x', KEY('a'.repeat(64)));
    expect(await refusalOf(send.sendMessage('7', 'x', KEY('ạ'.repeat(22))))).toMatchObject({
      code: 400,
      description: 'Bad Request: BUTTON_DATA_INVALID',
    });
    expect(await refusalOf(send.sendMessage('7', 'x', KEY('')))).toMatchObject({ code: 400 });
  });

  it('changes a message on the screen, and refuses a change that is none', async () => {
    const { telegram, send } = await botUnderTest();
    const lan = telegram.person('7');
    lan.start();
    const { message_id: id } = await send.sendMessage('7', 'Mời xác nhận', KEY('ok'));
    await send.editMessageText('7', id, undefined, '<i>Đã xác nhận</i>', { parse_mode: 'HTML' });
    expect(lan.messages().at(-1)).toMatchObject({ text: 'Đã xác nhận', buttons: [] });
    const again = send.editMessageText('7', id, undefined, '<em>Đã xác nhận</em>', { parse_mode: 'HTML' });
    expect((await refusalOf(again)).description).toMatch(/^Bad Request: message is not modified: /);
    expect((await refusalOf(send.editMessageText('7', 999, undefined, 'x'))).description).toBe(
      'Bad Request: message to edit not found',
    );
    expect(telegram.acceptedCount).toBe(1);
  });

  it('takes a message away again', async () => {
    const { telegram, send } = await botUnderTest();
    const lan = telegram.person('7');
    lan.start();
    const { message_id: id } = await send.sendMessage('7', 'x');
    await send.deleteMessage('7', id);
    expect(lan.messages().map(({ text }) => text)).toEqual(['/start']);
    expect((await refusalOf(send.deleteMessage('7', id))).description).toBe(
      'Bad Request: message to delete not found',
    );
  });

  it('takes a picture as multipart, and refuses what is none or has too long a caption', async () => {
    const { telegram, send } = await botUnderTest();
    const lan = telegram.person('7');
    lan.start();
    const png = Buffer.from(
      'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
      'base64',
    );
    await send.sendPhoto('7', { source: png }, { caption: 'Mã <b>QR</b>', parse_mode: 'HTML', ...KEY('p') });
    expect(lan.messages().at(-1)).toMatchObject({
      text: 'Mã QR',
      photo: { type: 'image/png', base64: png.toString('base64') },
      buttons: [[{ data: 'p' }]],
    });
    const long = send.sendPhoto('7', { source: png }, { caption: 'x'.repeat(1025) });
    expect((await refusalOf(long)).description).toBe('Bad Request: message caption is too long');
    const noPicture = send.sendPhoto('7', { source: Buffer.from('GIF?') });
    expect((await refusalOf(noPicture)).description).toBe('Bad Request: IMAGE_PROCESS_FAILED');
    const wide = Buffer.from(png);
    wide.writeUInt32BE(21, 16);
    expect((await refusalOf(send.sendPhoto('7', { source: wide }))).description).toBe(
      'Bad Request: PHOTO_INVALID_DIMENSIONS',
    );
    const heavy = Buffer.concat([png, Buffer.alloc(10 * 1024 * 1024)]);
    expect((await refusalOf(send.sendPhoto('7', { source: heavy }))).code).toBe(413);
  });

  it('edits the caption of a picture and the text of a text, and never the other way round', async () => {
    const { telegram, send } = await botUnderTest();
    const lan = telegram.person('7');
    lan.start();
    const png = Buffer.from(
      'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
      'base64',
    );
    const photo = await send.sendPhoto('7', { source: png }, { caption: 'một' });
    const text = await send.sendMessage('7', 'hai');
    await send.editMessageCaption('7', photo.message_id, undefined, 'ba');
    expect(lan.messages().at(-2)?.text).toBe('ba');
    const wrong = send.editMessageText('7', photo.message_id, undefined, 'x');
    expect((await refusalOf(wrong)).description).toBe('Bad Request: there is no text in the message to edit');
    const other = send.editMessageCaption('7', text.message_id, undefined, 'x');
    expect((await refusalOf(other)).description).toBe(
      'Bad Request: there is no caption in the message to edit',
    );
  });
});

describe('the wire', () => {
  it('takes the same call by query, form and JSON', async () => {
    const { telegram } = await botUnderTest();
    telegram.person('7').start();
    const url = `${telegram.root}/bot${TOKEN}/sendMessage`;
    const markup = JSON.stringify(KEY('k').reply_markup);
    const fields = new URLSearchParams({ chat_id: '7', text: 'ba', reply_markup: markup });
    await fetch(`${url}?chat_id=7&text=m%E1%BB%99t`);
    await fetch(url, { method: 'POST', body: fields });
    await fetch(`${url.replace('sendMessage', 'SENDMESSAGE')}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"chat_id":7,"text":"hai"}',
    });
    expect(telegram.accepted.map(({ text }) => text)).toEqual(['một', 'ba', 'hai']);
    expect(telegram.accepted[1]?.replyMarkup).toEqual(KEY('k').reply_markup);
  });

  it.each([
    ['an unknown method', `/bot${TOKEN}/sendPigeon`, 404, 'Not Found'],
    ['a path that is none', '/', 404, 'Not Found'],
    ['another token', '/bot1:wrong/getMe', 401, 'Unauthorized'],
  ])('answers %s with the status in both places', async (_, path, code, description) => {
    const { telegram } = await botUnderTest();
    const response = await fetch(telegram.root + path);
    expect(response.status).toBe(code);
    expect(await response.json()).toEqual({ ok: false, error_code: code, description });
  });

  it('refuses a body that is no JSON', async () => {
    const { telegram } = await botUnderTest();
    const response = await fetch(`${telegram.root}/bot${TOKEN}/getMe`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"a":',
    });
    expect(response.status).toBe(400);
  });

  it('checks commands and chat actions', async () => {
    const { telegram, send } = await botUnderTest();
    telegram.person('7').start();
    expect((await send.getMe()).username).toBe('lienlac_bot');
    await send.setMyCommands([{ command: 'diem', description: 'Xem điểm' }]);
    await send.sendChatAction('7', 'typing');
    const bad = send.setMyCommands([{ command: 'Điểm', description: 'x' }]);
    expect((await refusalOf(bad)).description).toBe('Bad Request: BOT_COMMAND_INVALID');
  });
});
