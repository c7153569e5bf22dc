// Marks, from the file to the phone: the whole program, the real wire of Telegram against its stand-in.
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { holdMarks, publishReportCards, releaseMarks } from '../../src/grades/index.ts';
import { until } from '../harness/index.ts';
import {
  DAY_MS,
  gradebook,
  type MarksTown,
  MINUTE_MS,
  openMarksTown,
  type Parent,
  termResults,
  textsOf as texts,
} from './marks-town.ts';
import { answerTo, pressed, said, type Town } from './town.ts';

let marks: MarksTown;
let town: Town;
let bring: MarksTown['bring'];
let settle: MarksTown['settle'];
let quiet: MarksTown['quiet'];
beforeAll(async () => {
  marks = await openMarksTown();
  ({ town, bring, settle, quiet } = marks);
});
const db = () => marks.db;

let classCount = 0;
let className = '';
beforeEach(() => {
  className = `6B${++classCount}`;
});
const child = (fullName: string) => marks.child(fullName, className);
const parent = (...args: Parameters<MarksTown['parent']>): Promise<Parent> => marks.parent(...args);

describe('A new mark', () => {
  it('is told after its settling time, once, to the guardian of that child, with the child’s name', async () => {
    const [nam, chi] = [await child('Lý Văn Nam'), await child('Nông Thị Chi')];
    const [his, hers] = [await parent([nam]), await parent([chi])];
    const before = [said(his.person).length, said(hers.person).length] as const;
    await bring(gradebook('Toán', ['TX1', 'GK'], [nam, '8', '7,5'], [chi, '3,3', '']));
    await quiet();
    expect(texts(his.person, before[0]), 'nothing before the time').toEqual([]);
    await settle();
    const [text = '', ...more] = texts(his.person, before[0]);
    expect(more).toEqual([]);
    expect(text).toContain(`Lý Văn Nam, lớp ${className}`);
    expect(text).toContain('Toán (học kỳ I)');
    expect(text).toContain('Đánh giá thường xuyên 1: 8,0');
    expect(text).toContain('Kiểm tra giữa kỳ: 7,5');
    expect(text).toContain('/diem');
    expect(text).not.toMatch(/Chi|3,3|đính chính/);
    expect(texts(hers.person, before[1])).toHaveLength(1);
    expect(texts(hers.person, before[1])[0]).not.toMatch(/Nam|7,5/);
  });

  it('that is imported twice by mistake causes no second message, nor one that was put right in time any', async () => {
    const nam = await child('Lý Văn Nam');
    const { person } = await parent([nam]);
    const file = gradebook('Toán', ['GK'], [nam, '7,5']);
    await bring(file);
    await settle();
    const before = said(person).length;
    await bring(file);
    await settle();
    await bring(gradebook('Toán', ['GK'], [nam, '2,5']));
    await bring(file);
    await settle();
    expect(texts(person, before)).toEqual([]);
  });

  it('waits until the class has had no import for half an hour, so that forty corrections make one message', async () => {
    const nam = await child('Lý Văn Nam');
    const { person } = await parent([nam]);
    const before = said(person).length;
    for (const mark of ['7', '7,5', '8', '8,5']) {
      await bring(gradebook('Toán', ['GK'], [nam, mark]));
      town.forward(20 * MINUTE_MS);
      await quiet();
    }
    await bring(gradebook('Toán', ['GK'], [nam, '8,5']));
    town.forward(29 * MINUTE_MS);
    await quiet();
    expect(texts(person, before), 'also an import without a change begins the half hour anew').toEqual([]);
    town.forward(2 * MINUTE_MS);
    await quiet();
    expect(texts(person, before)).toHaveLength(1);
    expect(texts(person, before)[0]).toMatch(/giữa kỳ: 8,5\n/);
  });

  it('that is corrected before anybody was told, at night, makes one message without a correction', async () => {
    const nam = await child('Lý Văn Nam');
    const { person } = await parent([nam]);
    const before = said(person).length;
    const soon = async () => {
      town.forward(31 * MINUTE_MS);
      await town.hub.marks.tick();
    };
    await marks.whileNobodySends(async () => {
      await bring(gradebook('Toán', ['TX1', 'GK'], [nam, '8', '5,4']));
      await soon();
      await bring(gradebook('Toán', ['TX1', 'GK'], [nam, '8', '7,5']));
      await soon();
    });
    await quiet();
    const [text = '', ...more] = texts(person, before);
    expect(more).toEqual([]);
    expect(text).toContain('Đánh giá thường xuyên 1: 8,0');
    expect(text).toContain('Kiểm tra giữa kỳ: 7,5');
    expect(text).not.toMatch(/5,4|đính chính/);
  });

  it('that is corrected is told as a correction; one that is withdrawn is told once', async () => {
    const nam = await child('Lý Văn Nam');
    const { person } = await parent([nam]);
    await bring(gradebook('Toán', ['TX1', 'GK'], [nam, '8,1', '5,4']));
    await settle();
    const before = said(person).length;
    await bring(gradebook('Toán', ['TX1', 'GK'], [nam, '', '6']));
    await bring(gradebook('Toán', ['TX1', 'GK'], [nam, '', '7,5']));
    await settle();
    const [text = '', ...more] = texts(person, before);
    expect(more).toEqual([]);
    expect(text).toContain('Kiểm tra giữa kỳ: 7,5 (đính chính, trước đây báo 5,4)');
    expect(text).toContain('rút lại điểm 8,1');
    expect(text).not.toContain('6,0');
    await settle();
    expect(texts(person, before)).toHaveLength(1);
  });

  it('gives the average that follows, once every part is there', async () => {
    const nam = await child('Lý Văn Nam');
    const { person } = await parent([nam]);
    await bring(gradebook('Toán', ['TX1', 'TX2', 'TX3', 'GK', 'CK'], [nam, '6', '8,6', '4,2', '0,5', '6,6']));
    await settle();
    expect(texts(person).at(-1)).toContain('Điểm trung bình môn (tính từ các điểm đã có): 5,0');
  });

  it('of a pupil who changes class meanwhile is told with what the new class brings, when the later has settled', async () => {
    const [nam, chi] = [await child('Lý Văn Nam'), await child('Nông Thị Chi')];
    const { person } = await parent([nam]);
    const other = await marks.child('Hoàng Văn Tú', `6H${classCount}`);
    const before = said(person).length;
    await bring(gradebook('Toán', ['GK'], [nam, '7,5'], [chi, '8']));
    await marks.moveTo(nam, other);
    town.forward(10 * MINUTE_MS);
    await bring(gradebook('Ngữ văn', ['GK'], [{ ...nam, className: other.className }, '6,5']));
    town.forward(20 * MINUTE_MS);
    await bring(gradebook('Toán', ['GK'], [chi, '9']));
    town.forward(11 * MINUTE_MS);
    await quiet();
    expect(await db().markNews.count(), 'the new class has settled, the old one has not').toBe(1);
    await settle();
    const [text = '', ...more] = texts(person, before);
    expect(more).toEqual([]);
    expect(text).toContain('Kiểm tra giữa kỳ: 7,5');
    expect(text).toContain('Kiểm tra giữa kỳ: 6,5');
  });

  it('of a pupil who changes class meanwhile is not lost when both classes settle at the same moment', async () => {
    const nam = await child('Lý Văn Nam');
    const { person } = await parent([nam]);
    const other = await marks.child('Hoàng Văn Tú', `6H${classCount}`);
    const before = said(person).length;
    await bring(gradebook('Toán', ['GK'], [nam, '7,5']));
    await marks.moveTo(nam, other);
    await bring(gradebook('Ngữ văn', ['GK'], [{ ...nam, className: other.className }, '6,5']));
    town.forward(31 * MINUTE_MS);
    await until('both marks to be told', async () => {
      await town.hub.marks.tick();
      return /7,5[\s\S]*6,5|6,5[\s\S]*7,5/.test(texts(person, before).join());
    });
    await quiet();
    const all = texts(person, before).join();
    for (const mark of ['7,5', '6,5']) expect(all.split(`Kiểm tra giữa kỳ: ${mark}`)).toHaveLength(2);
    expect(await db().markNews.count()).toBe(0);
  });

  it('of two children comes as two messages, each with its name', async () => {
    const [nam, chi] = [await child('Lý Văn Nam'), await child('Lý Thị Chi')];
    const { person } = await parent([nam, chi]);
    const before = said(person).length;
    await bring(gradebook('Toán', ['GK'], [nam, '7,5'], [chi, '9']));
    await settle();
    const both = texts(person, before).toSorted();
    expect(both).toHaveLength(2);
    expect(both.filter((one) => one.includes('Lý Văn Nam') && one.includes('7,5'))).toHaveLength(1);
    expect(both.filter((one) => one.includes('Lý Thị Chi') && one.includes('9,0'))).toHaveLength(1);
    expect(both.some((one) => one.includes('Nam') && one.includes('Chi'))).toBe(false);
  });
});

