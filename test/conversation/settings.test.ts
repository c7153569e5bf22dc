import { beforeAll, describe, expect, it } from 'vitest';
import { draftClassNotice } from '../../src/classroom/index.ts';
import { requestsCommand } from '../../src/commands/requests.ts';
import { readDay } from '../../src/conversation/day.ts';
import { readHours } from '../../src/conversation/family/hours.ts';
import { workingDaysAfter } from '../../src/notices/data-request.ts';
import { reconcile } from '../../src/notices/index.ts';
import { draftSafetyNotice } from '../../src/safety/index.ts';
import { addStaff, issueStaffCode } from '../../src/school/index.ts';
import { printed } from '../commands/office.ts';
import { until } from '../harness/index.ts';
import { CHAT_CHANNELS, type ChatTown, linkedFamily, openChatTown } from './chats.ts';

let town: ChatTown;
beforeAll(async () => {
  town = await openChatTown();
});
const db = () => town.hub.db.prisma;
const guardianOf = (id: string) => db().guardian.findUniqueOrThrow({ where: { id } });
const DAY_MS = 86_400_000;

let told = 0;
async function tellClass(className: string): Promise<string> {
  const { id: classId } = await db().schoolClass.findFirstOrThrow({ where: { name: className } });
  const about = { schoolId: town.school, createdBy: 'cli', idempotencyKey: `settings-${told++}` };
  return (await town.hub.publish(draftClassNotice({ classId, title: 'Tin', body: 'Của lớp.' }, about))).id;
}
const finished = (id: string) =>
  until('the notice to finish', async () => (await db().notice.findUnique({ where: { id } }))?.finishedAt);

