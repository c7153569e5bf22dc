import { beforeAll, describe, expect, it } from 'vitest';
import { missedSessions, setSessionsADay, takeBackMissed } from '../../src/attendance/index.ts';
import type { ImportReport } from '../../src/ingest/index.ts';
import type { Database } from '../../src/store/database.ts';
import { testDatabase } from '../harness/index.ts';
import { importer, newSchool, refusalOf, sample, truth, type Value, xlsx } from './sample-school.ts';

// The day after the one that the sample tells of.
const now = new Date('2026-11-21T03:00:00Z');

let database: Database;
let schoolId: string;
let bring: ReturnType<typeof importer>;
beforeAll(async () => {
  database = await testDatabase();
  schoolId = await newSchool(database, truth.school);
  const plain = importer(database, schoolId);
  bring = (bytes, more) => plain(bytes, { clock: { now: () => now }, ...more });
  for (const name of ['6A1', '7B']) await bring(sample(`danh-sach-hoc-sinh-${name}.xlsx`));
});

const told = ({ refused }: ImportReport) =>
  refused.map(({ row, column, value, code }) => [row, column, value, code]);
const stored = () =>
  database.prisma.missedSession.findMany({
    where: { schoolId },
    orderBy: [{ day: 'asc' }, { pupilId: 'asc' }],
  });

const HEADER = ['STT', 'Mã học sinh', 'Họ và tên', 'Lớp', 'Hình thức', 'Ghi chú', 'Ngày'];
const [first, second, third] = truth.classes['6A1'].filter((one) => one.status === 'Đang học').slice(28);
const row = (
  pupil: typeof first,
  form: Value,
  day: Value,
  more: Partial<Record<'code' | 'name' | 'className', Value>> = {},
) => [
  1,
  more.code ?? pupil?.code ?? '',
  more.name ?? pupil?.name ?? '',
  more.className ?? '6A1',
  form,
  'Ốm',
  day,
];
const list = (...rows: Value[][]) => xlsx([['CHUYÊN CẦN NĂM HỌC 2026-2027'], HEADER, ...rows]);
const idOf = async (pupil: typeof first) =>
  (await database.prisma.pupil.findFirstOrThrow({ where: { schoolId, code: pupil?.code ?? '' } })).id;
const countOf = async (pupil: typeof first) => {
  const id = await idOf(pupil);
  return (await missedSessions(database.prisma, [id])).get(id);
};

describe('The sample of attendance', () => {
  it('is shown by a dry run and written by an import: three missed sessions; late and a skipped lesson are none', async () => {
    const dry = await bring(sample('chuyen-can-6A1.xlsx'), { dryRun: true });
    expect(await stored()).toEqual([]);
    const report = await bring(sample('chuyen-can-6A1.xlsx'));
    expect({ ...dry, changes: undefined }).toEqual({ ...report, changes: undefined });
    expect(report).toMatchObject({ kind: 'attendance', rows: 5, created: 3, updated: 0, unchanged: 0 });
    expect(told(report)).toEqual([
      [6, 'Hình thức', 'Bỏ tiết', 'notASession'],
      [7, 'Hình thức', 'Đi muộn', 'notASession'],
    ]);
    for (const { reason } of report.refused) expect(reason).toMatch(/^\p{Lu}.+ \/ [A-Z].+/u);
    expect((await stored()).map(({ part, excused }) => [part, excused]).sort()).toEqual([
      ['morning', true],
      ['wholeDay', false],
      ['wholeDay', true],
    ]);
    expect(report.warnings.map(({ row: at, code }) => [at, code])).toEqual([
      [0, 'wholeDayCounts'],
      [4, 'wholeDayAssumed'],
    ]);
  });

  it('changes nothing when it comes again, and keeps no note on health', async () => {
    const before = await stored();
    expect(await bring(sample('chuyen-can-6A1.xlsx'))).toMatchObject({
      created: 0,
      updated: 0,
      unchanged: 3,
    });
    expect(await stored()).toEqual(before);
    const { rows } = await database.pool.query<{ line: string }>(
      `select row_to_json(m)::text as line from missed_session m union all select row_to_json(i)::text from import_run i`,
    );
    for (const { line } of rows) expect(line).not.toMatch(/ốm/iu);
  });
});

