import { beforeAll, describe, expect, it } from 'vitest';
import { readTime } from '../../src/conversation/day.ts';
import { SCHOOL_OFFSET_MIN, schoolDay } from '../../src/time/index.ts';
import { newGuardian, newPupil } from '../flow/town.ts';
import { until } from '../harness/index.ts';
import {
  CHAT_CHANNELS,
  type ChatChannel,
  type ChatTown,
  type Chatter,
  linkedFamily,
  linkedStaff,
  openChatTown,
  toldFamily,
} from './chats.ts';

let town: ChatTown;
beforeAll(async () => {
  town = await openChatTown({ CHAT_PER_MINUTE: '100000' });
});
const db = () => town.hub.db.prisma;

let looks = 0;
/** The hub looks what is due, as it does at its alarm. */
async function timeGoesBy(ms: number): Promise<void> {
  town.forward(ms);
  await town.hub.bell.at('chatNotices', `look${looks++}`, town.now());
}
const told = (person: Chatter, words: string) =>
  until(`a message like "${words}"`, () => person.said().find((one) => one.includes(words)));
const offered = (person: Chatter, label: string) =>
  until(`the choice "${label}"`, () => person.offers().includes(label));
const heard = (person: Chatter, words: string) => person.said().filter((one) => one.includes(words)).length;

/** A class of its own, with its form teacher and a family on each channel. */
async function classOf(className: string, channel: ChatChannel) {
  const parents = [];
  for (const [index, on] of CHAT_CHANNELS.entries())
    parents.push(await toldFamily(town, on, className, `Lương Thị Em${index}`));
  const teacher = await linkedStaff(town, channel, 'formTeacher', className);
  return { teacher, parents };
}

describe.each(CHAT_CHANNELS)('A form teacher on %s', (channel) => {
  const cls = (name: string) => `${channel === 'telegram' ? '6' : '7'}${name}`;

  it('sees the notice as parents will, with how many there are, and it goes out ten seconds after "Gửi ngay"', async () => {
    const className = cls('A1');
    const { teacher, parents } = await classOf(className, channel);
    expect(await teacher.person.type('/thongbao')).toContain(`phụ huynh lớp ${className}`);
    const shown = await teacher.person.type('Họp phụ huynh\n8 giờ *sáng* Chủ nhật, tại lớp.');
    expect(shown).toContain(`lớp ${className}: 2 gia đình, 2 phụ huynh`);
    expect(shown).toContain('2 phụ huynh nhận được ở đây, gửi xong trong khoảng 1 giây');
    const [preview = ''] = teacher.person.said().filter((one) => one.includes('Kính gửi'));
    expect(await teacher.person.choose('Gửi ngay')).toContain('Sẽ gửi sau 10 giây');
    for (const parent of parents) expect(heard(parent, '8 giờ')).toBe(0);
    await timeGoesBy(10_100);
    for (const parent of parents) await told(parent, '8 giờ *sáng* Chủ nhật, tại lớp.');
    const same = parents.find((parent) => parent.channel === channel);
    const [given] = (same?.said() ?? []).filter((one) => one.includes('8 giờ'));
    const nameless = (text = '') => text.replace(/Em\d/, 'Em');
    expect(nameless(given)).toBe(nameless(preview));
    expect(given).toContain(`${teacher.name}, giáo viên chủ nhiệm`);
    const notice = await db().notice.findFirstOrThrow({
      where: { title: 'Họp phụ huynh' },
      orderBy: { publishedAt: 'desc' },
    });
    expect(notice.createdBy).toMatch(/^staff:/);
    // Where the message has changed, the button is gone.
    if (channel === 'zalo-bot')
      expect(await teacher.person.choose('Hủy gửi')).toContain('không hủy được nữa');
  });

  it('may call it off within these seconds, and nobody is told', async () => {
    const { teacher, parents } = await classOf(cls('A2'), channel);
    await teacher.person.type('/thongbao');
    await teacher.person.type('Nhầm lớp');
    await teacher.person.choose('Gửi ngay');
    expect(await teacher.person.choose('Hủy gửi')).toContain('đã hủy, chưa gửi cho ai');
    expect(await teacher.person.choose('Hủy gửi').catch(() => 'đã hủy')).toContain('đã hủy');
    await teacher.person.type('/thongbao');
    await teacher.person.type('Đúng lớp');
    await teacher.person.choose('Gửi ngay');
    await timeGoesBy(11_000);
    for (const parent of parents) await told(parent, 'Đúng lớp');
    expect(await db().notice.count({ where: { vars: { path: ['body'], equals: 'Nhầm lớp' } } })).toBe(0);
    for (const parent of parents) expect(heard(parent, 'Nhầm lớp')).toBe(0);
  });

  it('may ask for "Đã nhận", and parents are asked for it', async () => {
    const { teacher, parents } = await classOf(cls('A3'), channel);
    await teacher.person.type('thông báo');
    await teacher.person.type('Mai lớp học bù');
    await teacher.person.choose('Thêm nút “Đã nhận”');
    await teacher.person.choose('Bỏ nút “Đã nhận”');
    await teacher.person.choose('Thêm nút “Đã nhận”');
    await teacher.person.choose('Gửi ngay');
    await timeGoesBy(10_100);
    for (const parent of parents) {
      await told(parent, 'Mai lớp học bù');
      expect(await parent.choose('Đã nhận')).toContain('Cảm ơn');
    }
  });
});

