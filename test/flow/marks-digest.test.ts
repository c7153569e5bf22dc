// The weekly digest: one message for each guardian, a headed part for each child.
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { reportOf, setPreference, sumsAgree, unreachedOf } from '../../src/notices/index.ts';
import {
  type Child,
  DAY_MS,
  gradebook,
  type MarksTown,
  openMarksTown,
  type Parent,
  textsOf,
} from './marks-town.ts';
import { said } from './town.ts';

let marks: MarksTown;
beforeAll(async () => {
  marks = await openMarksTown();
});

let classCount = 0;
let [older, younger] = ['', ''];
beforeEach(() => {
  classCount++;
  [older, younger] = [`9C${classCount}`, `6C${classCount}`];
});

async function family(): Promise<{ nam: Child; chi: Child; mother: Parent }> {
  const nam = await marks.child('Lý Văn Nam', older);
  const chi = await marks.child('Lý Thị Chi', younger);
  const mother = await marks.parent([nam, chi]);
  for (const one of [nam, chi]) await wants(mother, one, 'weekly');
  return { nam, chi, mother };
}

const wants = ({ guardianId }: Parent, { id: pupilId }: Child, mode: 'atOnce' | 'weekly' | 'off') =>
  setPreference(
    marks.db,
    { schoolId: marks.town.school, guardianId, pupilId, purpose: 'marks' },
    mode,
    marks.town.now(),
  );

const friday = async (): Promise<void> => {
  marks.town.forward(8 * DAY_MS);
  await marks.quiet();
};