describe('Nobody sees a mark who may not', () => {
  const guardianship = (guardianId: string, pupilId: string) => ({
    guardianId_pupilId: { guardianId, pupilId },
  });

  it('neither without agreement, nor without the right, nor with a closed guardianship, nor as urgent-only', async () => {
    const nam = await child('Lý Văn Nam');
    const [unasked, blind, closed, urgent, mother] = [
      await parent([nam], false),
      await parent([nam]),
      await parent([nam]),
      await parent([nam]),
      await parent([nam]),
    ];
    await db().guardianship.update({
      where: guardianship(blind.guardianId, nam.id),
      data: { canSeeMarks: false },
    });
    await db().guardianship.update({
      where: guardianship(closed.guardianId, nam.id),
      data: { closedAt: town.now() },
    });
    await db().guardianship.update({
      where: guardianship(urgent.guardianId, nam.id),
      data: { urgentOnly: true },
    });
    await bring(gradebook('Toán', ['GK'], [nam, '7,5']));
    await settle();
    expect(texts(mother.person).at(-1)).toContain('7,5');
    for (const { person } of [unasked, blind, closed, urgent]) {
      expect(texts(person).join('\n')).not.toContain('7,5');
      await answerTo(person, () => person.type('/diem'));
      expect(texts(person).join('\n')).not.toContain('7,5');
    }
    const notice = await db().notice.findFirstOrThrow({
      where: { kind: 'marksNews' },
      orderBy: { publishedAt: 'desc' },
    });
    const rows = await db().recipient.findMany({ where: { noticeId: notice.id } });
    expect(new Map(rows.map((row) => [row.guardianId, row.reason]))).toEqual(
      new Map([
        [unasked.guardianId, 'notAsked'],
        [blind.guardianId, 'mayNotSee'],
        [urgent.guardianId, 'urgentOnly'],
        [mother.guardianId, null],
      ]),
    );
  });

  it('not even when the right was taken away at the database after the message was planned', async () => {
    const nam = await child('Lý Văn Nam');
    const { guardianId, person } = await parent([nam]);
    const before = said(person).length;
    await marks.whileNobodySends(async () => {
      await bring(gradebook('Toán', ['GK'], [nam, '7,5']));
      town.forward(31 * MINUTE_MS);
      await town.hub.marks.tick();
      await db().recipient.findFirstOrThrow({ where: { guardianId, outcome: 'waiting' } });
      await db().guardianship.update({
        where: guardianship(guardianId, nam.id),
        data: { canSeeMarks: false },
      });
    });
    await quiet();
    expect(texts(person, before)).toEqual([]);
    expect(await db().recipient.findFirstOrThrow({ where: { guardianId } })).toMatchObject({
      outcome: 'notReached',
      reason: 'mayNotSee',
    });
  });

  it('nor with the button of another family’s message', async () => {
    const [nam, chi] = [await child('Lý Văn Nam'), await child('Nông Thị Chi')];
    const [his, hers] = [await parent([nam]), await parent([chi])];
    await bring(gradebook('Toán', ['GK'], [nam, '7,5'], [chi, '2,5']));
    await settle();
    const shown = await answerTo(his.person, () => his.person.type('điểm'));
    const button = shown.buttons.flat().find((one) => one.label === 'Toán');
    expect(button?.data).toMatch(/^tp:marks:s\./);
    // Telegram itself keeps a button to its chat; a forged press must come to nothing all the same.
    const argument = (button?.data ?? '').slice('tp:marks:'.length);
    const { id: guardianshipId } = await db().guardianship.findFirstOrThrow({ where: { pupilId: chi.id } });
    const asking = {
      guardianshipId,
      guardianId: hers.guardianId,
      pupilId: chi.id,
      schoolId: town.school,
      givenName: 'Chi',
      className,
    };
    const question = { children: [asking], pressed: true, language: 'vi', now: town.now() };
    expect(await town.hub.marks.topic.answer({ ...question, argument })).toEqual([]);
    const own = argument.replace(/(?<=^s\.)[^.]+/, guardianshipId);
    expect((await town.hub.marks.topic.answer({ ...question, argument: own }))[0]?.text).toContain('2,5');
  });
});