describe.each(CHAT_CHANNELS)('How it stands, on %s,', (channel) => {
  const cls = (name: string) => `${channel === 'telegram' ? '10' : '11'}${name}`;
  /** One family has no chat, with a phone; one has confirmed. */
  async function sentTo(className: string, words: string) {
    const made = await classOf(className, channel);
    const pupil = await newPupil(town.hub, town.school, 'Vi Văn Xa', className);
    await newGuardian(town.hub, town.school, [pupil], { fullName: 'Vi Văn Bố', phone: '0912345678' });
    const { person } = made.teacher;
    await person.type('/thongbao');
    await person.type(words);
    await person.choose('Thêm nút “Đã nhận”');
    await person.choose('Gửi ngay');
    await timeGoesBy(10_100);
    for (const parent of made.parents) await told(parent, words);
    await made.parents[0]?.choose('Đã nhận');
    return made;
  }
  const status = (person: Chatter) => person.said().filter((one) => one.includes('Đã xác nhận'));

  it('is told by one message, which changes where the channel can do that', async () => {
    const { teacher, parents } = await sentTo(cls('B1'), 'Nộp giấy khám');
    const { person } = teacher;
    if (channel === 'telegram') {
      await timeGoesBy(4000);
      await told(person, 'Đã xác nhận: 1');
      expect(status(person)[0]).toMatch(/Đã nhận: 2 \/ 3[\s\S]*Đã xem: 1[\s\S]*Chưa nhận được: 1/);
      await parents[1]?.choose('Đã nhận');
      await timeGoesBy(30_000);
      await told(person, 'Đã xác nhận: 2');
      expect(status(person)).toHaveLength(1);
      const rests = async () =>
        (await db().chatNotice.findFirstOrThrow({ where: { address: person.chatId } })).lookAt;
      await timeGoesBy(30_000);
      await until('the end of looking', async () => (await rests()) === null);
    } else {
      await timeGoesBy(30_000);
      await told(person, 'Đã nhận: 2 / 3');
      await parents[1]?.choose('Đã nhận');
      await person.type('/dagui');
      expect(await person.choose(/Thông báo$/)).toContain('Đã xác nhận: 2');
    }
  });

  it('names who has not got it and why, with the phone for the form teacher alone', async () => {
    const className = cls('B2');
    const { teacher, parents } = await sentTo(className, 'Danh sách gọi');
    const { person } = teacher;
    await timeGoesBy(4000);
    await offered(person, 'Ai chưa nhận?');
    const shown = await person.choose('Ai chưa nhận?');
    expect(shown).toContain('2 người chưa nhận hoặc chưa xác nhận');
    expect(shown).toContain('Vi Văn Xa – Vi Văn Bố, 0912345678: chưa nối kênh nào');
    expect(shown).toContain('Lương Thị Em1 – phụ huynh: đã nhận, chưa xác nhận');
    const other = await linkedStaff(town, channel, 'subjectTeacher', className);
    await other.person.type('/thongbao');
    await other.person.type('Của bộ môn');
    await other.person.choose('Gửi ngay');
    await timeGoesBy(10_100);
    for (const parent of parents) await told(parent, 'Của bộ môn');
    await timeGoesBy(4000);
    await offered(other.person, 'Ai chưa nhận?');
    const list = await other.person.choose('Ai chưa nhận?');
    expect(list).toContain('Vi Văn Xa – Vi Văn Bố: chưa nối kênh nào');
    expect(list).not.toContain('0912345678');
  });

  it('"nhắc lại" tells those only who have not got it or not confirmed it, and once for two presses', async () => {
    const className = cls('B3');
    const { teacher, parents } = await sentTo(className, 'Xin xác nhận');
    const { person } = teacher;
    await timeGoesBy(4000);
    await offered(person, 'Nhắc lại những người này');
    const late = await toldFamily(town, 'telegram', className, 'Lương Thị Muộn');
    expect(await person.choose('Nhắc lại những người này')).toContain('Đang gửi lại cho 1 người');
    expect(await person.choose('Nhắc lại những người này')).toContain('Đã nhắc lúc');
    await told(parents[1] as Chatter, 'Nhắc lại');
    await until('one delivery more', async () => {
      const last = await db().delivery.findFirst({
        where: { address: parents[1]?.chatId ?? '' },
        orderBy: { id: 'desc' },
      });
      return last?.round === 3 && last.state === 'sent';
    });
    expect(heard(parents[1] as Chatter, 'Xin xác nhận')).toBe(2);
    expect(heard(parents[0] as Chatter, 'Xin xác nhận')).toBe(1);
    // Who came to the class after it was sent was never of those whom it concerned.
    expect(heard(late, 'Xin xác nhận')).toBe(0);
    await parents[1]?.choose('Đã nhận');
    await timeGoesBy(60_000);
    await until('the sums to agree', async () => {
      const notice = await db().notice.findFirst({
        where: { vars: { path: ['body'], equals: 'Xin xác nhận' } },
        orderBy: { publishedAt: 'desc' },
      });
      return notice?.finishedAt;
    });
  });
});