describe('A digest', () => {
  it('of two children is one message with a headed part for each', async () => {
    const { nam, chi, mother } = await family();
    const before = said(mother.person).length;
    await marks.bring(gradebook('Toán', ['GK'], [nam, '7,5']));
    await marks.bring(gradebook('Ngữ văn', ['GK'], [chi, '9']));
    await marks.settle();
    await friday();
    const [text = '', ...more] = textsOf(mother.person, before);
    expect(more).toEqual([]);
    expect(text).toMatch(
      /em Lý Văn Nam, lớp 9C\d+ và em Lý Thị Chi, lớp 6C[\s\S]*EM LÝ VĂN NAM[\s\S]*Toán – em Nam[\s\S]*7,5[\s\S]*EM LÝ THỊ CHI[\s\S]*Ngữ văn – em Chi[\s\S]*9,0/,
    );
    await friday();
    expect(textsOf(mother.person, before), 'nothing new, no message').toHaveLength(1);
  });

  it.each([
    ['the younger’s', 1, 'switchedOff'],
    ['the older’s', 0, 'mayNotSee'],
  ])(
    'leaves out the part of a child, %s, whose right was taken away after planning',
    async (_which, index, why) => {
      const { nam, chi, mother } = await family();
      const before = said(mother.person).length;
      const [out, stays] = index === 0 ? [nam, chi] : [chi, nam];
      await marks.whileNobodySends(async () => {
        await marks.bring(gradebook('Toán', ['GK'], [nam, '7,5']));
        await marks.bring(gradebook('Toán', ['GK'], [chi, '7,6']));
        marks.town.forward(DAY_MS);
        await marks.town.hub.marks.tick();
        marks.town.forward(7 * DAY_MS);
        await marks.sweep();
        const one = { guardianId: mother.guardianId, pupilId: out.id };
        if (why === 'switchedOff') await wants(mother, out, 'off');
        else await marks.db.guardianship.updateMany({ where: one, data: { canSeeMarks: false } });
      });
      await marks.quiet();
      const [text = '', ...more] = textsOf(mother.person, before);
      expect(more).toEqual([]);
      expect(text).toContain(stays.fullName);
      expect(text).not.toContain(out.fullName);
      expect(text).not.toContain(out === nam ? '7,5' : '7,6');
      // Each child has a row of its own, and the report of who has not got it names the one that was left out.
      const news = await marks.db.notice.findMany({ where: { kind: 'marksNews' }, select: { id: true } });
      const noticeId = { in: news.map((one) => one.id) };
      const rows = await marks.db.recipient.findMany({ where: { guardianId: mother.guardianId, noticeId } });
      expect(new Map(rows.map(({ pupilId, outcome, reason }) => [pupilId, [outcome, reason]]))).toEqual(
        new Map([
          [stays.id, ['reached', null]],
          [out.id, ['notReached', why]],
        ]),
      );
      for (const { noticeId: id, pupilId } of rows) {
        const report = await reportOf(marks.db, marks.town.school, id);
        expect([report.finished, sumsAgree(report), report.audience]).toEqual([true, true, 1]);
        const unreached = await unreachedOf(marks.db, marks.town.school, id);
        expect(unreached.map((one) => one.pupil)).toEqual(pupilId === out.id ? [out.fullName] : []);
      }
    },
  );

  it('is not sent at all when nobody in it may be told of any more', async () => {
    const { nam, chi, mother } = await family();
    const before = said(mother.person).length;
    await marks.whileNobodySends(async () => {
      await marks.bring(gradebook('Toán', ['GK'], [nam, '7,5']));
      await marks.bring(gradebook('Toán', ['GK'], [chi, '7,6']));
      marks.town.forward(DAY_MS);
      await marks.town.hub.marks.tick();
      marks.town.forward(7 * DAY_MS);
      await marks.sweep();
      await marks.db.guardianship.updateMany({
        where: { guardianId: mother.guardianId },
        data: { canSeeMarks: false },
      });
    });
    await marks.quiet();
    expect(textsOf(mother.person, before)).toEqual([]);
  });

  it('has only the child for whom this guardian has the right, from the start', async () => {
    const { nam, chi, mother } = await family();
    await marks.db.guardianship.updateMany({
      where: { guardianId: mother.guardianId, pupilId: nam.id },
      data: { canSeeMarks: false },
    });
    const before = said(mother.person).length;
    await marks.bring(gradebook('Toán', ['GK'], [nam, '7,5']));
    await marks.bring(gradebook('Toán', ['GK'], [chi, '7,6']));
    await marks.settle();
    await friday();
    const [text = '', ...more] = textsOf(mother.person, before);
    expect(more).toEqual([]);
    expect(text).toContain('7,6');
    expect(text).not.toMatch(/Nam|7,5/);
    const rows = await marks.db.recipient.findMany({ where: { guardianId: mother.guardianId } });
    expect(rows.map(({ pupilId, outcome, reason }) => [pupilId, outcome, reason])).toEqual(
      expect.arrayContaining([
        [nam.id, 'notReached', 'mayNotSee'],
        [chi.id, 'reached', null],
      ]),
    );
  });

  it('tells no average from a mark that still waits', async () => {
    const { nam, mother } = await family();
    const columns = ['TX1', 'TX2', 'TX3', 'GK', 'CK'];
    await marks.bring(gradebook('Toán', columns, [nam, '6', '8,6', '4,2', '0,5', '']));
    await marks.settle();
    marks.town.forward(7 * DAY_MS);
    await marks.bring(gradebook('Toán', columns, [nam, '6', '8,6', '4,2', '0,5', '6,6']));
    await marks.quiet();
    expect(textsOf(mother.person).at(-1)).toContain('Kiểm tra giữa kỳ: 0,5');
    expect(textsOf(mother.person).join()).not.toMatch(/5,0|6,6/);
    await marks.settle();
    await friday();
    expect(textsOf(mother.person).at(-1)).toMatch(/6,6[\s\S]*5,0/);
  });

  it('that is long is cut between subjects, and every part names the child', async () => {
    const { nam, mother } = await family();
    const subjects = [
      'Ngữ văn',
      'Toán',
      'Ngoại ngữ 1',
      'Lịch sử và Địa lí',
      'Khoa học tự nhiên',
      'Công nghệ',
      'Tin học',
      'Giáo dục công dân',
      'Âm nhạc',
    ];
    const words = 'Em chăm chỉ, cần đọc kỹ đề bài và trình bày rõ ràng hơn. '.repeat(8);
    for (const subject of subjects) await marks.bring(gradebook(subject, ['Nhận xét'], [nam, words]));
    const before = said(mother.person).length;
    await marks.settle();
    await friday();
    const parts = textsOf(mother.person, before);
    expect(parts.length).toBeGreaterThan(1);
    for (const part of parts) {
      expect(part).toContain('em Nam');
      for (const paragraph of part.split('\n\n').filter((one) => one.includes('Nhận xét của giáo viên')))
        expect(paragraph, 'a comment stands below its subject').toMatch(/– em Nam/);
    }
  });
});
