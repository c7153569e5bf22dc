import { beforeAll, describe, expect, it } from 'vitest';
import { draftClassNotice } from '../../src/classroom/index.ts';
import { reportOf } from '../../src/notices/index.ts';
import { sendForm } from '../flow/form-town.ts';
import { forwardToMonday, newCodes, newGuardian, newPupil } from '../flow/town.ts';
import { until } from '../harness/index.ts';
import {
  ALL_CHATS,
  type ChatChannel,
  type ChatTown,
  type Chatter,
  linkedFamily,
  linkedStaff,
  openChatTown,
} from './chats.ts';

// One conversation on every chat channel, through its stand-in: what a parent can say means the same everywhere, and is
// answered in the same words, whether they press or type a number.

let town: ChatTown;
beforeAll(async () => {
  town = await openChatTown({ OFFICE_FROM: '00:00', OFFICE_TO: '23:59' }, { withOa: true });
  forwardToMonday(town);
});
const db = () => town.hub.db.prisma;
const consentsOf = async (guardianId: string) =>
  Object.fromEntries(
    (await db().consent.findMany({ where: { guardianId } })).map((one) => [one.purpose, one.agreed]),
  );
const ALL = { marks: true, fees: true, classNews: true };
const NONE = { marks: false, fees: false, classNews: false };
const contactsOf = async (guardianId: string) =>
  (await db().contact.findMany({ where: { guardianId } })).map(({ channel, state }) => `${channel} ${state}`);

let told = 0;
async function tell(className: string, title: string): Promise<string> {
  const { id: classId } = await db().schoolClass.findFirstOrThrow({ where: { name: className } });
  const { id } = await town.hub.publish(
    draftClassNotice(
      { classId, title, body: 'Thứ Bảy lúc 8 giờ.', asksToConfirm: true },
      { schoolId: town.school, createdBy: 'cli', idempotencyKey: `every-chat-${told++}` },
    ),
  );
  await until('the notice is finished', async () => (await reportOf(db(), town.school, id)).finished);
  return id;
}
/** A message that somebody got without asking. */
const arrives = (person: Chatter, words: string) =>
  until(`a message with "${words}"`, () => person.said().find((one) => one.includes(words)));

