import { beforeEach, describe, expect, it } from 'vitest';
import type { ImportReport } from '../../src/ingest/index.ts';
import { testDatabase } from '../harness/index.ts';
import {
  classList,
  HEADER,
  importer,
  newSchool,
  sheetOf,
  TITLE,
  type Value,
  workbook,
  xlsx,
} from './sample-school.ts';

const database = await testDatabase();
let schoolId: string;
let bring: ReturnType<typeof importer>;
beforeEach(async () => {
  schoolId = await newSchool(database);
  bring = importer(database, schoolId);
});

type Cells = {
  code?: Value;
  name?: Value;
  born?: Value;
  status?: Value;
  phone?: Value;
  className?: Value;
  grade?: Value;
};
let count = 0;
const pupilRow = (cells: Cells = {}): Value[] => {
  const {
    code = `041288${String(++count).padStart(4, '0')}`,
    name = 'Lý Văn Nam',
    born = '03/12/2015',
  } = cells;
  const { status = 'Đang học', phone = '', className = '6A1', grade = 'Khối 6' } = cells;
  return [1, code, name, born, status, phone, className, grade];
};

const told = (report: ImportReport) =>
  report.refused.map(({ row, column, code, wholeRow }) => [row, column, code, wholeRow]);
const warned = (report: ImportReport) => report.warnings.map(({ row, code, value }) => [row, code, value]);
const counts = ({ rows, created, updated, unchanged }: ImportReport) => ({
  rows,
  created,
  updated,
  unchanged,
});

const pupil = async (code: string) =>
  database.prisma.pupil.findUniqueOrThrow({
    where: { schoolId_code: { schoolId, code } },
    include: { enrolments: { include: { schoolClass: { include: { schoolYear: true } } } } },
  });
const classesOf = async (code: string) =>
  (await pupil(code)).enrolments
    .map(
      (one) => `${one.schoolClass.schoolYear.label} ${one.schoolClass.name}${one.closedAt ? ' closed' : ''}`,
    )
    .sort();

describe('a row that cannot be read', () => {
  it('is refused alone, with its place and reason; the others go in', async () => {
    const report = await bring(
      classList(
        pupilRow({ code: '' }),
        pupilRow({ code: '12345' }),
        pupilRow({ code: '004215596537' }),
        pupilRow({ name: '' }),
        pupilRow({ className: 'A1', grade: '' }),
        pupilRow({ code: '0400000001' }),
        pupilRow({ code: '0400000001', name: 'Mã Thị Mỹ' }),
      ),
    );
    expect(told(report)).toEqual([
      [3, 'Mã định danh Bộ GD&ĐT', 'noCode', true],
      [4, 'Mã định danh Bộ GD&ĐT', 'badCode', true],
      [5, 'Mã định danh Bộ GD&ĐT', 'badCode', true],
      [6, 'Họ tên', 'noName', true],
      [7, 'Lớp học', 'unknownGrade', true],
      [9, 'Mã định danh Bộ GD&ĐT', 'sameCodeTwice', true],
    ]);
    expect(report.warnings).toEqual([]);
    expect(counts(report)).toEqual({ rows: 7, created: 1, updated: 0, unchanged: 0 });
  });

  it('a formula in a needed column refuses the row; in a column that nobody needs it does not', async () => {
    const good = pupilRow({ code: '0400000002' });
    good[0] = { t: 'n', v: 2, f: 'A3+1' };
    const report = await bring(
      classList(
        pupilRow({ phone: { t: 's', v: '0912345678', f: 'B3&"x"' } }),
        pupilRow({ name: { t: 's', v: 'Lý Văn Nam', f: 'C1' } }),
        good,
      ),
    );
    expect(told(report)).toEqual([
      [3, 'SĐT liên hệ', 'formula', true],
      [4, 'Họ tên', 'formula', true],
    ]);
    expect(report.created).toBe(1);
  });

  it('a formula in a .csv is no value either, but ="0912…" is text', async () => {
    const lines = [
      HEADER.join(';'),
      '1;="0400000003";Lý Văn Nam;03/12/2015;;="0912345678";6A1;6',
      '2;0400000004;=A1&B1;03/12/2015;;;6A1;6',
    ];
    const report = await bring(Buffer.from(lines.join('\n')), { yearLabel: '2026-2027' });
    expect(told(report)).toEqual([[3, 'Họ tên', 'formula', true]]);
    expect(await database.prisma.guardian.findMany({ where: { schoolId }, select: { phone: true } })).toEqual(
      [{ phone: '0912345678' }],
    );
  });

  it('a bad cell is left out and the pupil goes in', async () => {
    const report = await bring(
      classList(
        pupilRow({ code: '0400000005', born: '31/02/2015' }),
        pupilRow({ code: '0400000006', born: '2015' }),
        pupilRow({ code: '0400000007', phone: '12345' }),
        pupilRow({ code: '0400000008', status: 'Gì đó' }),
        pupilRow({ code: '0400000009', grade: 'Khối 7' }),
      ),
    );
    expect(told(report)).toEqual([
      [3, 'Ngày sinh', 'badDate', false],
      [5, 'SĐT liên hệ', 'badPhone', false],
      [6, 'Trạng thái', 'unknownStatus', false],
    ]);
    expect(warned(report)).toEqual([
      [4, 'yearOnly', '2015'],
      [7, 'gradeDiffers', 'Khối 7'],
    ]);
    expect(counts(report)).toEqual({ rows: 5, created: 5, updated: 0, unchanged: 0 });
  });

  it('sums and signatures below the list are no rows', async () => {
    const report = await bring(
      classList(
        pupilRow(),
        ['Tổng số: 1 học sinh'],
        [null, null, 'NGƯỜI LẬP BIỂU'],
        [null, null, null, null, null, null, 'HIỆU TRƯỞNG'],
      ),
    );
    expect(report.rows).toBe(1);
    expect(warned(report)).toEqual([[5, 'ignoredRow', 'NGƯỜI LẬP BIỂU']]);
  });
});