describe.each(CHAT_CHANNELS)('Settings on %s', (channel) => {
  const cls = (name: string) => `${channel === 'telegram' ? '6' : '7'}${name}`;
  const family = (className = cls('A1')) => linkedFamily(town, channel, { className });

  it('say how each child’s family is told, and change one topic of one child', async () => {
    const { person, guardian, pupil } = await family();
    expect(await person.type('/caidat')).toContain('Tin khẩn về an toàn luôn được gửi ngay');
    await person.choose(`Em Hân (${cls('A1')})`);
    expect(person.offers()).toEqual(expect.arrayContaining(['Tin của lớp: như nhà trường đặt']));
    await person.choose(/^Tin của lớp/);
    expect(person.offers().slice(0, 4)).toEqual([
      'gửi ngay',
      'gom lại mỗi ngày, 17:30',
      'gom lại mỗi tuần, thứ Sáu 17:00',
      'không gửi',
    ]);
    expect(await person.choose(/mỗi tuần/)).toContain(
      'Em Hân – Tin của lớp: gom lại mỗi tuần, thứ Sáu 17:00.',
    );
    expect(person.offers()).toContain('✓ gom lại mỗi tuần, thứ Sáu 17:00');
    expect(await db().preference.findMany({ where: { guardianId: guardian } })).toEqual([
      { guardianId: guardian, pupilId: pupil, purpose: 'classNews', mode: 'weekly' },
    ]);
    await person.choose('không gửi');
    const id = await tellClass(cls('A1'));
    await finished(id);
    const mine = { noticeId: id, guardianId: guardian };
    expect(await db().recipient.findFirst({ where: mine })).toMatchObject({ reason: 'switchedOff' });
  });

  it('offer for each topic what makes sense for it: marks and news may wait, bills may not', async () => {
    const { person } = await family();
    for (const [topic, count] of [
      [/^Điểm số/, 4],
      [/^Các khoản thu/, 2],
      [/^Tin của lớp/, 4],
    ] as const) {
      await person.type('/caidat');
      await person.choose(/^Em Hân/);
      await person.choose(topic);
      const modes = person.offers().filter((label) => /^(gửi ngay|gom lại|không gửi)/.test(label));
      expect(modes.length, String(topic)).toBe(count);
    }
  });

  it('go one step back at "quay lại" and end at "thôi", however it is written', async () => {
    const { person } = await family();
    for (const [back, leave] of [
      ['quay lại', 'thôi'],
      ['QUAY LAI', 'Thoi'],
      ['/quaylai', '/thoi'],
    ] as const) {
      await person.type('cài đặt');
      await person.choose(/^Em Hân/);
      await person.choose(/^Các khoản thu/);
      expect(await person.type(back)).toContain('muốn đổi cách nhận tin nào');
      expect(await person.type(back)).toContain('Cài đặt của gia đình');
      expect(await person.type(leave)).toBe('Đã dừng. Khi cần, xin gõ /trogiup.');
      expect(await person.type(leave)).toContain('không có việc gì đang làm dở');
    }
  });

  it('answer an old choice politely, and do nothing', async () => {
    const { person, guardian } = await family();
    await person.type('/caidat');
    await person.choose('Tạm dừng');
    await person.type('/caidat');
    expect(await person.choose('7 ngày')).toContain('Lựa chọn này đã cũ');
    expect((await guardianOf(guardian)).pausedUntil).toBeNull();
  });

  it('are over after half a day: nobody remembers what was asked', async () => {
    const { person, guardian } = await family();
    await person.type('/caidat');
    await person.choose('Tạm dừng');
    town.forward(13 * 3_600_000);
    expect(await person.choose('7 ngày')).toContain('Lựa chọn này đã cũ');
    expect((await guardianOf(guardian)).pausedUntil).toBeNull();
  });

  it('keep quiet hours as they are typed, and ask again for what are no hours', async () => {
    const { person, guardian } = await family();
    await person.type('/caidat');
    await person.choose('Giờ yên lặng');
    expect(await person.type('không biết')).toMatch(/Xin gõ khoảng giờ/);
    expect(await person.type('20h30 đến 5h')).toContain('Giờ yên lặng: 20:30 – 05:00.');
    expect(await guardianOf(guardian)).toMatchObject({ quietFromMin: 20 * 60 + 30, quietToMin: 300 });
  });

  it('pause all but safety until a day, and go on when the pause is ended', async () => {
    const className = cls('A2');
    const { person, guardian } = await family(className);
    await person.type('/caidat');
    await person.choose('Tạm dừng');
    expect(await person.choose('3 ngày')).toMatch(/Tạm dừng đến \d\d\/\d\d\/\d{4}\.\nTin khẩn/);
    const until3 = (await guardianOf(guardian)).pausedUntil;
    expect(until3?.getTime()).toBeGreaterThan(town.now().getTime() + 2.9 * DAY_MS);
    const held = await tellClass(className);
    const safety = draftSafetyNotice(
      {
        cause: 'flood',
        action: 'schoolClosed',
        title: 'Nghỉ học',
        from: town.now(),
        authority: 'Hiệu trưởng',
      },
      { schoolId: town.school, createdBy: 'cli', idempotencyKey: `safety-${channel}` },
      new Date(town.now().getTime() + DAY_MS),
    );
    await town.hub.publish(safety);
    await until('the safety notice', () => person.said().at(-1)?.includes('Nghỉ học'));
    const mine = await db().recipient.findFirstOrThrow({ where: { noticeId: held, guardianId: guardian } });
    expect(mine.outcome).toBe('waiting');
    expect(await db().digestItem.findUnique({ where: { recipientId: mine.id } })).toMatchObject({
      dueAt: until3,
    });
    await person.type('/thongbao');
    expect(person.offers()).toContainEqual(expect.stringContaining('Tin'));
    await person.type('/caidat');
    await person.choose('Tạm dừng');
    expect(await person.choose('Không tạm dừng nữa')).toContain('gửi tin trở lại');
    const { hub } = town;
    for (const lane of await reconcile(db(), hub.kinds, hub.rules, town.now())) await hub.bell.ring(lane);
    await until('what was held', () => person.said().at(-1)?.includes('Của lớp.'));
  });

  it('start the rights procedures, with days by which staff must have answered', async () => {
    const { person } = await family();
    const head = town.person(channel);
    const given = {
      schoolId: town.school,
      fullName: 'Đàm Thị Hiệu',
      role: 'head' as const,
      classId: null,
      actor: 'cli',
    };
    const { id: staffId } = await addStaff(db(), given, town.now());
    const about = { schoolId: town.school, staffId, days: 1, actor: 'cli' };
    await head.type(await issueStaffCode(db(), town.hub.signer, about, town.now()));
    expect(await person.type('xem dữ liệu')).toMatch(/trả lời trước \d\d\/\d\d\/\d{4} và hoàn thành trước/);
    expect(await person.type('/xemdulieu')).toContain('đang được xử lý');
    await person.type('Xoá dữ liệu');
    expect(await person.choose('Xóa dữ liệu')).toContain('Nhà trường đã nhận yêu cầu xóa dữ liệu');
    // In office hours they have it; else it waits for them, once for each request.
    const told = async () => {
      const letters = await db().chatLetter.findMany({ where: { address: head.chatId } });
      expect(letters.map(({ key }) => key.split(':')[0])).toEqual(['data', 'data']);
      return `${JSON.stringify(letters.map(({ reply }) => reply))}${head.said().join()}`;
    };
    await until('the head to be told', async () =>
      /Hân \([67]A1\) yêu cầu (\*\*)?xem dữ liệu[\s\S]*hoàn thành trước \d\d\/\d\d\/\d{4}/.test(await told()),
    );
    const list = await printed(() => requestsCommand([], town.settings));
    const ids = [...list.text.matchAll(/(Xem|Xóa) dữ liệu .*Triệu Thị Ngọc Hân.*\[([0-9a-f-]{36})\]/g)];
    expect(ids.map(([, kind]) => kind)).toEqual(['Xem', 'Xóa']);
    for (const [, , id = ''] of ids) await printed(() => requestsCommand(['--done', id], town.settings));
    expect((await printed(() => requestsCommand([], town.settings))).text).toContain('Không có yêu cầu nào');
  });
});