it('"nhắc lại" reaches those who have linked a chat since, and leaves alone who does not want to be told', async () => {
  const className = '12C1';
  const { teacher, parents } = await classOf(className, 'telegram');
  const { person } = teacher;
  const contact = { address: parents[0]?.chatId ?? '' };
  await db().contact.updateMany({ where: contact, data: { state: 'blocked' } });
  const declined = await toldFamily(town, 'telegram', className, 'Lương Thị Thôi');
  const { guardianId } = await db().contact.findFirstOrThrow({ where: { address: declined.chatId } });
  await db().consent.updateMany({ where: { guardianId }, data: { agreed: false } });
  await person.type('/thongbao');
  await person.type('Lần nữa');
  await person.choose('Gửi ngay');
  await timeGoesBy(10_100);
  await told(parents[1] as Chatter, 'Lần nữa');
  await offered(person, 'Nhắc lại những người này');
  expect(await person.choose('Nhắc lại những người này')).toContain('Không có ai để nhắc');
  await db().contact.updateMany({ where: contact, data: { state: 'active' } });
  expect(await person.choose('Nhắc lại những người này')).toContain('Đang gửi lại cho 1 người');
  await told(parents[0] as Chatter, 'Lần nữa');
  expect(heard(parents[1] as Chatter, 'Lần nữa')).toBe(1);
  expect(heard(declined, 'Lần nữa')).toBe(0);
});

/** The hub's clock at so many minutes after midnight at school, tomorrow or later. */
function toMinute(minute: number): void {
  const now = town.now();
  const next = new Date(schoolDay(now).getTime() + (minute - SCHOOL_OFFSET_MIN) * 60_000 + 86_400_000);
  town.forward(next.getTime() - now.getTime());
}