describe('the header is found by meaning', () => {
  it('with columns in another order, other words and other case', async () => {
    const report = await bring(
      xlsx([
        ['TRƯỜNG TIỂU HỌC VÀ THCS HOA MAI'],
        ['Năm học: 2026 - 2027'],
        [],
        [
          '  LỚP ',
          'điện  thoại',
          'NGÀY SINH',
          'tình trạng',
          'Họ và\u00a0tên học sinh',
          'Mã định danh (Bộ GD và ĐT)',
          'TT',
        ],
        ['12.6', '+84 912 345 678', '3-1-2009', '', 'Đàm Thu Đào', '0400000010', 1],
      ]),
    );
    expect(report).toMatchObject({ kind: 'classList', rows: 1, created: 1, refused: [], warnings: [] });
    expect(await pupil('0400000010')).toMatchObject({
      fullName: 'Đàm Thu Đào',
      nameKey: 'dam thu dao',
      bornOn: new Date('2009-01-03'),
    });
    expect(await classesOf('0400000010')).toEqual(['2026-2027 12.6']);
  });

  it('over two lines of which the upper is merged, with a row of column numbers below', async () => {
    const sheet = sheetOf([
      ['DANH SÁCH LIÊN HỆ LỚP 10 Toán - NĂM HỌC 2026-2027'],
      ['STT', 'Mã định danh', 'Họ và tên', 'Ngày sinh', 'Cha', null, 'Mẹ', null],
      [null, null, null, null, 'Họ tên', 'SĐT', 'Họ tên', 'SĐT'],
      [1, 2, 3, 4, 5, 6, 7, 8],
      [
        1,
        '0400000011',
        'Lý Văn Nam',
        '03/12/2010',
        'Lý Văn Cường',
        '0912345678',
        'Bế Ngọc Dung',
        '0987654321',
      ],
    ]);
    sheet['!merges'] = [
      { s: { r: 1, c: 4 }, e: { r: 1, c: 5 } },
      { s: { r: 1, c: 6 }, e: { r: 1, c: 7 } },
      ...[0, 1, 2, 3].map((c) => ({ s: { r: 1, c }, e: { r: 2, c } })),
    ];
    const report = await bring(workbook({ A: sheet }));
    expect(report).toMatchObject({ kind: 'contactList', rows: 1, created: 1, refused: [] });
    expect(await classesOf('0400000011')).toEqual(['2026-2027 10 Toán']);
    const guardians = await database.prisma.guardianship.findMany({
      where: { schoolId },
      include: { guardian: true },
    });
    expect(guardians.map((one) => [one.relation, one.guardian.fullName, one.guardian.phone]).sort()).toEqual([
      ['father', 'Lý Văn Cường', '0912345678'],
      ['mother', 'Bế Ngọc Dung', '0987654321'],
    ]);
  });

  it('on every sheet of a workbook with one class per sheet', async () => {
    const bytes = workbook({
      'Hướng dẫn': sheetOf([['Nhập vào các trang sau']]),
      '6A1': sheetOf([TITLE, HEADER, pupilRow({ code: '0400000012' })]),
      '6A2': sheetOf([
        ['LỚP 6A2 NĂM HỌC 2026-2027'],
        HEADER,
        pupilRow({ code: '0400000012' }),
        pupilRow({ code: '0400000013', className: '' }),
      ]),
    });
    const report = await bring(bytes);
    expect(counts(report)).toEqual({ rows: 3, created: 2, updated: 0, unchanged: 0 });
    expect(report.refused[0]).toMatchObject({ sheet: '6A2', row: 3, code: 'sameCodeTwice', wholeRow: true });
    expect(warned(report)).toEqual([[0, 'ignoredSheet', 'Hướng dẫn']]);
    expect(await classesOf('0400000013')).toEqual(['2026-2027 6A2']);
  });

  it('takes class and year from the caller when the file has neither', async () => {
    const report = await bring(
      xlsx([
        ['STT', 'Mã định danh', 'Họ tên', 'Ngày sinh'],
        [1, '0400000014', 'Lý Văn Nam', '03/12/2015'],
      ]),
      {
        yearLabel: '2026-2027',
        className: '6A3',
      },
    );
    expect(report.created).toBe(1);
    expect(await classesOf('0400000014')).toEqual(['2026-2027 6A3']);
  });
});