describe.each([
  ['telegram', 'zalo-bot', 'ứng dụng Zalo'],
  ['zalo-bot', 'telegram', 'ứng dụng Telegram'],
] as const)('The ways to a family on %s', (channel, second, named) => {
  const className = channel === 'telegram' ? '9A' : '9B';

  it('become one more with a code from the chat: the same guardian, and the first chat hears of it', async () => {
    const { person, guardian, pupil } = await linkedFamily(town, channel, { className });
    await person.type('/caidat');
    const answer = await person.choose('Kênh nhận tin').then(() => person.choose('Thêm kênh nhận tin'));
    const code = /[2-9A-Z]{4}-[2-9A-Z]{4}/.exec(answer)?.[0] ?? '';
    await person.type('thôi');
    const other = town.person(second);
    const before = person.said().length;
    expect(await other.type(code)).toContain('Hân');
    await until('the first chat to be told', () =>
      person
        .said()
        .slice(before)
        .find((text) => text.includes(`${named} vừa được nối để nhận tin về em Hân`)),
    );
    const contacts = await db().contact.findMany({
      where: { guardianId: guardian },
      orderBy: { createdAt: 'asc' },
    });
    expect(contacts.map((one) => [one.channel, one.state])).toEqual([
      [channel, 'active'],
      [second, 'active'],
    ]);
    expect(await db().guardianship.count({ where: { pupilId: pupil } })).toBe(1);
    // Somebody who has read it over a shoulder comes too late, and is told nothing.
    expect(await town.person(second).type(code)).toMatch(/^Mã này không dùng được/);
    // The second chat may take the first one away; nothing more comes there.
    await other.type('/caidat');
    await other.choose('Kênh nhận tin');
    expect(other.offers()).toEqual(expect.arrayContaining([`${named} (kênh này)`]));
    await other.choose(/…/);
    expect(await other.choose('Gỡ kênh này')).toContain('Đã gỡ');
    const { state } = await db().contact.findFirstOrThrow({ where: { guardianId: guardian, channel } });
    expect(state).toBe('unlinked');
    expect(await person.type('/caidat')).toContain('chưa nối với học sinh nào');
  });

  it('become one more by a mail that its owner confirms; nothing else is sent there before', async () => {
    const { person, guardian } = await linkedFamily(town, channel, { className });
    const address = `${channel}@nha.example.com`;
    await person.type('/caidat');
    await person.choose('Kênh nhận tin');
    await person.choose('Thêm kênh nhận tin');
    expect(await person.type('thư của tôi')).toContain('Xin gõ một địa chỉ thư');
    expect(await person.type(address.toUpperCase())).toContain(`vừa gửi thư đến ${address}`);
    const mail = await until('the mail', () => town.mail.mailbox(address).mails()[0]);
    expect(mail.html).toContain('/family/link/');
    const mine = { guardianId: guardian, channel: 'email' };
    expect(await db().contact.findFirst({ where: mine })).toMatchObject({ state: 'unconfirmed' });
    await person.type('/caidat');
    await person.choose('Kênh nhận tin');
    expect(person.offers()).toContain('thư điện tử ….com (chờ xác nhận)');
    await person.choose(/^thư điện tử/);
    expect(person.offers()).not.toContain('Gửi đến đây trước');
    await person.choose('Gỡ kênh này');
    expect(await db().contact.findFirst({ where: mine })).toMatchObject({ state: 'unlinked' });
  });

  it('are asked about before the last one goes', async () => {
    const { person, guardian } = await linkedFamily(town, channel, { className });
    await person.type('/caidat');
    await person.choose('Kênh nhận tin');
    expect(await person.choose(/kênh này/)).toContain('kênh duy nhất');
    expect(await person.choose('Gỡ kênh này')).toContain('Đã ngắt kênh này');
    expect(await db().contact.findFirst({ where: { guardianId: guardian } })).toMatchObject({
      state: 'unlinked',
    });
  });

  it('speak the language that is chosen in the settings', async () => {
    const { person } = await linkedFamily(town, channel, { className });
    await person.type('cai dat');
    await person.choose('Ngôn ngữ');
    expect(await person.choose('English')).not.toContain('nhà trường');
    expect(await person.type('/settings')).toContain('settings');
    await person.choose('Language');
    expect(await person.choose('Tiếng Việt')).toContain('bằng tiếng Việt');
  });
});