describe('"/diem"', () => {
  it('shows the newest marks of each child, a subject on request, and nothing that still waits', async () => {
    const [nam, chi] = [await child('Lý Văn Nam'), await child('Lý Thị Chi')];
    const { person } = await parent([nam, chi]);
    await bring(gradebook('Toán', ['TX1', 'GK'], [nam, '8', '7,5'], [chi, '9,9', '']));
    await settle();
    await bring(gradebook('Toán', ['GK'], [nam, '1,5'], [chi, '1,6']));
    const before = said(person).length;
    person.type('/diem');
    await until('two answers', () => said(person).length === before + 2);
    const [one = '', two = ''] = texts(person, before);
    expect([one, two].filter((text) => text.includes('em Nam')).join()).toContain('7,5');
    expect([one, two].filter((text) => text.includes('em Chi')).join()).toContain('9,9');
    expect(`${one}${two}`).not.toMatch(/1,5|1,6/);
    const subject = said(person).length;
    person.type('điểm toán');
    await until('two more answers', () => said(person).length === subject + 2);
    expect(texts(person, subject).join()).toMatch(
      /Toán – em Nam[\s\S]*học kỳ I[\s\S]*Đánh giá thường xuyên 1: 8,0/,
    );
  });

  it('lets separated parents switch each for themselves: off, weekly, at once', async () => {
    const nam = await child('Lý Văn Nam');
    const [mother, father] = [await parent([nam]), await parent([nam])];
    await bring(gradebook('Toán', ['GK'], [nam, '7,5']));
    await settle();
    await answerTo(father.person, () => father.person.type('/diem'));
    await pressed(town, father.person, 'Không báo');
    await answerTo(mother.person, () => mother.person.type('/diem'));
    await pressed(town, mother.person, 'Mỗi tuần');
    const before = [said(mother.person).length, said(father.person).length] as const;
    await bring(gradebook('Ngữ văn', ['GK'], [nam, '6,5']));
    await settle();
    await bring(gradebook('Ngữ văn', ['TX1', 'GK'], [nam, '9', '6,9']));
    await settle();
    expect(texts(mother.person, before[0]), 'she waits for Friday').toEqual([]);
    town.forward(8 * DAY_MS);
    await quiet();
    const [digest = '', ...more] = texts(mother.person, before[0]);
    expect(more).toEqual([]);
    expect(digest).toContain('Những tin từ lần trước');
    expect(digest).toContain('Lý Văn Nam');
    expect(digest).toContain('Kiểm tra giữa kỳ: 6,9');
    expect(digest).not.toMatch(/6,5|7,5/);
    await quiet();
    expect(texts(mother.person, before[0]), 'one digest an hour').toHaveLength(1);
    expect(texts(father.person, before[1])).toEqual([]);
  });
});