describe.each(ALL_CHATS)('A conversation on %s', (channel) => {
  let classes = 0;
  /** Of this channel and this test alone. */
  const newClass = () => `${{ telegram: '6', 'zalo-bot': '7', 'zalo-oa': '9' }[channel]}E${classes++}`;
  const family = (className = newClass()) => linkedFamily(town, channel, { className });
  const elsewhere: ChatChannel = channel === 'telegram' ? 'zalo-bot' : 'telegram';

  it('begins with a code of paper, once, and asks before anything is sent', async () => {
    const className = newClass();
    const pupil = await newPupil(town.hub, town.school, 'Triệu Thị Ngọc Hân', className);
    const guardian = await newGuardian(town.hub, town.school, [pupil]);
    const code = (await newCodes(town, town.school, className))(guardian, pupil);
    const [person, other] = [town.person(channel), town.person(channel)];
    expect(await person.type('xin chào')).toContain('mã 8 ký tự');
    for (const typed of ['/diem', 'thông báo']) expect(await person.type(typed)).toContain('mã 8 ký tự');
    expect(person.offers()).toEqual([]);
    expect(await person.type('#BBBBBBBB')).toContain('Mã này không dùng được');
    const question = await person.type(`#${code.toLowerCase()}`);
    expect(question).toMatch(/kính chào gia đình em Hân[\s\S]*Nhà trường xin phép/);
    expect(question).not.toContain('Triệu');
    expect([await consentsOf(guardian), await contactsOf(guardian)]).toEqual([{}, [`${channel} active`]]);
    expect(await other.type(code)).toContain('Mã này không dùng được');
    // Whoever tries on is told to wait.
    const guesses = await other.typeAll(...Array<string>(6).fill('#BBBBBBBB'));
    expect(guesses).toContain('Đã thử sai nhiều lần');
    expect(await person.choose(/^Điểm số/)).toContain('Đã ghi lại lựa chọn của gia đình');
    expect(await consentsOf(guardian)).toEqual({ marks: true });
    expect(person.offers()).toContain('Điểm số ✓');
    await person.choose('Đồng ý cả ba');
    expect(await consentsOf(guardian)).toEqual(ALL);
  });

  it('has a menu below its help, and each choice does what its word does', async () => {
    const { person } = await family();
    expect(await person.type('Trợ giúp')).toContain('Gia đình đang nhận tin về: Hân');
    expect(person.offers()).toEqual(expect.arrayContaining(['Điểm', 'Khoản thu', 'Thông báo', 'Cài đặt']));
    expect(await person.choose('Khoản thu')).toContain('Khoản thu của em Hân');
    expect(await person.type('hoc phi')).toContain('Khoản thu của em Hân');
    const marks = await person.choose('Điểm');
    expect(marks).toContain('Hân');
    expect(await person.type('/diem')).toBe(marks);
  });

  it('tells of a notice, is confirmed with a choice, and finds it again', async () => {
    const className = newClass();
    const { person } = await family(className);
    const id = await tell(className, 'Họp phụ huynh');
    expect(person.said().at(-1)).toMatch(/Triệu Thị Ngọc Hân[\s\S]*Thứ Bảy lúc 8 giờ/);
    expect(await person.choose('Đã nhận')).toContain('Cảm ơn');
    expect((await reportOf(db(), town.school, id)).confirmed).toBe(1);
    expect(await person.type('/thongbao')).toContain('Những thông báo gần đây');
    expect(await person.choose(/Họp phụ huynh/)).toContain('Thứ Bảy lúc 8 giờ');
  });

  it('changes how a family is told, goes one step back and ends, in words, and knows an old choice', async () => {
    const { person, guardian } = await family();
    await person.type('cài đặt');
    await person.choose(/^Em Hân/);
    await person.choose(/^Tin của lớp/);
    expect(await person.choose(/mỗi tuần/)).toContain('gom lại mỗi tuần');
    expect(await db().preference.findMany({ where: { guardianId: guardian } })).toMatchObject([
      { purpose: 'classNews', mode: 'weekly' },
    ]);
    expect(await person.type('QUAY LAI')).toContain('muốn đổi cách nhận tin nào');
    expect(await person.type('/quaylai')).toContain('Cài đặt của gia đình');
    await person.choose('Tạm dừng');
    expect(await person.type('Thôi')).toContain('Đã dừng');
    expect(await person.choose('7 ngày')).toContain('Lựa chọn này đã cũ');
    const { pausedUntil } = await db().guardian.findUniqueOrThrow({ where: { id: guardian } });
    expect(pausedUntil).toBeNull();
  });

  it('passes words on to the teacher and back, and neither sees the other’s address', async () => {
    const className = newClass();
    const { person } = await family(className);
    const teacher = await linkedStaff(town, elsewhere, 'formTeacher', className);
    await person.type('nhắn giáo viên');
    expect(await person.type('Mai em Hân xin nghỉ ạ')).toContain(`đến ${teacher.name}`);
    const asked = await arrives(teacher.person, 'Mai em Hân xin nghỉ ạ');
    expect(asked).not.toContain(person.chatId);
    await teacher.person.choose('Trả lời');
    await teacher.person.type('Cô đồng ý');
    expect(await arrives(person, 'Cô đồng ý')).not.toContain(teacher.person.chatId);
    // A sentence that nobody understands is offered to the teacher, not lost.
    expect(await person.type('Cháu còn ho nhiều lắm')).toContain('chưa hiểu tin này');
    await person.choose(new RegExp(teacher.name));
    await arrives(teacher.person, 'Cháu còn ho nhiều lắm');
  });

  it('reports an absence, and hears what the form teacher on the same channel says', async () => {
    const className = newClass();
    const { person, pupil } = await family(className);
    const teacher = await linkedStaff(town, channel, 'formTeacher', className);
    await person.type('/nghi');
    await person.choose(/^Ngày mai/);
    await person.choose('cả ngày');
    await person.type('Cháu bị sốt');
    expect(await person.choose('Gửi')).toContain('cho giáo viên chủ nhiệm');
    expect(await arrives(teacher.person, 'Xin nghỉ học')).toMatch(/Triệu Thị Ngọc Hân[\s\S]*Cháu bị sốt/);
    await teacher.person.choose('Đồng ý');
    expect(await arrives(person, 'đã đồng ý cho em nghỉ')).toContain(teacher.name);
    expect(await db().absenceReport.findMany({ where: { pupilId: pupil } })).toMatchObject([
      { state: 'accepted', part: 'wholeDay' },
    ]);
  });

  it('answers a form for its child, and changes the answer', async () => {
    const { person, pupil } = await family();
    const formId = await sendForm(town, [pupil]);
    expect(await arrives(person, 'Tham quan Pác Bó')).toContain('Triệu Thị Ngọc Hân');
    const counted = async () =>
      (await db().formAnswer.findMany({ where: { formId }, orderBy: { id: 'asc' } })).map(
        (one) => one.answers,
      );
    await person.choose('Trả lời');
    expect(await person.choose('Không đồng ý')).toContain('Cảm ơn gia đình');
    expect(await counted()).toEqual([[false]]);
    expect(await person.choose('Đổi câu trả lời')).toContain('Gia đình đã trả lời');
    await person.choose('Đổi câu trả lời');
    await person.choose('Đồng ý');
    expect(await counted()).toEqual([[false], [true]]);
  });

  it('is where a teacher tells their class, and sees how it stands', async () => {
    const className = newClass();
    const { person } = await family(className);
    const teacher = await linkedStaff(town, channel, 'formTeacher', className);
    expect(await teacher.person.type('/thongbao')).toContain(`phụ huynh lớp ${className}`);
    expect(await teacher.person.type('Mai lớp học bù')).toContain('1 gia đình');
    expect(await teacher.person.choose('Gửi ngay')).toContain('Sẽ gửi sau 10 giây');
    town.forward(10_100);
    await town.hub.bell.at('chatNotices', `every-chat-${className}`, town.now());
    expect(await arrives(person, 'Mai lớp học bù')).toContain('Triệu Thị Ngọc Hân');
    // The same word of a parent is the list of what the school has told.
    expect(await person.type('/thongbao')).toContain('Những thông báo gần đây');
  });

  it('stops at a word, asks again, and ends for good at another', async () => {
    const { person, guardian } = await family();
    expect(await person.type('Dừng lại')).toContain('ngừng gửi');
    expect(await consentsOf(guardian)).toEqual(NONE);
    await person.type('đồng ý');
    await person.choose('Đồng ý cả ba');
    expect(await consentsOf(guardian)).toEqual(ALL);
    expect(await person.type('/huy')).toContain('Đã ngắt kênh này');
    expect(await contactsOf(guardian)).toEqual([`${channel} unlinked`]);
    expect(await person.type('/diem')).toContain('chưa nối');
  });

  it('hears what comes twice once, and what comes together in order', async () => {
    const { person, guardian } = await family();
    const answer = await town.bring(person, '/english', 3);
    expect(answer.match(/in English/g)).toHaveLength(1);
    expect(await person.typeAll('/tiengviet', '/english', '/tiengviet', '/dung')).toMatch(
      /tiếng Việt[\s\S]*English[\s\S]*tiếng Việt[\s\S]*ngừng gửi/,
    );
    expect(await db().guardian.findUniqueOrThrow({ where: { id: guardian } })).toMatchObject({
      language: 'vi',
    });
    expect(await consentsOf(guardian)).toEqual(NONE);
  });
});

it.each(['telegram', 'zalo-bot'] as const)(
  'A group on %s hears nothing about any child, and no code links there',
  async (channel) => {
    const pupil = await newPupil(town.hub, town.school, 'Lý Văn Nhóm', '8G');
    const guardian = await newGuardian(town.hub, town.school, [pupil]);
    const code = (await newCodes(town, town.school, '8G'))(guardian, pupil);
    const answers = await town.inGroup(channel, `/start ${code}`, code, '/diem');
    expect(answers.length).toBeGreaterThan(0);
    for (const one of answers) expect(one).toContain('cuộc trò chuyện riêng');
    expect(await contactsOf(guardian)).toEqual([]);
  },
);
