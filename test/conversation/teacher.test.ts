import { beforeAll, describe, expect, it } from 'vitest';
import { staffCommand } from '../../src/commands/staff.ts';
import { staffCommandsIn } from '../../src/conversation/menu.ts';
import { nextOffice } from '../../src/time/index.ts';
import { printed } from '../commands/office.ts';
import { forwardToMonday } from '../flow/town.ts';
import { until } from '../harness/index.ts';
import {
  CHAT_CHANNELS,
  type ChatChannel,
  type ChatTown,
  type Chatter,
  linkedFamily,
  linkedStaff,
  newStaff,
  openChatTown,
} from './chats.ts';

// The whole day is office hours, but for the one town of which it is said otherwise.
let town: ChatTown;
beforeAll(async () => {
  town = await openChatTown({ OFFICE_FROM: '00:00', OFFICE_TO: '23:59' });
  forwardToMonday(town);
});
const db = () => town.hub.db.prisma;
const staff = (...args: string[]) => printed(() => staffCommand(args, town.settings));

const teacherOf = (className: string, channel: ChatChannel, role = 'formTeacher') =>
  newStaff(town, channel, role, role === 'head' ? undefined : className);
const linkedTeacher = (className: string, channel: ChatChannel, role = 'formTeacher') =>
  linkedStaff(town, channel, role, role === 'head' ? undefined : className);
/** The newest message that somebody got without asking, once it is there. */
const told = (person: Chatter, words: string | RegExp) =>
  until(`a message like "${words}"`, () =>
    person.said().find((one) => (typeof words === 'string' ? one.includes(words) : words.test(one))),
  );

describe.each(CHAT_CHANNELS)('A parent on %s and a teacher', (channel) => {
  const cls = (name: string) => `${channel === 'telegram' ? '6' : '7'}${name}`;

  it('write to each other about one child, and neither sees the other’s address', async () => {
    const className = cls('A1');
    const { person } = await linkedFamily(town, channel, { className });
    const teacher = await linkedTeacher(className, channel === 'telegram' ? 'zalo-bot' : 'telegram');
    await person.type('nhắn giáo viên');
    expect(await person.type('Mai em Hân xin nghỉ ạ')).toContain(`đến ${teacher.name}`);
    const asked = await told(teacher.person, 'Mai em Hân xin nghỉ ạ');
    expect(asked).toContain(`Phụ huynh em Triệu Thị Ngọc Hân, lớp ${className} nhắn:`);
    expect(asked).not.toContain(person.chatId);
    await teacher.person.choose('Trả lời');
    expect(await teacher.person.type('Cô đồng ý, chúc em mau khỏe')).toContain('Đã gửi đến phụ huynh em Hân');
    const answer = await told(person, 'chúc em mau khỏe');
    expect(answer).toContain(`Em Hân – ${teacher.name} nhắn:`);
    expect(answer).not.toContain(teacher.person.chatId);
    await person.choose('Trả lời');
    await person.type('Cảm ơn cô');
    await told(teacher.person, 'Cảm ơn cô');
  });

  it('are brought together by a sentence that nobody understands, and by several in a row', async () => {
    const className = cls('A2');
    const { person } = await linkedFamily(town, channel, { className });
    const teacher = await linkedTeacher(className, 'telegram');
    expect(await person.type('Cô ơi, cháu bị sốt')).toMatch(
      /chưa hiểu tin này[\s\S]*Gia đình đang nhận tin về/,
    );
    await person.type('từ tối qua');
    expect(await person.choose(new RegExp(teacher.name))).toContain('Đã chuyển lời nhắn');
    expect(await told(teacher.person, 'cháu bị sốt')).toContain('Cô ơi, cháu bị sốt\ntừ tối qua');
    expect(teacher.person.said().filter((one) => one.includes('sốt'))).toHaveLength(1);
  });

  it('lose nothing when the teacher has no chat yet: it is passed on when they link one', async () => {
    const className = cls('A3');
    const { person } = await linkedFamily(town, channel, { className });
    const teacher = await teacherOf(className, channel);
    await person.type('/nhan');
    expect(await person.type('Em quên vở')).toContain('chưa mở kênh này');
    await teacher.person.type(teacher.code);
    await told(teacher.person, 'Em quên vở');
  });

  it('cannot be joined by anybody else, whatever button comes', async () => {
    const className = cls('A4');
    const { person } = await linkedFamily(town, channel, { className });
    await linkedTeacher(className, 'telegram');
    const other = await linkedFamily(town, channel, { className, fullName: 'Bế Văn Khác' });
    await person.type('/nhan');
    await person.type('Chuyện riêng');
    const thread = await db().chatThread.findFirstOrThrow({ where: { address: person.chatId } });
    await other.person.type('/thongbao');
    if (channel === 'telegram') {
      const chat = { id: Number(other.person.chatId), type: 'private', first_name: 'x' };
      const message = { message_id: 1, date: 1, chat };
      const press = { id: 'forged', from: chat, message, chat_instance: 'x', data: `go:reply:${thread.id}` };
      town.telegram.pushUpdate('callback_query', press);
      await town.settled();
    } else {
      const row = {
        accountId: town.zaloLane,
        address: other.person.chatId,
        number: 90,
        serial: 90,
        label: 'x',
      };
      await db().chatChoice.create({
        data: { ...row, action: `go:reply:${thread.id}`, offeredAt: town.now() },
      });
      await other.person.type('90');
    }
    expect(other.person.said().at(-1)).toContain('không còn tiếp tục được nữa');
  });
});