describe('In primary school', () => {
  it('a family reads levels, whole marks and the teacher’s words, and never an average', async () => {
    const nam = await marks.child('Lý Văn Nam', `3D${classCount}`);
    const { person } = await parent([nam]);
    const before = said(person).length;
    const columns = ['Mức đạt được GK', 'Nhận xét GK', 'Mức đạt được CK', 'Điểm KTĐK', 'Nhận xét CK'];
    const row = ['H', 'Đọc to, rõ.', 'T', 8, 'Con tiến bộ nhiều.'];
    await bring(gradebook('Tiếng Việt', columns, [nam, ...row]));
    await bring(gradebook('Toán', columns, [nam, 'T', '', 'T', 10, '']));
    await settle();
    await answerTo(person, () => person.type('/diem'));
    await pressed(town, person, 'Tiếng Việt');
    await pressed(town, person, /^Phiếu kết quả/);
    const all = texts(person, before).join('\n');
    expect(all).toContain('Mức đạt được giữa kỳ: Hoàn thành');
    expect(all).toContain('Mức đạt được cuối kỳ: Hoàn thành tốt');
    expect(all).toContain('Điểm kiểm tra cuối kỳ: 8\n');
    expect(all).toContain('Điểm kiểm tra cuối kỳ: 10\n');
    expect(all).toContain('Nhận xét cuối kỳ: Con tiến bộ nhiều.');
    expect(all).not.toMatch(/trung bình|9,0|8,0/);
  });
});

