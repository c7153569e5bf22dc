import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { staffCommand } from '../../src/commands/staff.ts';
import type { SeenMessage } from '../../src/sandbox/index.ts';
import { printed } from '../commands/office.ts';
import { forwardToMonday } from '../flow/town.ts';
import { atEnd, until } from '../harness/index.ts';
import { jpeg, pdf, png } from '../harness/pictures.ts';
import {
  ALL_CHATS,
  type ChatChannel,
  type ChatTown,
  type Chatter,
  linkedFamily,
  openChatTown,
} from './chats.ts';

// The whole day is office hours; nobody has quiet hours.
let town: ChatTown;
beforeAll(async () => {
  town = await openChatTown(
    {
      OFFICE_FROM: '00:00',
      OFFICE_TO: '23:59',
      QUIET_FROM: '03:00',
      QUIET_TO: '03:01',
      ATTACHMENT_MB: '0.1',
    },
    { withOa: true },
  );
  forwardToMonday(town);
});
const db = () => town.hub.db.prisma;
beforeEach(() => town.forward(5 * 60_000));

let count = 0;
/** A family and the form teacher of its child, each on a channel of their own. */
async function pair(channel: ChatChannel) {
  const className = `6B${++count}`;
  const name = `Nông Thị Cô ${'I'.repeat(count)}`;
  const { person } = await linkedFamily(town, channel, { className });
  const staff = (...args: string[]) => printed(() => staffCommand(args, town.settings));
  await staff('add', '--name', name, '--role', 'formTeacher', '--class', className);
  const code = (await staff('code', '--name', name)).text.slice(0, 9);
  const teacher = town.person(channel === 'telegram' ? 'zalo-bot' : 'telegram');
  await teacher.type(code);
  return { person, teacher, name, className };
}

const told = (person: Chatter, words: string) =>
  until(`a message like "${words}"`, () => person.got().find(({ text }) => text.includes(words)));
const bytesOf = (seen: SeenMessage) => Buffer.from(seen.photo?.base64 ?? seen.file?.base64 ?? '', 'base64');
/** What was thrown away on the way is the metadata; these pictures have none. */
const same = (seen: SeenMessage, sent: Buffer) => bytesOf(seen).equals(sent);

/** Once a try has failed: its next time comes, and an update of somebody else wakes the inbox. */
async function tryAgain({ chatId }: Chatter, attempts: number): Promise<void> {
  const where = { chatKey: chatId, attempts, error: { not: null }, handledAt: null };
  await until('a try that failed', async () => (await db().inboundUpdate.count({ where })) > 0);
  town.forward(60_000);
  town.telegram.person().start();
}

describe.each(ALL_CHATS)('A picture from a parent on %s', (channel) => {
  it('goes to the teacher with the child’s name, and one comes back', async () => {
    const { person, teacher, className } = await pair(channel);
    const [note, answer] = [jpeg({ width: 60 }), png({ width: 50 })];
    await person.type('nhắn giáo viên');
    expect(await person.send(note, 'Đơn xin nghỉ của em')).toContain('Đã chuyển lời nhắn');
    const got = await told(teacher, 'Đơn xin nghỉ của em');
    expect(got.text).toContain(`Phụ huynh em Triệu Thị Ngọc Hân, lớp ${className} nhắn:`);
    expect(same(got, note)).toBe(true);
    await teacher.choose('Trả lời');
    expect(await teacher.send(answer)).toContain('Đã gửi đến phụ huynh em Hân');
    const back = await told(person, '(gửi kèm ảnh)');
    expect(same(back, answer)).toBe(true);
    await person.choose('Trả lời');
    await person.send(note, 'Cảm ơn cô');
    await told(teacher, 'Cảm ơn cô');
  });

  it('is offered to the teacher when nothing was asked, and the rest of an album follows it', async () => {
    const { person, teacher, name } = await pair(channel);
    const album = [41, 42, 43].map((width) => jpeg({ width }));
    const [first, second, third] = album as [Buffer, Buffer, Buffer];
    expect(await person.send(first)).toContain('Đã nhận ảnh, tệp của gia đình');
    await person.send(second);
    expect(await person.choose(new RegExp(name))).toContain('Đã chuyển lời nhắn');
    expect(await person.send(third)).toContain('Đã chuyển lời nhắn');
    await until('three pictures', () => teacher.got().filter(({ photo }) => photo).length === 3);
    const got = teacher.got().filter(({ photo }) => photo);
    expect(got.map((seen) => album.findIndex((one) => same(seen, one)))).toEqual([0, 1, 2]);
    town.forward(2 * 60_000);
    expect(await person.send(first)).toContain('Đã nhận ảnh, tệp của gia đình');
  });
});