describe('pupils come, move, leave and return', () => {
  const code = '0400000020';
  const list = (cells: Cells) => classList(pupilRow({ code, ...cells }));

  it.each(['Chuyển đi', 'Thôi học', 'Bảo lưu', 'Đã nghỉ học', 'Tốt nghiệp', 'xin chuyển trường'])(
    '"%s" closes the enrolment and keeps the pupil',
    async (status) => {
      await bring(list({}));
      const report = await bring(list({ status }));
      expect(counts(report)).toEqual({ rows: 1, created: 0, updated: 1, unchanged: 0 });
      expect((await pupil(code)).leftAt).not.toBeNull();
      expect(await classesOf(code)).toEqual(['2026-2027 6A1 closed']);
    },
  );

  it('who comes back is opened again', async () => {
    await bring(list({ status: 'Chuyển đi' }));
    await bring(list({ status: 'Đang học' }));
    expect((await pupil(code)).leftAt).toBeNull();
    expect(await classesOf(code)).toEqual(['2026-2027 6A1']);
  });

  it('who appears in another class has moved', async () => {
    await bring(list({}));
    await bring(list({ className: '6A2' }));
    expect(await classesOf(code)).toEqual(['2026-2027 6A1 closed', '2026-2027 6A2']);
    // The old class says so too, and that takes nobody out of school.
    await bring(list({ status: 'Chuyển lớp' }));
    expect((await pupil(code)).leftAt).toBeNull();
  });

  it('a newer school year becomes the current one, and an older list is refused', async () => {
    await bring(list({}));
    const next = xlsx([
      ['LỚP 7A1 NĂM HỌC 2027-2028'],
      HEADER,
      pupilRow({ code, className: '7A1', grade: 'Khối 7' }),
    ]);
    await bring(next);
    expect(await classesOf(code)).toEqual(['2026-2027 6A1 closed', '2027-2028 7A1']);
    const years = await database.prisma.schoolYear.findMany({
      where: { schoolId },
      orderBy: { label: 'asc' },
    });
    expect(years.map((year) => [year.label, year.current])).toEqual([
      ['2026-2027', false],
      ['2027-2028', true],
    ]);
    await expect(bring(list({}))).rejects.toMatchObject({ data: { reason: 'olderYear', year: '2026-2027' } });
  });

  it('who is missing from a newer list stays, and the school is told how many', async () => {
    await bring(
      classList(pupilRow({ code }), pupilRow({ code: '0400000021' }), pupilRow({ code: '0400000022' })),
    );
    const report = await bring(list({}));
    expect(warned(report)).toEqual([[0, 'missingFromList', '6A1: 2']]);
    expect(await classesOf('0400000021')).toEqual(['2026-2027 6A1']);
  });

  it('a code that came with another name and birthday is not taken for the same child', async () => {
    await bring(list({}));
    expect(told(await bring(list({ name: 'Bế Thị Đào', born: '01/01/2014' })))).toEqual([
      [3, 'Mã định danh Bộ GD&ĐT', 'codeOfAnother', true],
    ]);
    expect(warned(await bring(list({ name: 'Lý Văn Nam Anh' })))).toEqual([
      [3, 'nameChanged', 'Lý Văn Nam Anh'],
    ]);
    expect((await pupil(code)).fullName).toBe('Lý Văn Nam Anh');
  });

  it('another school’s pupil of the same code is another pupil', async () => {
    await bring(list({}));
    const other = await newSchool(database, 'Trường THCS Hoa Ban');
    expect(await importer(database, other)(list({}))).toMatchObject({ created: 1 });
  });
});

describe('a school of 60 classes', () => {
  it('is imported in seconds', async () => {
    const files = Array.from({ length: 60 }, (_, at) => {
      const className = `${6 + (at % 4)}A${1 + Math.floor(at / 4)}`;
      const rows = Array.from({ length: 40 }, (_row, n) =>
        pupilRow({
          code: String(1_000_000_000 + at * 100 + n),
          className,
          grade: '',
          phone: `09${String(10_000_000 + at * 100 + n)}`,
        }),
      );
      return xlsx([[`DANH SÁCH LỚP ${className} NĂM HỌC 2026-2027`], HEADER, ...rows]);
    });
    const started = performance.now();
    let created = 0;
    for (const file of files) created += (await bring(file)).created;
    expect(created).toBe(2400);
    expect(performance.now() - started).toBeLessThan(20_000);
  }, 60_000);
});