describe.each(CHAT_CHANNELS)('A teacher on %s', (channel) => {
  const cls = (name: string) => `${channel === 'telegram' ? '10' : '11'}${name}`;

  it('writes to the parents of one child of theirs, and both go on in one thread', async () => {
    const className = cls('A1');
    const { person } = await linkedFamily(town, channel, { className });
    const other = await linkedFamily(town, channel, { className, fullName: 'Bế Văn Khác' });
    const teacher = await linkedTeacher(className, channel);
    await teacher.person.type('/phuhuynh');
    expect(teacher.person.offers()).toEqual(expect.arrayContaining(['Triệu Thị Ngọc Hân', 'Bế Văn Khác']));
    expect(await teacher.person.type('Nobody')).toContain('không có em nào');
    expect(await teacher.person.type('hân')).toContain('phụ huynh em Triệu Thị Ngọc Hân');
    expect(await teacher.person.type('Em Hân quên áo ạ')).toContain('Đã gửi đến phụ huynh em Hân');
    expect(await told(person, 'quên áo')).toContain(`Em Hân – ${teacher.name} nhắn:`);
    expect(other.person.said().join()).not.toContain('quên áo');
    await person.choose('Trả lời');
    await person.type('Tôi đến lấy ngay');
    await told(teacher.person, 'đến lấy ngay');
    expect(await db().chatThread.count({ where: { address: person.chatId } })).toBe(1);
  });

  it('writes to nobody who has not agreed, and to no class that is not theirs any more', async () => {
    const className = cls('A2');
    await linkedFamily(town, channel, { className, agrees: false });
    const teacher = await linkedTeacher(className, channel);
    await teacher.person.type('/phuhuynh');
    expect(await teacher.person.type('Hân')).toContain('Xin gọi điện');
    const { person } = await linkedFamily(town, channel, { className, fullName: 'Bế Văn Sau' });
    await teacher.person.type('/phuhuynh');
    await teacher.person.type('Sau');
    await db().staffRole.deleteMany({ where: { staff: { fullName: teacher.name } } });
    expect(await teacher.person.type('Còn nhắn được không')).not.toContain('Đã gửi');
    expect(person.said().join()).not.toContain('Còn nhắn được không');
  });

  it('unlinks with "/huy", and is nobody in that chat from then on', async () => {
    const className = cls('A3');
    const { person } = await linkedFamily(town, channel, { className });
    const teacher = await linkedTeacher(className, channel);
    expect(await teacher.person.type('/trogiup')).toMatch(/\/thongbao[\s\S]*\/dagui[\s\S]*\/phuhuynh/);
    expect(teacher.person.said().join()).not.toContain('/khan');
    expect(await teacher.person.type('/huy')).toContain('Đã ngắt kênh này khỏi tài khoản');
    expect(await teacher.person.type('/thongbao')).toContain('chưa nối với học sinh nào');
    await person.type('nhắn giáo viên');
    expect(await person.type('Cô còn đó không')).toContain('chưa mở kênh này');
    const ended = await db().auditEntry.count({ where: { action: 'staff.unlink' } });
    expect(ended).toBeGreaterThan(0);
  });
});

