import { beforeAll, describe, expect, it } from 'vitest';
import { askAt, forgetReasons, setCalendarEntry } from '../../src/attendance/index.ts';
import { absencesCommand } from '../../src/commands/absences.ts';
import { warnOfMissed } from '../../src/conversation/absence/warn.ts';
import { addStaff, issueStaffCode } from '../../src/school/index.ts';
import type { DayPart, Role } from '../../src/store/prisma/enums.ts';
import { printed } from '../commands/office.ts';
import { forwardToMonday, newPupil } from '../flow/town.ts';
import { until } from '../harness/index.ts';
import { jpeg } from '../harness/pictures.ts';
import {
  CHAT_CHANNELS,
  type ChatChannel,
  type ChatTown,
  type Chatter,
  linkedFamily,
  linkWith,
  openChatTown,
} from './chats.ts';

const DAY_MS = 86_400_000;
const REASON = 'Cháu bị sốt xuất huyết';

// The town's clock stands at Monday noon at school of the coming week, the whole day is office hours: nothing waits
// unless it is said.
let town: ChatTown;
beforeAll(async () => {
  town = await openChatTown({ OFFICE_FROM: '00:00', OFFICE_TO: '23:59' });
  forwardToMonday(town);
});
const db = () => town.hub.db.prisma;

/** "25/11" of so many days from now. */
const dayIn = (days: number): string =>
  new Date(town.now().getTime() + days * DAY_MS).toISOString().slice(5, 10).split('-').reverse().join('/');

let count = 0;
async function staff(channel: ChatChannel, className: string | null, role: Role = 'formTeacher') {
  const schoolId = town.school;
  const found = className ? await db().schoolClass.findFirstOrThrow({ where: { name: className } }) : null;
  const fullName = `Lục Thị Thu ${String.fromCharCode(65 + count++)}`;
  const given = { schoolId, fullName, role, classId: found?.id ?? null, actor: 'cli' };
  const { id: staffId } = await addStaff(db(), given, town.now());
  const about = { schoolId, staffId, days: 1, actor: 'cli' };
  const code = await issueStaffCode(db(), town.hub.signer, about, town.now());
  return { id: staffId, name: fullName, code, person: town.person(channel) };
}
async function linkedStaff(channel: ChatChannel, className: string | null, role?: Role) {
  const one = await staff(channel, className, role);
  await one.person.type(one.code);
  return one;
}

const told = (person: Chatter, words: string) =>
  until(`a message with "${words}"`, () => person.said().find((one) => one.includes(words)));
const times = (person: Chatter, words: string) => person.said().filter((one) => one.includes(words)).length;
const settledLetters = () =>
  until(
    'every letter',
    async () => !(await db().chatLetter.count({ where: { sentAt: null, failed: null } })),
  );
const reportsOf = (pupilId: string) =>
  db().absenceReport.findMany({ where: { pupilId }, orderBy: { id: 'asc' } });

/** From "/nghi" to the last question. */
async function askFor(person: Chatter, day: string, reason = REASON): Promise<string> {
  await person.type('/nghi');
  await person.type(day);
  await person.choose('cả ngày');
  return person.type(reason);
}