describe('A list of attendance', () => {
  it('names each row that it refuses, and takes the others', async () => {
    const report = await bring(
      list(
        row(first, 'Nghỉ không phép sáng', '19/11/2026'),
        row(first, 'Nghỉ không phép sáng', '19/11/2026'),
        row(first, 'Nghỉ có phép', '31/02/2026'),
        row(first, 'Nghỉ có phép', '20/05/2025'),
        row(first, 'Nghỉ có phép', '30/11/2026'),
        row(first, 'Có mặt', '18/11/2026'),
        row(first, 'P', '18/11/2026', { code: '0499999999' }),
        row(first, 'P', '18/11/2026', { name: 'Người Khác' }),
        row(first, 'P', '18/11/2026', { className: '7B' }),
        row(first, 'P', '18/11/2026', { code: '' }),
      ),
    );
    expect(report).toMatchObject({ rows: 10, created: 1 });
    expect(told(report).map(([at, column, , code]) => [at, column, code])).toEqual([
      [4, 'Ngày', 'sameSessionTwice'],
      [5, 'Ngày', 'badAbsenceDay'],
      [6, 'Ngày', 'dayOutsideYear'],
      [7, 'Ngày', 'dayOutsideYear'],
      [8, 'Hình thức', 'unknownAbsence'],
      [9, 'Mã học sinh', 'unknownPupil'],
      [10, 'Mã học sinh', 'codeOfAnotherPupil'],
      [11, 'Lớp', 'pupilOfOtherClass'],
      [12, 'Mã học sinh', 'noCode'],
    ]);
  });

  it('corrects leave that was given afterwards', async () => {
    expect(await bring(list(row(first, 'Nghỉ có phép sáng', '19/11/2026')))).toMatchObject({
      created: 0,
      updated: 1,
    });
    expect(await countOf(first)).toMatchObject({ count: 1, unexcused: 0 });
  });

  it('of another year is refused as a whole', async () => {
    const other = xlsx([['NĂM HỌC 2025-2026'], HEADER, row(first, 'P', '19/11/2025')]);
    expect(await refusalOf(bring(other))).toBe('otherYear');
  });
});

describe('The running count', () => {
  it('adds mornings and afternoons, takes a whole day for what the school says it is, and goes back when a day is taken back', async () => {
    await bring(
      list(
        row(second, 'Nghỉ có phép sáng', '16/11/2026'),
        row(second, 'Nghỉ không phép chiều', '16/11/2026'),
        row(second, 'Nghỉ có phép cả ngày', '17/11/2026'),
      ),
    );
    expect(await countOf(second)).toMatchObject({ count: 3, unexcused: 1, until: new Date('2026-11-20') });
    const { prisma } = database;
    await prisma.$transaction((tx) => setSessionsADay(tx, schoolId, 2, 'cli', now));
    expect(await countOf(second)).toMatchObject({ count: 4, unexcused: 1 });
    await prisma.$transaction((tx) => setSessionsADay(tx, schoolId, 1, 'cli', now));
    const about = { schoolId, pupilId: await idOf(second), day: new Date('2026-11-16'), actor: 'cli' };
    expect(await prisma.$transaction((tx) => takeBackMissed(tx, about, now))).toBe(2);
    expect(await countOf(second)).toMatchObject({ count: 1, unexcused: 0 });
  });

  it('is nothing, not zero, for a class whose attendance nobody has told of', async () => {
    expect(await countOf(third)).toMatchObject({ count: 0 });
    const [other] = truth.classes['7B'];
    expect(await countOf(other)).toBeUndefined();
  });

  it('notes once a year, at 35 sessions and beyond 45, that the school has to know', async () => {
    const days = (from: number, count: number) =>
      Array.from({ length: count }, (_, index) => {
        const day = new Date(Date.UTC(2026, 8, from + index)).toISOString().slice(0, 10);
        return row(third, 'Nghỉ có phép', day.split('-').reverse().join('/'));
      });
    const warned = async () =>
      (await database.prisma.absenceWarning.findMany({ where: { pupilId: await idOf(third) } })).map(
        (one) => one.from,
      );
    await bring(list(...days(1, 34)));
    expect(await warned()).toEqual([]);
    await bring(list(...days(1, 35)));
    expect(await warned()).toEqual([35]);
    await bring(list(...days(1, 46)));
    await bring(list(...days(1, 47)));
    expect((await warned()).sort()).toEqual([35, 46]);
  });
});
