import { spawn } from 'node:child_process';
import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openJournal } from '../../src/sandbox/journal.ts';
import { botUnderTest, refusalOf } from './bot-under-test.ts';

function journalPath(): string {
  const folder = mkdtempSync(join(tmpdir(), 'lienlac-sandbox-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return join(folder, 'telegram.jsonl');
}

describe('a restarted stand-in', () => {
  it('knows its chats, its log, what waits, and goes on counting', async () => {
    const journal = journalPath();
    const before = await botUnderTest({ journal });
    const lan = before.telegram.person('7', { firstName: 'Lan' });
    const mai = before.telegram.person('8');
    lan.start('K7M2');
    mai.start();
    const { message_id: id } = await before.send.sendMessage('7', 'Mời <b>họp</b>', {
      parse_mode: 'HTML',
      reply_markup: { inline_keyboard: [[{ text: 'Đã nhận', callback_data: 'ok' }]] },
    });
    await before.send.sendMessage('8', 'sẽ bị xoá');
    await before.send.deleteMessage('8', before.telegram.accepted.at(-1)?.messageId as unknown as number);
    await before.send.editMessageText('7', id, undefined, 'Mời họp lúc 7 giờ', {
      reply_markup: { inline_keyboard: [[{ text: 'Đã nhận', callback_data: 'ok' }]] },
    });
    const press = lan.press('ok');
    mai.block();
    await before.send.callApi('getUpdates', {
      offset: (before.telegram.pendingUpdates()[1]?.update_id ?? 0) + 1,
    });
    await before.telegram.stop();
    appendFileSync(journal, '{"k":"seen","chatId":"7","mess');

    const after = await botUnderTest({ journal });
    expect(after.telegram.person('7').firstName).toBe('Lan');
    expect(after.telegram.person('7').messages()).toEqual(lan.messages());
    expect(after.telegram.person('8').messages()).toHaveLength(1);
    expect(after.telegram.accepted).toEqual(before.telegram.accepted);
    expect(after.telegram.pendingUpdates()).toEqual(before.telegram.pendingUpdates());
    expect(after.telegram.pendingUpdates()).toHaveLength(2);
    expect((await refusalOf(after.send.sendMessage('8', 'x'))).code).toBe(403);
    await after.send.answerCbQuery(press);
    const sent = await after.send.sendMessage('7', 'x');
    expect(sent.message_id).toBeGreaterThan(id + 1);
    after.telegram.person('7').type('mới');
    const ids = after.telegram.pendingUpdates().map(({ update_id }) => update_id);
    expect(new Set(ids).size).toBe(3);
  });

  it('goes on with a webhook', async () => {
    const journal = journalPath();
    const before = await botUnderTest({ journal });
    await before.send.setWebhook('http://127.0.0.1:9/hook', {
      secret_token: 's',
      allowed_updates: ['message'],
    });
    await before.telegram.stop();
    const after = await botUnderTest({ journal });
    expect(await after.send.getWebhookInfo()).toMatchObject({
      url: 'http://127.0.0.1:9/hook',
      allowed_updates: ['message'],
    });
  });
});

describe('the journal', () => {
  it('has everything that was written before a kill -9', async () => {
    const path = journalPath();
    const script = `
      const fs = require('node:fs');
      const fd = fs.openSync(${JSON.stringify(path)}, 'a');
      for (let i = 0; i < 1000; i++) fs.writeSync(fd, JSON.stringify({ i }) + '\\n');
      process.kill(process.pid, 'SIGKILL');`;
    await new Promise((resolve) => spawn(process.execPath, ['-e', script]).once('exit', resolve));
    const { records, journal } = openJournal<{ i: number }>(path);
    journal.append({ i: 1000 });
    journal.close();
    expect(records).toHaveLength(1000);
    expect(openJournal<{ i: number }>(path).records.at(-1)).toEqual({ i: 1000 });
  });
});