describe.each(CHAT_CHANNELS)('A parent on %s who reports an absence', (channel) => {
  const other: ChatChannel = channel === 'telegram' ? 'zalo-bot' : 'telegram';
  const cls = (name: string) => `${channel === 'telegram' ? '6' : '7'}${name}`;

  it('asks the form teacher in four short steps, and both know when it was accepted', async () => {
    const className = cls('A1');
    const { person, pupil } = await linkedFamily(town, channel, { className });
    const teacher = await linkedStaff(other, className);
    expect(await person.type('xin nghỉ học')).toContain(`Em Hân, lớp ${className} – xin nghỉ ngày nào?`);
    expect(person.offers()[1]).toContain('Ngày mai, thứ ba');
    expect(await person.type('31/02')).toContain('không có trong lịch');
    expect(await person.choose(/^Ngày mai/)).toContain('nghỉ buổi nào?');
    expect(await person.choose('buổi sáng')).toContain('vì sao em nghỉ?');
    const summary = await person.type(REASON);
    expect(summary).toContain(`Ngày: thứ ba ${dayIn(1)}, buổi sáng`);
    expect(summary).toContain(`Lý do: ${REASON}`);
    expect(await person.choose('Gửi')).toContain('cho giáo viên chủ nhiệm');
    const letter = await told(teacher.person, 'Xin nghỉ học');
    expect(letter).toContain(`em Triệu Thị Ngọc Hân, lớp ${className}`);
    expect(letter).toContain(REASON);
    expect(await teacher.person.choose('Đồng ý')).toContain('Đã đồng ý. Gia đình được báo.');
    expect(await told(person, 'đã đồng ý cho em nghỉ')).toContain(
      `${teacher.name} đã đồng ý cho em nghỉ thứ ba`,
    );
    const [report] = await reportsOf(pupil);
    expect(report).toMatchObject({ state: 'accepted', part: 'morning', decidedBy: `staff:${teacher.id}` });
    const acts = await db().auditEntry.findMany({
      where: { subject: `absence:${report?.id}` },
      orderBy: { id: 'asc' },
    });
    expect(acts.map((one) => one.action)).toEqual(['absence.ask', 'absence.accepted']);
  });

  it('is asked back in the thread with the teacher, who accepts afterwards', async () => {
    const className = cls('A2');
    const { person, pupil } = await linkedFamily(town, channel, { className });
    const teacher = await linkedStaff(channel, className);
    await askFor(person, 'mai');
    await person.choose('Gửi');
    await told(teacher.person, 'Xin nghỉ học');
    expect(await teacher.person.choose('Hỏi lại')).toContain('Thầy, cô muốn hỏi gì gia đình em Hân');
    expect(await teacher.person.type('Em có giấy khám không ạ?')).toContain('Đã gửi câu hỏi');
    expect(await told(person, 'Em có giấy khám')).toContain('Về đơn xin nghỉ thứ ba');
    expect((await reportsOf(pupil))[0]).toMatchObject({ state: 'questioned' });
    await person.choose('Trả lời');
    await person.type('Dạ có, em gửi sau');
    await told(teacher.person, 'em gửi sau');
    await teacher.person.choose('Đồng ý');
    await told(person, 'đã đồng ý cho em nghỉ');
  });

  it('may take it back until it is decided, and no later', async () => {
    const className = cls('A3');
    const { person, pupil } = await linkedFamily(town, channel, { className });
    const teacher = await linkedStaff(other, className);
    await askFor(person, 'mai');
    await person.choose('Gửi');
    await told(teacher.person, 'Xin nghỉ học');
    expect(await person.choose('Rút đơn này')).toContain('Đã rút đơn');
    await told(teacher.person, 'đã rút đơn');
    expect(await teacher.person.choose('Đồng ý')).toContain('Gia đình đã rút lại');
    expect((await reportsOf(pupil))[0]).toMatchObject({ state: 'withdrawn' });
    await askFor(person, 'thứ 6');
    await person.choose('Gửi');
    await told(teacher.person, 'thứ sáu');
    await teacher.person.choose('Đồng ý');
    await told(person, 'đã đồng ý');
    expect(await person.choose('Rút đơn này')).toContain('không rút được nữa');
    await settledLetters();
    expect(times(person, 'đã đồng ý cho em nghỉ')).toBe(1);
  });

  it('goes back a step, stops, and sends nothing twice', async () => {
    const className = cls('A4');
    const { person, pupil } = await linkedFamily(town, channel, { className });
    await linkedStaff(channel, className);
    await person.type('/nghi');
    await person.type('mai');
    expect(await person.type('quay lại')).toContain('xin nghỉ ngày nào?');
    expect(await person.type('thôi')).toContain('Đã dừng');
    await askFor(person, 'mai');
    await person.choose('Gửi');
    // Where the button is gone with its question, the number may still be typed.
    if (channel === 'zalo-bot') expect(await person.choose('Gửi')).toContain('Lựa chọn này đã cũ');
    expect(await askFor(person, 'mai')).toContain('Gửi cho thầy, cô?');
    expect(await person.choose('Gửi')).toContain('đã có đơn xin nghỉ');
    expect(await reportsOf(pupil)).toHaveLength(1);
  });

  it('may send a picture for a reason, which the teacher gets with the report', async () => {
    const className = cls('A6');
    const { person, pupil } = await linkedFamily(town, channel, { className });
    const teacher = await linkedStaff(other, className);
    await person.type('/nghi sáng mai');
    expect(await person.send(jpeg({ width: 60 }), 'Giấy khám của em')).toContain(
      'Giấy khám của em (kèm ảnh hoặc tệp)',
    );
    const better = jpeg({ width: 61 });
    expect(await person.send(better)).toContain('Gửi cho thầy, cô?');
    await person.choose('Gửi');
    const letter = await until('the letter', () =>
      teacher.person.got().find(({ text }) => text.includes('Giấy khám')),
    );
    expect(Buffer.from(letter.photo?.base64 ?? '', 'base64').equals(better)).toBe(true);
    await teacher.person.choose('Đồng ý');
    await told(person, 'đã đồng ý cho em nghỉ');
    expect(await reportsOf(pupil)).toMatchObject([{ state: 'accepted', part: 'morning' }]);
  });

  it('with two children says for which', async () => {
    const className = cls('A5');
    const { person, guardian } = await linkedFamily(town, channel, { className });
    const sibling = await newPupil(town.hub, town.school, 'Triệu Văn Khôi', className);
    await db().guardianship.create({
      data: { schoolId: town.school, guardianId: guardian, pupilId: sibling, relation: 'guardian' },
    });
    await linkWith(town, person, guardian, sibling, className);
    expect(await person.type('/nghi')).toContain('cho em nào?');
    await person.choose(`Em Khôi (${className})`);
    await person.type('chiều mai');
    await person.choose('Em bị ốm');
    await person.choose('Gửi');
    expect(await reportsOf(sibling)).toMatchObject([{ part: 'afternoon' }]);
  });
});