describe('A chat that is asked something', () => {
  it('may ask for something else, and has left what was going on', async () => {
    const { person, guardian } = await linkedFamily(town, 'telegram', { className: '8A' });
    await person.type('/caidat');
    await person.choose('Giờ yên lặng');
    expect(await person.type('/hocphi')).toContain('Khoản thu của em');
    expect(await person.type('21:00-6:00')).toContain('Gia đình đang nhận tin');
    expect((await guardianOf(guardian)).quietFromMin).toBeNull();
  });

  it('chooses with the words of a choice too, where it could press', async () => {
    const { person } = await linkedFamily(town, 'telegram', { className: '8A' });
    await person.type('/caidat');
    expect(await person.type('giờ yên lặng')).toContain('Nhà trường không nhắn trong khoảng giờ nào');
    expect(await person.type('khong can gio yen lang')).toContain('Không có giờ yên lặng.');
  });

  it('chooses which way comes first among its own', async () => {
    const { person, guardian } = await linkedFamily(town, 'telegram', { className: '8B' });
    const mail = await db().contact.create({
      data: {
        schoolId: town.school,
        guardianId: guardian,
        accountId: town.mailbox,
        channel: 'email',
        address: 'nha@hoamai.example.com',
        state: 'active',
        position: 1,
      },
    });
    await person.type('/caidat');
    await person.choose('Kênh nhận tin');
    expect(person.offers().slice(0, 3)).toEqual([
      'ứng dụng Telegram (kênh này)',
      'thư điện tử ….com',
      'Thêm kênh nhận tin',
    ]);
    await person.choose(/^thư điện tử/);
    expect(await person.choose('Gửi đến đây trước')).toContain('qua thư điện tử trước');
    expect(await db().contact.findUnique({ where: { id: mail.id } })).toMatchObject({ position: 0 });
    const report = await tellClass('8B');
    await finished(report);
    expect(
      await db().recipient.findFirst({ where: { noticeId: report, guardianId: guardian } }),
    ).toMatchObject({
      reachedBy: 'email',
    });
  });

  it('is answered once more, and nothing is done twice, when the process dies after deciding', async () => {
    const { person, guardian } = await linkedFamily(town, 'telegram', { className: '8C' });
    await person.type('/caidat');
    const fault = town.telegram.fault({ kind: 'status', status: 500, times: 1 });
    const before = person.said().length;
    const update = { chat: { id: Number(person.chatId), type: 'private', first_name: 'x' } };
    town.telegram.pushUpdate('message', {
      message_id: 77_001,
      date: 1,
      from: update.chat,
      ...update,
      text: 'Tạm dừng',
    });
    await until('the first try to fail', () => fault.hits === 1);
    await until('it to be given back', async () => {
      return (await db().inboundUpdate.count({ where: { handledAt: null, error: { not: null } } })) > 0;
    });
    const step = await db().chatStep.findFirstOrThrow({ where: { address: person.chatId } });
    expect(JSON.stringify(step.replies)).toContain('Tạm dừng đến khi nào');
    town.forward(10_000);
    town.telegram.person().start();
    await town.settled();
    expect(person.said().slice(before)).toEqual([expect.stringContaining('Tạm dừng đến khi nào')]);
    const after = await db().chatStep.findFirstOrThrow({ where: { address: person.chatId } });
    expect(after).toMatchObject({ serial: step.serial, replies: null });
    await person.choose('3 ngày');
    expect((await guardianOf(guardian)).pausedUntil).not.toBeNull();
  });
});