it.each(['telegram', 'zalo-bot'] as const)(
  'A picture from a teacher goes with the notice to their class, seen before: a parent on %s',
  async (channel) => {
    const { person, teacher } = await pair(channel);
    const plan = jpeg({ width: 70 });
    await teacher.type('/thongbao');
    await teacher.send(plan, 'Sơ đồ chỗ ngồi');
    expect(teacher.got().some((seen) => same(seen, plan))).toBe(true);
    await teacher.choose('Gửi ngay');
    town.forward(10_100);
    await town.hub.bell.at('chatNotices', `look-${channel}`, town.now());
    const got = await until('the notice', () =>
      person.got().find(({ text }) => text.includes('Sơ đồ chỗ ngồi')),
    );
    expect(same(got, plan)).toBe(true);
  },
);

describe('A file', () => {
  it('reaches a channel without files as a link that is good for this chat only as long as it is linked', async () => {
    const { person, teacher } = await pair('telegram');
    await person.type('/nhan');
    await person.send(pdf('giấy ra viện'), 'Giấy ra viện ạ', 'giay ra vien.pdf');
    const got = await told(teacher, 'giay ra vien.pdf');
    const link = /https?:\S+/.exec(got.text)?.[0] ?? '';
    const answer = await fetch(link);
    expect(answer.headers.get('content-type')).toBe('application/pdf');
    expect(answer.headers.get('content-disposition')).toMatch(
      /^attachment; filename\*=UTF-8''giay%20ra%20vien\.pdf$/,
    );
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
    expect(Buffer.from(await answer.arrayBuffer()).equals(pdf('giấy ra viện'))).toBe(true);
    expect((await fetch(`${link}x`)).status).toBe(403);
    await db().staffContact.updateMany({ where: { address: teacher.chatId }, data: { endedAt: town.now() } });
    expect((await fetch(link)).status).toBe(403);
  });

  it('reaches an Official Account as a file, and Telegram from there', async () => {
    const { person, teacher } = await pair('zalo-oa');
    await person.type('/nhan');
    await person.type('Em cần bài');
    await told(teacher, 'Em cần bài');
    await teacher.choose('Trả lời');
    await teacher.send(pdf('đề'), 'Đề ôn tập', 'đề.pdf');
    await told(person, 'Đề ôn tập');
    const got = await until('the file', () => person.got().find(({ file }) => file));
    expect(got.file?.name).toBe('đề.pdf');
    expect(same(got, pdf('đề'))).toBe(true);
  });

  it('reaches a chat of a bot of Zalo as words with a link to its clean name', async () => {
    const { person, teacher } = await pair('zalo-bot');
    await person.type('/nhan');
    await person.type('Em ốm');
    await told(teacher, 'Em ốm');
    await teacher.choose('Trả lời');
    await teacher.send(pdf('bài'), 'Bài về nhà', '../bài tập.pdf.exe');
    const got = await told(person, 'Bài về nhà');
    expect(got.photo).toBeUndefined();
    expect((await told(person, 'bài tập.pdf.pdf')).text).toContain('Xin mở tại');
  });

  it.each([
    ['too large', jpeg({ width: 900, height: 900, noisy: true }), 'anh.jpg', /lớn quá[\s\S]*0,1 MB/],
    ['a program that calls itself a picture', Buffer.from('MZ\x90\0'), 'anh.jpg', /chỉ chuyển được ảnh/],
  ])('that is %s is refused with what is allowed, and the question stands', async (_, bytes, name, words) => {
    const { person, teacher } = await pair('telegram');
    await person.type('/nhan');
    expect(await person.send(bytes, 'đây ạ', name)).toMatch(words);
    expect(await db().attachment.count({ where: { address: person.chatId } })).toBe(0);
    await person.type('Không gửi được ảnh');
    await told(teacher, 'Không gửi được ảnh');
    expect(teacher.got().some(({ text }) => text.includes('đây ạ'))).toBe(false);
  });

  it('is fetched from the provider only, wherever its host sends us', async () => {
    const asked: string[] = [];
    const elsewhere = createServer((req, res) => {
      asked.push(req.url ?? '');
      res.end(jpeg());
    });
    await new Promise<void>((resolve) => elsewhere.listen(0, '127.0.0.1', resolve));
    atEnd(() => new Promise<void>((resolve) => void elsewhere.close(() => resolve())));
    const { port } = elsewhere.address() as AddressInfo;
    const { person } = await pair('zalo-bot');
    town.zalo.mediaFault({ kind: 'redirect', to: `http://127.0.0.1:${port}/secret` });
    expect(await person.send(jpeg())).toContain('Chưa lấy được tệp');
    expect(asked).toEqual([]);
  });

  it('is tried again when the host stumbles, and given up with a word', async () => {
    const { person } = await pair('telegram');
    await person.type('/nhan');
    town.telegram.mediaFault({ kind: 'status', status: 503 });
    const sending = person.send(jpeg(), 'lần một');
    await tryAgain(person, 1);
    expect(await sending).toContain('Đã chuyển lời nhắn');
    for (let n = 0; n < 3; n++) town.telegram.mediaFault({ kind: 'status', status: 503 });
    town.forward(2 * 60_000);
    await person.type('/nhan');
    const again = person.send(jpeg(), 'lần hai');
    await tryAgain(person, 1);
    await tryAgain(person, 2);
    expect(await again).toContain('Chưa lấy được tệp');
  });

  it('is kept and passed on once, however often the update is handled', async () => {
    const { person, teacher } = await pair('telegram');
    await person.type('/nhan');
    const served = town.telegram.mediaServed;
    const isReply = (_: string, { text }: { text?: unknown }) => /Đã chuyển lời nhắn/.test(String(text));
    town.telegram.fault({ kind: 'status', status: 500, match: isReply });
    const sending = person.send(jpeg(), 'một lần');
    await tryAgain(person, 1);
    expect(await sending).toContain('Đã chuyển lời nhắn');
    await told(teacher, 'một lần');
    expect(await db().attachment.count({ where: { address: person.chatId } })).toBe(1);
    expect(town.telegram.mediaServed).toBe(served + 1);
    expect(teacher.got().filter(({ text }) => text.includes('một lần'))).toHaveLength(1);
  });

  it('that waits for the morning does not go to somebody who is the child’s guardian no more', async () => {
    const { person, teacher } = await pair('telegram');
    await person.type('/nhan');
    await person.type('Em ốm');
    await told(teacher, 'Em ốm');
    const { id, guardianId } = await db().chatThread.findFirstOrThrow({ where: { address: person.chatId } });
    const kept = await town.hub.attachments.keep(jpeg(), {});
    if (typeof kept === 'string') throw new Error(kept);
    await town.hub.attachments.use(db(), kept.id, `thread:${id}`);
    const chat = { accountId: town.bot, address: person.chatId };
    expect(await town.hub.attachments.mayHave(kept.id, chat)).toBe(true);
    const other = (await pair('telegram')).person;
    expect(await town.hub.attachments.mayHave(kept.id, { ...chat, address: other.chatId })).toBe(false);
    await db().guardianship.updateMany({ where: { guardianId }, data: { closedAt: town.now() } });
    expect(await town.hub.attachments.mayHave(kept.id, chat)).toBe(false);
    const letter = { ...chat, language: 'vi', key: 'late', dueAt: town.now() };
    await db().chatLetter.create({
      data: { ...letter, reply: { text: 'Ảnh của em', attachment: kept.id } },
    });
    await other.type('/nhan');
    await other.type('nữa');
    await until('the letter to be over', async () => {
      const row = await db().chatLetter.findUniqueOrThrow({ where: { key: 'late' } });
      return row.failed === 'mayNot';
    });
    expect(person.said().some((one) => one.includes('Ảnh của em'))).toBe(false);
  });

  it('of a stranger is not even fetched', async () => {
    const stranger = town.person('telegram');
    await stranger.type('xin chào');
    const served = town.telegram.mediaServed;
    await stranger.send(jpeg());
    expect(town.telegram.mediaServed).toBe(served);
    expect(await db().attachment.count({ where: { address: stranger.chatId } })).toBe(0);
  });

  it('whose time is over is spoken of where it would have stood', async () => {
    const { person, teacher } = await pair('telegram');
    await person.type('/nhan');
    await person.type('trước');
    await told(teacher, 'trước');
    const held = await db().chatLetter.findFirstOrThrow({ where: { address: teacher.chatId } });
    const reply = { text: 'Kèm ảnh cũ', attachment: '01900000-0000-7000-8000-000000000000' };
    await db().chatLetter.create({
      data: {
        ...{ accountId: held.accountId, address: held.address, language: held.language },
        ...{ key: 'old', reply, dueAt: town.now() },
      },
    });
    await person.type('nhắn giáo viên');
    await person.type('nữa');
    expect((await told(teacher, 'Kèm ảnh cũ')).text).toContain('quá thời hạn lưu');
  });
});