describe('Those who decide', () => {
  it('are two form teachers: the first decides, the other is told, a second press tells nobody again', async () => {
    const { person } = await linkedFamily(town, 'telegram', { className: '8A1' });
    const first = await linkedStaff('zalo-bot', '8A1');
    const second = await linkedStaff('telegram', '8A1');
    await askFor(person, 'mai');
    await person.choose('Gửi');
    await Promise.all([told(first.person, 'Xin nghỉ học'), told(second.person, 'Xin nghỉ học')]);
    await first.person.choose('Đồng ý');
    await told(second.person, `${first.name} đã đồng ý`);
    expect(await second.person.choose('Đồng ý')).toContain(`${first.name} đã đồng ý`);
    expect(await first.person.choose('Đồng ý')).toContain('Đã đồng ý');
    await settledLetters();
    expect(times(person, 'đã đồng ý cho em nghỉ')).toBe(1);
    expect(
      await db().auditEntry.count({ where: { action: 'absence.accepted', actor: `staff:${second.id}` } }),
    ).toBe(0);
  });

  it('are whoever is on duty where the form teacher has no chat; the parent is told so, and the teacher asked when they link one', async () => {
    const { person } = await linkedFamily(town, 'telegram', { className: '8A2' });
    const teacher = await staff('telegram', '8A2');
    await askFor(person, 'mai');
    expect(await person.choose('Gửi')).toContain('nhà trường sẽ thấy đơn trong danh sách');
    const head = await linkedStaff('zalo-bot', null, 'head');
    await askFor(person, 'thứ 6');
    expect(await person.choose('Gửi')).toContain('người trực của nhà trường nhận thay');
    await told(head.person, 'Xin nghỉ học');
    expect(times(teacher.person, 'Xin nghỉ học')).toBe(0);
    await teacher.person.type(teacher.code);
    await until('both reports', () => times(teacher.person, 'Xin nghỉ học') === 2);
    await teacher.person.choose('Đồng ý');
    await told(head.person, `${teacher.name} đã đồng ý`);
  });

  it('are nobody else: a forged or forwarded button does nothing, and says nothing of the child', async () => {
    const { person, pupil } = await linkedFamily(town, 'telegram', { className: '8A3' });
    await linkedStaff('telegram', '8A3');
    const stranger = await linkedStaff('telegram', '8A1');
    const parent = await linkedFamily(town, 'telegram', { className: '8A3', fullName: 'Bế Văn Khác' });
    await askFor(person, 'mai');
    await person.choose('Gửi');
    const [report] = await reportsOf(pupil);
    const press = async (by: Chatter, data: string) => {
      const chat = { id: Number(by.chatId), type: 'private', first_name: 'x' };
      const message = { message_id: 1, date: 1, chat };
      town.telegram.pushUpdate('callback_query', {
        id: data + by.chatId,
        from: chat,
        message,
        chat_instance: 'x',
        data,
      });
      await town.settled();
      return by.said().at(-1);
    };
    expect(await press(stranger.person, `go:leave:a.${report?.id}`)).toContain('không còn chờ thầy, cô');
    expect(await press(stranger.person, `go:leave:v.${report?.id}`)).not.toContain('Hân');
    await press(parent.person, `go:leave:a.${report?.id}`);
    await press(parent.person, `go:absence:w.${report?.id}`);
    expect(parent.person.said().join()).not.toContain('Hân');
    expect((await reportsOf(pupil))[0]).toMatchObject({ state: 'asked', decidedAt: null });
  });

  it('see with /donnghi what waits, of their own classes only', async () => {
    const { person } = await linkedFamily(town, 'telegram', { className: '8A4' });
    const teacher = await linkedStaff('telegram', '8A4');
    expect(await teacher.person.type('/donnghi')).toContain('Không có đơn xin nghỉ nào');
    await askFor(person, 'mai');
    await person.choose('Gửi');
    expect(await teacher.person.type('/donnghi')).toMatch(/Hân, 8A4: thứ ba .* – Chờ thầy, cô trả lời/);
    expect(await teacher.person.choose(/^Hân/)).toContain(REASON);
    expect(
      await db().auditEntry.count({ where: { action: 'absence.read', actor: `staff:${teacher.id}` } }),
    ).toBe(1);
    await teacher.person.choose('Đồng ý');
    await told(person, 'đã đồng ý cho em nghỉ');
    expect(await person.type('/donnghi')).not.toContain('Đơn xin nghỉ');
  });
});