describe('Hours and days as people type them', () => {
  it.each([
    ['21:00-6:30', 1260, 390],
    ['21h-6h30', 1260, 390],
    ['từ 21 giờ đến 6 giờ', 1260, 360],
    ['20.15 – 5', 1215, 300],
    ['0:00-0:00', 0, 0],
  ])('"%s" are hours', (text, quietFromMin, quietToMin) => {
    expect(readHours(text)).toEqual({ quietFromMin, quietToMin });
  });
  it.each(['', 'không', '25:00-6:00', '21:60-6:00', '21', 'em Hân 6A1'])('"%s" are none', (text) => {
    expect(readHours(text)).toBeNull();
  });
  const NOW = new Date('2026-11-24T10:00:00Z');
  it.each([
    ['25/12', '2026-12-25'],
    ['1/11', '2027-11-01'],
    ['24-11', '2026-11-24'],
    ['ngày 5.1.27', '2027-01-05'],
    ['29/2/2028', '2028-02-29'],
    ['mai', '2026-11-25'],
    ['Hôm nay', '2026-11-24'],
  ])('"%s" is a day', (text, day) => {
    expect(readDay(text, NOW)?.toISOString().slice(0, 10)).toBe(day);
  });
  it.each(['31/2', '0/1', '13', 'thứ bảy', '1/13/2026', '29/2/2027'])('"%s" is none', (text) => {
    expect(readDay(text, NOW)).toBeNull();
  });
  it('two working days behind a Friday is a Tuesday', () => {
    const friday = new Date('2026-11-27T00:00:00Z');
    expect(workingDaysAfter(friday, 2).toISOString().slice(0, 10)).toBe('2026-12-01');
  });
});
