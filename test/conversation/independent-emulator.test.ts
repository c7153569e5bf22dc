import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { expect, it } from 'vitest';
import { draftClassNotice } from '../../src/classroom/index.ts';
import { reportOf } from '../../src/notices/index.ts';
import { BOT_TOKEN, newCodes, newGuardian, newPupil, openTown } from '../flow/town.ts';
import { atEnd, until } from '../harness/index.ts';

// The plain flows once more with an emulator that we have not written (telegram-test-api): what our own stand-in and our
// client agree upon by mistake, it does not know of. It knows eight methods and refuses nothing, so it proves no more.

/** What the emulator keeps of a message of the bot, edits included. */
type Kept = {
  messageId: number;
  message: {
    chat_id: string | number;
    text?: string;
    reply_markup?: { inline_keyboard?: { text: string; callback_data?: string }[][] };
  };
};
type Phone = {
  makeMessage(text: string): object;
  makeCommand(text: string): object;
  makeCallbackQuery(data: string, more: object): object;
  sendMessage(message: object): Promise<unknown>;
  sendCommand(message: object): Promise<unknown>;
  sendCallback(message: object): Promise<unknown>;
};
type Emulator = {
  config: { apiURL: string };
  storage: { botMessages: Kept[] };
  start(): Promise<void>;
  stop(): Promise<boolean>;
  getClient(token: string, who: { chatId: number; userId: number; firstName: string }): Phone;
};
type EmulatorClass = new (where: { port: number; host: string }) => Emulator;
// A CommonJS package whose own types say that it were none.
const TelegramServer = createRequire(import.meta.url)('telegram-test-api') as EmulatorClass;

/** It takes a port and no other way. */
async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => probe.once('listening', resolve));
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  return typeof address === 'object' && address ? address.port : 0;
}

it('A parent links, agrees, is told, confirms and leaves, through an emulator that is not ours', async () => {
  const emulator = new TelegramServer({ port: await freePort(), host: '127.0.0.1' });
  await emulator.start();
  const town = await openTown({ TELEGRAM_API_ROOT: emulator.config.apiURL });
  atEnd(() => emulator.stop());
  const { prisma } = town.hub.db;

  const chatId = 5_150_001;
  const phone = emulator.getClient(BOT_TOKEN, { chatId, userId: chatId, firstName: 'Lan' });
  const got = () => emulator.storage.botMessages.filter(({ message }) => Number(message.chat_id) === chatId);
  const arrives = (words: string) =>
    until(`a message with "${words}"`, () =>
      // It keeps the markup as it was sent.
      got().find(({ message }) => message.text?.replace(/<[^>]+>/g, '').includes(words)),
    );
  const type = async (text: string, words: string) => {
    await (text.startsWith('/')
      ? phone.sendCommand(phone.makeCommand(text))
      : phone.sendMessage(phone.makeMessage(text)));
    return arrives(words);
  };
  const press = async ({ messageId }: Kept, label: string) => {
    const markup = () => got().find((one) => one.messageId === messageId)?.message.reply_markup;
    const buttons = markup()?.inline_keyboard?.flat() ?? [];
    const data = buttons.find(({ text }) => text === label)?.callback_data;
    if (data === undefined) throw new Error(`no button ${label}: ${JSON.stringify(buttons)}`);
    await phone.sendCallback(phone.makeCallbackQuery(data, { message: { message_id: messageId } }));
  };

  const pupil = await newPupil(town.hub, town.school, 'Triệu Thị Ngọc Hân');
  const guardian = await newGuardian(town.hub, town.school, [pupil]);
  const code = (await newCodes(town, town.school))(guardian, pupil);

  await type('xin chào', 'mã 8 ký tự');
  const question = await type(`/start ${code}`, 'kính chào gia đình em Hân');
  await press(question, 'Đồng ý cả ba');
  await until('the consent', async () => {
    return (await prisma.consent.count({ where: { guardianId: guardian, agreed: true } })) === 3;
  });
  await until('the question to be shown anew', () =>
    JSON.stringify(got().find((one) => one.messageId === question.messageId)).includes('Điểm số ✓'),
  );
  await type('/trogiup', 'Gia đình đang nhận tin về: Hân');

  const { id: classId } = await prisma.schoolClass.findFirstOrThrow({ where: { schoolId: town.school } });
  const about = { schoolId: town.school, createdBy: 'cli', idempotencyKey: 'independent' };
  const notice = { classId, title: 'Họp phụ huynh', body: 'Thứ Bảy lúc 8 giờ.', asksToConfirm: true };
  const { id } = await town.hub.publish(draftClassNotice(notice, about));
  await press(await arrives('Thứ Bảy lúc 8 giờ'), 'Đã nhận');
  await until('it to be confirmed', async () => (await reportOf(prisma, town.school, id)).confirmed === 1);

  await type('/huy', 'Đã ngắt kênh này');
  expect(await prisma.contact.findFirstOrThrow({ where: { guardianId: guardian } })).toMatchObject({
    channel: 'telegram',
    address: String(chatId),
    state: 'unlinked',
  });
});
