import { beforeAll, describe, expect, it } from 'vitest';
import { draftClassNotice } from '../../src/classroom/index.ts';
import { LISTED, MATTERS } from '../../src/conversation/matters.ts';
import { commandsIn } from '../../src/conversation/menu.ts';
import { newGuardian, newPupil } from '../flow/town.ts';
import { until } from '../harness/index.ts';
import { CHAT_CHANNELS, type ChatTown, linkedFamily, linkWith, openChatTown } from './chats.ts';

let town: ChatTown;
beforeAll(async () => {
  town = await openChatTown();
});
const db = () => town.hub.db.prisma;

let told = 0;
/** Tells a class, and waits until the notice is finished. */
async function tell(className: string, title: string, body = 'Mời gia đình xem.'): Promise<string> {
  const { id: classId } = await db().schoolClass.findFirstOrThrow({ where: { name: className } });
  const { id } = await town.hub.publish(
    draftClassNotice(
      { classId, title, body },
      { schoolId: town.school, createdBy: 'cli', idempotencyKey: `recent-${told++}` },
    ),
  );
  await until(
    'the notice is finished',
    async () => (await db().notice.findUnique({ where: { id } }))?.finishedAt,
  );
  town.forward(60_000);
  return id;
}

describe.each(CHAT_CHANNELS)('The notices of a family on %s', (channel) => {
  const nameOf = (name: string) => `${channel === 'telegram' ? '6A' : '7A'}${name}`;

  it('are listed newest first, each with its child and day, and can be read again', async () => {
    const className = nameOf('1');
    const { person } = await linkedFamily(town, channel, { className });
    expect(await person.type('/thongbao')).toBe('Chưa có thông báo nào để xem lại.');
    await tell(className, 'Họp phụ huynh', 'Thứ Bảy lúc 8 giờ.');
    await tell(className, 'Đi tham quan');
    expect(await person.type('Thông báo')).toContain('Những thông báo gần đây');
    expect(person.offers()).toEqual([
      expect.stringMatching(/^Hân, \d\d\/\d\d: Đi tham quan$/),
      expect.stringMatching(/^Hân, \d\d\/\d\d: Họp phụ huynh$/),
      'Tìm tin cũ',
    ]);
    expect(await person.choose(/Họp phụ huynh/)).toMatch(
      /Thông báo ngày \d\d\/\d\d:[\s\S]*phụ huynh em Triệu Thị Ngọc Hân, lớp[\s\S]*Thứ Bảy lúc 8 giờ/,
    );
  });

  it('are leafed through page by page, and found by a word without its marks', async () => {
    const className = nameOf('2');
    const { person } = await linkedFamily(town, channel, { className });
    for (const title of ['Một', 'Hai', 'Ba', 'Bốn', 'Năm', 'Sáu']) await tell(className, title);
    await person.type('/thongbao');
    expect(person.offers().at(-2)).toBe('Cũ hơn');
    expect(person.offers()).toHaveLength(7);
    await person.choose('Cũ hơn');
    expect(person.offers()).toEqual([expect.stringContaining('Một'), 'Tìm tin cũ']);
    await person.type('/thongbao bon');
    expect(person.offers()).toEqual([expect.stringContaining('Bốn'), 'Tìm tin cũ']);
    expect(await person.type('/thongbao khủng long')).toContain('Không tìm thấy');
    // A word that stands in all of them has a second page too.
    await person.choose('Tìm tin cũ');
    expect(await person.type('GIA ĐÌNH')).toContain('Những thông báo tìm thấy');
    expect(person.offers()).toHaveLength(7);
    await person.choose('Cũ hơn');
    expect(person.offers()).toEqual([expect.stringContaining('Một'), 'Tìm tin cũ']);
  });

  it('are those of its own children and nobody else’s, also when a button of another chat comes', async () => {
    const className = nameOf('3');
    const one = await linkedFamily(town, channel, { className, fullName: 'Bế Thị Lan' });
    const other = await linkedFamily(town, channel, { className, fullName: 'Nông Văn Sơn' });
    const id = await tell(className, 'Riêng từng nhà');
    await other.person.type('/thongbao');
    expect(other.person.offers()).toEqual([expect.stringMatching(/^Sơn,/), 'Tìm tin cũ']);
    const recipient = await db().recipient.findFirstOrThrow({ where: { noticeId: id, pupilId: one.pupil } });
    await db().chatChoice.updateMany({
      where: { address: other.person.chatId },
      data: { action: `go:recent:r.${recipient.id}` },
    });
    if (channel === 'telegram') return;
    expect(await other.person.choose(/^Sơn,/)).toBe(
      'Thông báo này không còn xem lại được. Gõ /thongbao để xem những tin khác.',
    );
  });

  it('are not shown any more once the family has withdrawn its agreement', async () => {
    const className = nameOf('4');
    const { person } = await linkedFamily(town, channel, { className });
    await tell(className, 'Trước khi đổi ý');
    await person.type('/thongbao');
    await person.type('/khong');
    expect(await person.choose(/Trước khi đổi ý/)).toContain('không còn xem lại được');
    expect(await person.type('/thongbao')).toContain('Chưa có thông báo nào');
  });

  it('of siblings name the child', async () => {
    const className = nameOf('5');
    const { person, guardian } = await linkedFamily(town, channel, { className, fullName: 'Đàm Văn Khôi' });
    const second = await newPupil(town.hub, town.school, 'Đàm Thị Sen', className);
    await db().guardianship.create({
      data: { schoolId: town.school, guardianId: guardian, pupilId: second, relation: 'mother' },
    });
    await linkWith(town, person, guardian, second, className);
    await person.choose('Đồng ý cả ba');
    await tell(className, 'Hai anh em');
    await person.type('/thongbao');
    expect(
      person
        .offers()
        .map((label) => label.split(',')[0])
        .sort(),
    ).toEqual(['Khôi', 'Sen', 'Tìm tin cũ']);
  });

  it('are found by their month, as a sentence or behind the slash', async () => {
    const className = nameOf('6');
    const { person } = await linkedFamily(town, channel, { className });
    const old = await tell(className, 'Khai giảng');
    await tell(className, 'Tin mới');
    const month = new Date(town.now().getTime() - 40 * 86_400_000);
    await db().notice.update({ where: { id: old }, data: { publishedAt: month } });
    const local = new Date(month.getTime() + 7 * 3_600_000);
    const [m, y] = [local.getUTCMonth() + 1, local.getUTCFullYear()];
    for (const typed of [`thông báo tháng ${m}`, `Thong bao thang ${m} nam ${y}`, `/thongbao ${m}/${y}`]) {
      expect(await person.type(typed)).toContain(`Những thông báo của tháng ${m}/${y}`);
      expect(person.offers()).toEqual([expect.stringContaining('Khai giảng'), 'Tìm tin cũ']);
    }
    expect(await person.type(`/thongbao ${m}/2020`)).toContain(
      `Không có thông báo nào trong tháng ${m}/2020`,
    );
  });
});