describe('What a family and its teacher see', () => {
  it('is the school year, the reports with their state, and the sessions missed where attendance is known', async () => {
    const { person, pupil } = await linkedFamily(town, 'zalo-bot', { className: '9A3' });
    const teacher = await linkedStaff('telegram', '9A3');
    expect(await person.type('/lich')).toContain('Nhà trường chưa đưa lịch năm học');
    expect(person.said().at(-1)).not.toContain('buổi trong năm học');
    const { id: schoolYearId } = await db().schoolYear.findFirstOrThrow({ where: { current: true } });
    const holiday = new Date(Math.floor(town.now().getTime() / DAY_MS + 1) * DAY_MS);
    const entry = { kind: 'holiday' as const, name: 'Nghỉ bù', fromOn: holiday, toOn: holiday };
    await db().$transaction((tx) => setCalendarEntry(tx, town.school, entry, 'cli', town.now()));
    const day = new Date('2026-09-10');
    const session = { schoolId: town.school, schoolYearId, pupilId: pupil, day };
    await db().missedSession.createMany({
      data: [
        { ...session, part: 'morning', excused: true },
        { ...session, part: 'afternoon', excused: false },
      ],
    });
    const seen = await person.type('lịch');
    expect(seen).toContain('Năm học 2026-2027');
    expect(seen).toContain(`- Nghỉ bù: ${dayIn(1)}`);
    expect(seen).toContain('Em Hân, lớp 9A3');
    expect(seen).toContain(
      'Đã nghỉ 2 buổi trong năm học, 1 buổi không phép (tính đến 10/09); nhiều nhất 45 buổi.',
    );
    expect(seen).toContain('Không có đơn xin nghỉ nào.');
    await person.choose('Xin nghỉ học');
    expect(await person.type('mai')).toContain('trường không học');
    expect(person.offers()[1]).toContain('thứ tư');
    await person.type('thứ tư');
    await person.choose('cả ngày');
    await person.choose('Em bị ốm');
    await person.choose('Gửi');
    expect(await told(teacher.person, 'Xin nghỉ học')).toContain('Đã nghỉ 2 buổi trong năm học');
    expect(await person.type('lịch')).toMatch(/- thứ tư .*, cả ngày: Chờ thầy, cô trả lời/);
    expect(await person.choose(/^Rút đơn: Hân/)).toContain('Đã rút đơn');
    await db().calendarEntry.deleteMany();
  });

  it('is for the teacher that a pupil comes near the bound, once', async () => {
    const { pupil, person } = await linkedFamily(town, 'telegram', { className: '9A4' });
    const teacher = await linkedStaff('telegram', '9A4');
    const { id: schoolYearId } = await db().schoolYear.findFirstOrThrow({ where: { current: true } });
    const data = Array.from({ length: 36 }, (_, index) => ({
      schoolId: town.school,
      schoolYearId,
      pupilId: pupil,
      day: new Date(Date.UTC(2026, 8, 1 + index)),
      part: 'wholeDay' as const,
      excused: true,
    }));
    await db().missedSession.createMany({ data });
    await db().absenceWarning.create({ data: { pupilId: pupil, schoolYearId, from: 35 } });
    const office = { fromMin: 0, toMin: 1439 };
    const post = { kick: () => undefined };
    await warnOfMissed({ ...town.hub, office, post });
    await warnOfMissed({ ...town.hub, office, post });
    // The hub's sweep would find the letter; a report wakes the post sooner.
    await askFor(person, 'thứ 6');
    await person.choose('Gửi');
    expect(await told(teacher.person, 'nghỉ đã nhiều')).toContain('Đã nghỉ 36 buổi');
    await settledLetters();
    expect(times(teacher.person, 'nghỉ đã nhiều')).toBe(1);
  });
});