describe('A notice for later', () => {
  it.each([
    ['18:00', '2026-11-24T18:00:00+07:00'],
    ['6h45', '2026-11-25T06:45:00+07:00'],
    ['sáng mai 6h45', '2026-11-25T06:45:00+07:00'],
    ['25/12 7:30', '2026-12-25T07:30:00+07:00'],
    ['7:30 ngày 25/12', '2026-12-25T07:30:00+07:00'],
    ['5 giờ chiều', '2026-11-24T17:00:00+07:00'],
    ['20h tối nay', '2026-11-24T20:00:00+07:00'],
    ['hôm nay 9:00', '2026-11-24T09:00:00+07:00'],
  ])('"%s", said at ten, is %s', (typed, at) => {
    expect(readTime(typed, new Date('2026-11-24T10:00:00+07:00'))).toEqual(new Date(at));
  });
  it.each(['mai', '25:00', 'chiều', '12/13 7:00', '7', 'họp 8h'])('"%s" is no time', (typed) => {
    expect(readTime(typed, new Date('2026-11-24T10:00:00+07:00'))).toBeNull();
  });

  it('is offered for this evening and tomorrow morning, goes out then and not before, and can be called off', async () => {
    const { teacher, parents } = await classOf('12D1', 'telegram');
    const { person } = teacher;
    toMinute(15 * 60);
    const schedule = async (text: string) => {
      await person.type('/thongbao');
      await person.type(text);
      await person.choose('Hẹn giờ gửi');
    };
    await schedule('Tin chiều');
    expect(person.offers()).toEqual(['Chiều nay 17:30', 'Sáng mai 06:45', '‹ Quay lại', 'Thôi']);
    expect(await person.choose('Chiều nay 17:30')).toMatch(/Sẽ gửi lúc 17:30 ngày/);
    await schedule('Tin bỏ');
    expect(await person.type('hôm qua')).toContain('Xin gõ một giờ sắp tới');
    expect(await person.type('16:00')).toContain('Sẽ gửi lúc 16:00');
    await person.choose('Hủy gửi');
    toMinute(17 * 60 + 29 - 24 * 60);
    await timeGoesBy(0);
    for (const parent of parents) expect(heard(parent, 'Tin')).toBe(0);
    await timeGoesBy(61_000);
    for (const parent of parents) await told(parent, 'Tin chiều');
    for (const parent of parents) expect(heard(parent, 'Tin bỏ')).toBe(0);
    await schedule('Tin tối');
    expect(person.offers()).not.toContain('Chiều nay 17:30');
  });
});

describe.each(CHAT_CHANNELS)('A head on %s', (channel) => {
  const cls = channel === 'telegram' ? '1A' : '2A';
  const grade = Number.parseInt(cls, 10);
  async function untilSure(head: Chatter) {
    expect(await head.type('/khan')).toContain('Chuyện gì đã xảy ra?');
    await head.choose('Dịch COVID-19');
    await head.choose('Học trực tuyến tại nhà');
    await head.choose('Cấp 3 (cao)');
    await head.choose(`khối ${grade}`);
    const shown = await head.type('Học trên máy từ 7 giờ.');
    expect(shown).toMatch(/THÔNG BÁO KHẨN[\s\S]*Mức độ: cấp 3[\s\S]*Học trên máy từ 7 giờ/);
    expect(shown).toContain(`khối ${grade}: 2 gia đình, 2 phụ huynh`);
    return head.choose('Gửi tin khẩn này');
  }

  it('sends a safety notice after a second word, at once and in quiet hours, and it is kept who did', async () => {
    const { parents, teacher } = await classOf(cls, channel);
    const head = await linkedStaff(town, channel, 'head');
    expect(await untilSure(head.person)).toContain('Nếu chắc chắn');
    for (const parent of parents) expect(heard(parent, 'Học trên máy')).toBe(0);
    expect(await head.person.type('ừ')).toContain('Chưa gửi');
    expect(await head.person.type('khẩn')).toContain('đang được gửi đến 2 phụ huynh');
    for (const parent of parents)
      expect(await told(parent, 'Học trên máy')).toContain(`Hiệu trưởng ${head.name}`);
    expect(teacher.person.said().join()).not.toContain('Học trên máy');
    const notice = await db().notice.findFirstOrThrow({
      where: { kind: 'safetyNotice' },
      orderBy: { publishedAt: 'desc' },
    });
    const entry = await db().auditEntry.findFirstOrThrow({ where: { subject: `notice:${notice.id}` } });
    expect(entry.actor).toBe(notice.createdBy);
    expect(entry.data).toMatchObject({ quietHours: 'ignored' });
    expect((await db().staff.findFirstOrThrow({ where: { fullName: head.name } })).id).toBe(
      entry.actor.slice(6),
    );
    await timeGoesBy(4000);
    await told(head.person, `khối ${grade}`);
    // The second word counts for two minutes.
    await untilSure(head.person);
    town.forward(121_000);
    expect(await head.person.choose('Chắc chắn, gửi ngay')).toContain('Đã quá hai phút');
    expect(await db().notice.count({ where: { kind: 'safetyNotice', createdBy: notice.createdBy } })).toBe(1);
  });
});