it('A forwarded button of Telegram shows nothing of another family', async () => {
  const one = await linkedFamily(town, 'telegram', { className: '9A', fullName: 'Lục Thị Mơ' });
  const pupil = await newPupil(town.hub, town.school, 'Vi Văn Tú', '9B');
  await newGuardian(town.hub, town.school, [pupil]);
  const other = await linkedFamily(town, 'telegram', { className: '9A', fullName: 'Hoàng Văn Bách' });
  const id = await tell('9A', 'Của riêng');
  const recipient = await db().recipient.findFirstOrThrow({ where: { noticeId: id, pupilId: one.pupil } });
  const before = other.person.said().length;
  const chat = { id: Number(other.person.chatId), type: 'private', first_name: 'x' };
  town.telegram.pushUpdate('callback_query', {
    id: 'forwarded',
    from: chat,
    message: { message_id: 1, date: 1, chat },
    chat_instance: 'x',
    data: `go:recent:r.${recipient.id}`,
  });
  await town.settled();
  expect(other.person.said().slice(before).join()).not.toContain('Mơ');
  expect(other.person.said().at(-1)).toContain('không còn xem lại được');
});

it('The app lists what may be asked for, in both languages, and nothing that only staff may do', () => {
  expect(town.telegram.calls.setMyCommands).toBe(2);
  const listed = commandsIn(town.hub.texts, [town.hub.marks.topic, town.hub.fees.topic], 'vi');
  const commands = listed.map(({ command }) => command);
  expect(commands).toEqual(expect.arrayContaining(['diem', 'hocphi', 'thongbao', 'caidat', 'dung', 'huy']));
  // "/thongbao" is both: what families read, and what a teacher sends.
  const ofFamilies = LISTED.map(({ words }) => words[0]);
  for (const { who, words } of MATTERS)
    if (who === 'staff' && !ofFamilies.includes(words[0])) expect(commands).not.toContain(words[0].slice(1));
});