describe('The list of the school office', () => {
  it('shows who is away on a day, keeps who read the reasons, and decides where nobody has a chat', async () => {
    const { person } = await linkedFamily(town, 'telegram', { className: '9A5' });
    await askFor(person, 'mai');
    await person.choose('Gửi');
    const office = (...args: string[]) => printed(() => absencesCommand(args, town.settings));
    const day = (ahead: number) => new Date(town.now().getTime() + ahead * DAY_MS).toISOString().slice(0, 10);
    expect((await office('--day', day(0), '--class', '9A5')).text).toContain(': 0');
    const { text } = await office('--day', day(1), '--class', '9A5');
    expect(text).toMatch(/9A5 {2}Triệu Thị Ngọc Hân {2}thứ ba .* {2}Chờ thầy, cô trả lời {2}\[/);
    expect(text).not.toContain('sốt');
    expect((await office('--day', day(1), '--class', '9A5', '--reasons')).text).toContain(REASON);
    expect(await db().auditEntry.count({ where: { action: 'absence.reasons', actor: 'cli' } })).toBe(1);
    const id = /\[([0-9a-f-]{36})\]/.exec(text)?.[1] ?? '';
    await office('accept', '--id', id);
    await office('accept', '--id', id);
    // The hub's sweep would find the letter; the next report wakes the post sooner.
    await askFor(person, 'thứ 6');
    await person.choose('Gửi');
    await told(person, 'nhà trường đã đồng ý cho em nghỉ');
    await settledLetters();
    expect(times(person, 'đã đồng ý cho em nghỉ')).toBe(1);
    await expect(office('accept', '--id', town.school)).rejects.toMatchObject({ code: 'notFound' });
  });
});

describe('The right to report', () => {
  it('is asked again at the last step: a guardian who is none any more sends nothing', async () => {
    const { person, pupil, guardian } = await linkedFamily(town, 'telegram', { className: '9A1' });
    await askFor(person, 'mai');
    await db().guardianship.updateMany({ where: { guardianId: guardian }, data: { urgentOnly: true } });
    await person.choose('Gửi');
    expect(await reportsOf(pupil)).toEqual([]);
    expect(await person.type('/nghi')).toContain('không cung cấp mục này');
  });
});

describe('What a family writes about health', () => {
  it('lies sealed in the database, in no log, and is forgotten a month after', async () => {
    const { person, pupil } = await linkedFamily(town, 'telegram', { className: '9A2' });
    await linkedStaff('telegram', '9A2');
    await askFor(person, 'mai');
    const { rows } = await town.database.pool.query<{ line: string }>(
      `select trail::text as line from chat_step union all select row_to_json(r)::text from absence_report r
       union all select row_to_json(u)::text from inbound_update u where handled_at is not null`,
    );
    for (const { line } of rows) expect(line).not.toContain('sốt');
    await person.choose('Gửi');
    const after = await town.database.pool.query<{ line: string }>(
      'select row_to_json(l)::text as line from chat_letter l union all select row_to_json(a)::text from audit_entry a',
    );
    for (const { line } of after.rows) expect(line).not.toContain('sốt');
    expect(town.log.join('\n')).not.toContain('sốt');
    const { toOn } = (await reportsOf(pupil))[0] ?? {};
    await forgetReasons(db(), new Date((toOn?.getTime() ?? 0) + 30 * DAY_MS));
    expect((await reportsOf(pupil))[0]?.sealedReason).not.toBeNull();
    await forgetReasons(db(), new Date((toOn?.getTime() ?? 0) + 31 * DAY_MS));
    expect((await reportsOf(pupil))[0]?.sealedReason).toBeNull();
  });
});

describe('When the teacher is asked', () => {
  const hours = {
    office: { fromMin: 7 * 60, toMin: 17 * 60 + 30 },
    quiet: { fromMin: 21 * 60, toMin: 6 * 60 + 30 },
  };
  it.each<[string, string, DayPart, string, string]>([
    ['2026-11-24T10:00', '2026-11-25', 'wholeDay', '2026-11-24T10:00', 'within office hours: at once'],
    [
      '2026-11-24T19:00',
      '2026-11-27',
      'wholeDay',
      '2026-11-25T07:00',
      'for a later day: when the office opens',
    ],
    [
      '2026-11-24T19:00',
      '2026-11-25',
      'wholeDay',
      '2026-11-24T19:00',
      'for tomorrow morning: in the evening before',
    ],
    ['2026-11-24T22:30', '2026-11-25', 'morning', '2026-11-25T06:00', 'in the night: an hour before school'],
    [
      '2026-11-24T22:30',
      '2026-11-25',
      'afternoon',
      '2026-11-25T07:00',
      'for the afternoon the office is early enough',
    ],
    ['2026-11-25T06:10', '2026-11-25', 'wholeDay', '2026-11-25T06:10', 'on the same morning: at once'],
    [
      '2026-11-25T04:00',
      '2026-11-25',
      'wholeDay',
      '2026-11-25T06:00',
      'on the same night: an hour before school',
    ],
    [
      '2026-11-25T20:00',
      '2026-11-25',
      'wholeDay',
      '2026-11-26T07:00',
      'when the day is over: when the office opens',
    ],
    ['2026-11-28T18:00', '2026-11-30', 'morning', '2026-11-28T18:00', 'on Saturday for Monday: at once'],
  ])('at %s about %s (%s), it is at %s: %s', (now, day, part, expected) => {
    const days = { fromOn: new Date(day), toOn: new Date(day), part };
    expect(askAt(new Date(`${now}:00+07:00`), days, hours)).toEqual(new Date(`${expected}:00+07:00`));
  });
});