it('The app lists what staff may do in their chat alone', async () => {
  await linkedFamily(town, 'telegram', { className: '12A1' });
  const calls = town.telegram.calls.setMyCommands ?? 0;
  await linkedTeacher('12A1', 'telegram');
  expect(town.telegram.calls.setMyCommands).toBe(calls + 1);
  const roles = [{ role: 'formTeacher', classId: 'x' }] as never;
  const { texts } = town.hub;
  const listed = staffCommandsIn({ texts, topics: [] }, 'vi', roles);
  const names = listed.map(({ command }) => command);
  expect(names).toEqual(expect.arrayContaining(['thongbao', 'dagui', 'phuhuynh', 'caidat']));
  expect(names).not.toContain('khan');
  expect(new Set(names).size).toBe(names.length);
});

describe('Outside office hours', () => {
  it('a message waits for the morning with a courteous line, and "Khẩn cấp" reaches whoever is on duty at once', async () => {
    const className = '8A1';
    const { person } = await linkedFamily(town, 'telegram', { className });
    const teacher = await linkedTeacher(className, 'telegram');
    const head = await linkedTeacher(className, 'zalo-bot', 'head');
    // 23:59 at school: no office.
    const now = town.now();
    const minute = new Date(now);
    minute.setUTCHours(16, 59, 5, 0);
    town.forward(minute.getTime() - now.getTime());
    await person.type('/nhan');
    expect(await person.type('Nhà em bị ngập')).toMatch(/ngoài giờ làm việc.*sẽ nhận được lúc 00:00 ngày/);
    expect(teacher.person.said().join()).not.toContain('ngập');
    expect(await person.choose('Khẩn cấp')).toContain('Đã báo ngay cho người trực');
    await told(head.person, /KHẨN CẤP[\s\S]*Nhà em bị ngập/);
    await told(teacher.person, 'Nhà em bị ngập');
    expect(head.person.offers()).toEqual([]);
    expect(head.person.said().filter((one) => one.includes('ngập'))).toHaveLength(1);
  });

  const HOURS = { fromMin: 7 * 60, toMin: 17 * 60 + 30 };
  it.each([
    ['2026-11-24T10:00:00+07:00', '2026-11-24T10:00:00+07:00'],
    ['2026-11-24T17:30:00+07:00', '2026-11-25T07:00:00+07:00'],
    ['2026-11-24T06:59:00+07:00', '2026-11-24T07:00:00+07:00'],
    ['2026-11-28T18:00:00+07:00', '2026-11-30T07:00:00+07:00'],
    ['2026-11-29T12:00:00+07:00', '2026-11-30T07:00:00+07:00'],
  ])('what comes at %s is passed on at %s', (at, expected) => {
    expect(nextOffice(new Date(at), HOURS)).toEqual(new Date(expected));
  });
});

describe('A code of staff', () => {
  it('links one chat once, ends when a newer one is made, and is limited like every code', async () => {
    await linkedFamily(town, 'telegram', { className: '8A2' });
    const first = await teacherOf('8A2', 'telegram');
    const { text } = await staff('code', '--name', first.name);
    const newer = /^([0-9A-Z]{4}-[0-9A-Z]{4})/.exec(text)?.[1] ?? '';
    expect(await first.person.type(first.code)).toContain('Mã này không dùng được');
    expect(await first.person.type(newer)).toContain('đã được nối với tài khoản');
    expect(await first.person.type(newer)).toContain('đã được nối với tài khoản');
    expect(await town.person('telegram').type(newer)).toContain('Mã này không dùng được');
    expect((await staff('list')).text).toContain(`${first.name}  formTeacher  8A2  chat ✓`);
  });
});