describe('A school that holds its marks', () => {
  it('tells nothing before a staff member lets them go', async () => {
    const nam = await child('Lý Văn Nam');
    const { person } = await parent([nam]);
    const before = said(person).length;
    await holdMarks(db(), town.school, true, 'cli', town.now());
    try {
      await bring(gradebook('Toán', ['GK'], [nam, '7,5']));
      await settle();
      expect(texts(person, before)).toEqual([]);
      expect((await answerTo(person, () => person.type('/diem'))).text).not.toContain('7,5');
      expect(await releaseMarks(db(), { schoolId: town.school }, 'cli', town.now())).toBeGreaterThan(0);
      await quiet();
      expect(texts(person).at(-1)).toContain('7,5');
    } finally {
      await holdMarks(db(), town.school, false, 'cli', town.now());
    }
  });
});

describe('A report card', () => {
  it('goes to the family as a picture, and may be asked for', async () => {
    const nam = await child('Lý Văn Nam');
    const { person } = await parent([nam]);
    await bring(gradebook('Toán', ['TX1', 'GK', 'CK', 'ĐTBmhk'], [nam, '8', '7,5', '9', '8,3']));
    await settle();
    const { id: classId } = await db().schoolClass.findFirstOrThrow({ where: { name: className } });
    const order = { schoolId: town.school, classId, term: 1, createdBy: 'cli', idempotencyKey: className };
    const published = await publishReportCards(db(), town.hub.texts, town.hub.rules, order, town.now());
    for (const lane of published?.lanes ?? []) await town.hub.bell.ring(lane);
    await quiet();
    const card = said(person).at(-1);
    expect(card?.text).toContain('Lý Văn Nam');
    expect(card?.text).toContain('Toán: 8,3');
    expect(
      Buffer.from(card?.photo?.base64 ?? '', 'base64')
        .subarray(1, 4)
        .toString(),
    ).toBe('PNG');
    await answerTo(person, () => person.type('/diem'));
    await pressed(town, person, /^Phiếu kết quả/);
    expect(said(person).at(-1)?.photo).toBeDefined();
  });

  it('comes by itself when the results of the term arrive', async () => {
    const nam = await child('Lý Văn Nam');
    const { person } = await parent([nam]);
    await bring(gradebook('Toán', ['ĐTBmhk'], [nam, '8,3']));
    await bring(termResults(['Kết quả học tập', 'Kết quả rèn luyện'], [nam, 'Tốt', 'Khá']));
    await settle();
    const card = said(person).at(-1);
    expect(card?.photo).toBeDefined();
    expect(card?.text).toContain('Kết quả rèn luyện: Khá');
  });
});