it('"/khan" is the ordinary help for a parent and for a teacher, and a head who is none any more sends nothing', async () => {
  const { teacher, parents } = await classOf('3A1', 'telegram');
  expect(await parents[0]?.type('/khan')).toContain('Gia đình đang nhận tin về');
  expect(parents[0]?.said().join()).not.toContain('/khan');
  expect(await teacher.person.type('/khan')).not.toContain('Chuyện gì đã xảy ra');
  const { person, name } = await linkedStaff(town, 'telegram', 'head');
  await person.type('/khan');
  await person.choose('Việc khác');
  await person.choose('Đón con ngay');
  await person.type('3A1');
  await person.choose('Không nhắn thêm');
  await person.choose('Gửi tin khẩn này');
  await db().staffRole.deleteMany({ where: { staff: { fullName: name } } });
  expect(await person.choose('Chắc chắn, gửi ngay')).toContain('không làm tiếp được');
  for (const parent of parents) expect(heard(parent, 'đón con')).toBe(0);
});

describe('Whose class it is', () => {
  it('is asked again at the last step, and once more when it goes out', async () => {
    const { teacher, parents } = await classOf('8A1', 'telegram');
    const order = async (text: string) => {
      await teacher.person.type('/thongbao');
      await teacher.person.type(text);
    };
    const role = await db().staffRole.findFirstOrThrow({ where: { staff: { fullName: teacher.name } } });
    await order('Tin thứ nhất');
    await teacher.person.choose('Gửi ngay');
    await order('Tin thứ hai');
    await db().staffRole.delete({ where: { id: role.id } });
    expect(await teacher.person.choose('Gửi ngay')).toContain('không làm tiếp được');
    await timeGoesBy(11_000);
    await told(teacher.person, 'không còn phụ trách lớp này');
    for (const parent of parents) expect(heard(parent, 'Tin thứ')).toBe(0);
  });

  it('a teacher of several classes chooses among their own, and a head among all or types some', async () => {
    const { parents } = await classOf('8A2', 'telegram');
    const others = await classOf('8A3', 'telegram');
    const head = await linkedStaff(town, 'telegram', 'head');
    expect(await head.person.type('/thongbao')).toContain('Gửi cho ai?');
    expect(head.person.offers()).toEqual(
      expect.arrayContaining(['toàn trường', 'khối 8', '‹ Quay lại', 'Thôi']),
    );
    expect(await head.person.type('9Z9')).toContain('Không có lớp hay khối đó');
    expect(await head.person.type('lớp 8a2')).toContain('lớp 8A2');
    await head.person.type('Riêng lớp hai');
    await head.person.choose('Gửi ngay');
    await timeGoesBy(11_000);
    for (const parent of parents) await told(parent, 'Riêng lớp hai');
    for (const parent of others.parents) expect(heard(parent, 'Riêng lớp hai')).toBe(0);
    const teacher = others.teacher.person;
    await teacher.type('/thongbao');
    expect(teacher.offers()).not.toContain('toàn trường');
    expect(await teacher.type('lớp 8A2')).not.toContain('Gửi cho');
  });

  it('does not exist for parents: "/thongbao" shows them what they were told, and nobody learns of the rest', async () => {
    const { person } = await linkedFamily(town, 'telegram', { className: '8A4' });
    expect(await person.type('/thongbao')).toContain('Chưa có thông báo nào');
    const row = await db().chatNotice.findFirstOrThrow();
    const chat = { id: Number(person.chatId), type: 'private', first_name: 'x' };
    for (const data of [`go:sent:off.${row.id}`, 'go:announce:']) {
      const message = { message_id: 1, date: 1, chat };
      town.telegram.pushUpdate('callback_query', { id: data, from: chat, message, chat_instance: 'x', data });
    }
    await town.settled();
    expect(person.said().join()).not.toMatch(/Gửi cho|hủy/);
    expect(await person.type('/dagui')).toContain('Gia đình đang nhận tin về');
  });
});

describe('The same update handled again', () => {
  it('sends one safety notice, also when its two minutes are over by then', async () => {
    await classOf('4A1', 'telegram');
    const { person } = await linkedStaff(town, 'telegram', 'head');
    await person.type('/khan');
    await person.choose('Việc khác');
    await person.choose('Đón con ngay');
    await person.type('4A1');
    await person.choose('Không nhắn thêm');
    await person.choose('Gửi tin khẩn này');
    const step = await db().chatStep.findFirstOrThrow({ where: { address: person.chatId } });
    expect(await person.type('KHẨN')).toContain('đang được gửi');
    const order = await db().chatNotice.findFirstOrThrow({ where: { address: person.chatId } });
    await db().chatStep.update({
      where: { accountId_address: { accountId: step.accountId, address: step.address } },
      data: { trail: step.trail as object[], serial: step.serial, updateId: 0 },
    });
    const chat = { id: Number(person.chatId), type: 'private', first_name: 'x' };
    const message = { message_id: 1, date: 1, chat, from: chat, text: 'KHẨN' };
    town.forward(180_000);
    await db().inboundUpdate.update({
      where: { id: order.updateId },
      data: { handledAt: null, payload: { update_id: 1, message }, dueAt: town.now() },
    });
    const before = person.said().filter((one) => one.includes('đang được gửi')).length;
    town.telegram.person().start();
    await town.settled();
    expect(person.said().filter((one) => one.includes('đang được gửi')).length).toBe(before + 1);
    expect(person.said().join()).not.toContain('Đã quá hai phút');
    expect(await db().notice.count({ where: { idempotencyKey: `chat:${order.updateId}` } })).toBe(1);
    expect(await db().chatNotice.count({ where: { address: person.chatId } })).toBe(1);
  });

  it('after a crash between the steps sends one notice and says the same', async () => {
    const { teacher, parents } = await classOf('9A1', 'telegram');
    await teacher.person.type('/thongbao');
    await teacher.person.type('Chỉ một lần');
    await teacher.person.choose('Gửi ngay');
    const [update] = await db().$queryRaw<{ id: string }[]>`
      select update_id::text as id from chat_step where address = ${teacher.person.chatId}`;
    const order = await db().chatNotice.findUniqueOrThrow({ where: { updateId: BigInt(update?.id ?? 0) } });
    expect(order.address).toBe(teacher.person.chatId);
    // As if the process had died before the step was kept: the chat stands where it stood.
    const trail = [
      { matter: 'announce', step: 'text', data: { scope: `c:${order.schoolId}:${await classId('9A1')}` } },
      {
        matter: 'announce',
        step: 'check',
        data: { scope: `c:${order.schoolId}:${await classId('9A1')}`, text: 'Chỉ một lần' },
      },
    ];
    const step = await db().chatStep.findFirstOrThrow({ where: { address: teacher.person.chatId } });
    await db().chatStep.update({
      where: { accountId_address: { accountId: step.accountId, address: step.address } },
      data: { trail, serial: step.serial - 1, updateId: 0 },
    });
    const chat = { id: Number(teacher.person.chatId), type: 'private', first_name: 'x' };
    const press = {
      id: 'again',
      from: chat,
      message: { message_id: Number(order.messageId), date: 1, chat },
      chat_instance: 'x',
      data: `st:${step.serial - 1}:now`,
    };
    await db().inboundUpdate.update({
      where: { id: BigInt(update?.id ?? 0) },
      data: { handledAt: null, payload: { update_id: 1, callback_query: press }, dueAt: town.now() },
    });
    town.telegram.person().start();
    await town.settled();
    await timeGoesBy(11_000);
    for (const parent of parents) await told(parent, 'Chỉ một lần');
    await timeGoesBy(61_000);
    expect(await db().chatNotice.count({ where: { address: teacher.person.chatId } })).toBe(1);
    for (const parent of parents) expect(heard(parent, 'Chỉ một lần')).toBe(1);
  });
});

const classId = async (name: string): Promise<string> =>
  (await db().schoolClass.findFirstOrThrow({ where: { name } })).id;
