import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ImportReport } from '../../src/ingest/index.ts';
import type { Database } from '../../src/store/database.ts';
import { testDatabase } from '../harness/index.ts';
import {
  classList,
  importer,
  newSchool,
  refusalOf,
  sample,
  sheetOf,
  truth,
  type Value,
  workbook,
  xlsx,
} from './sample-school.ts';

let database: Database;
beforeAll(async () => {
  database = await testDatabase();
});

const told = (report: ImportReport) =>
  report.refused.map(({ row, column, value, code, wholeRow }) => [row, column, value, code, wholeRow]);

function reader(schoolId: string) {
  return {
    /** The marks of one pupil by slot, as typed. */
    async marksOf(code: string, subject: string, term = 1): Promise<Record<string, string>> {
      const pupil = await database.prisma.pupil.findUniqueOrThrow({
        where: { schoolId_code: { schoolId, code } },
      });
      const rows = await database.prisma.mark.findMany({ where: { pupilId: pupil.id, subject, term } });
      return Object.fromEntries(rows.map((row) => [row.slot, row.raw]));
    },
    async changes() {
      const rows = await database.prisma.markChange.findMany({ where: { schoolId }, orderBy: { id: 'asc' } });
      return rows.map(({ slot, before, after }) => ({
        slot,
        before: (before as { raw: string } | null)?.raw ?? null,
        after: (after as { raw: string } | null)?.raw ?? null,
      }));
    },
    count: () => database.prisma.mark.count({ where: { schoolId } }),
  };
}

describe('The sample gradebooks', () => {
  let schoolId: string;
  let bring: ReturnType<typeof importer>;
  let read: ReturnType<typeof reader>;
  const codes = truth.classes['6A1'].map((one) => one.code);
  const codeOf = (row: number): string => codes[row - 1] ?? '';
  beforeAll(async () => {
    schoolId = await newSchool(database, truth.school);
    bring = importer(database, schoolId);
    read = reader(schoolId);
    for (const name of ['6A1', '7B', '3A']) await bring(sample(`danh-sach-hoc-sinh-${name}.xlsx`));
  });

  it('first Maths: 35 rows under two merged header rows and a row of column numbers; no average yet', async () => {
    const report = await bring(sample('bang-diem-6A1-toan-hk1-lan1.xlsx'));
    expect(report).toMatchObject({
      kind: 'gradebook',
      rows: 35,
      created: 35,
      updated: 0,
      unchanged: 0,
      refused: [],
    });
    expect(report.marks?.averages).toEqual([]);
    expect(await read.marksOf(codeOf(1), 'Toán')).toEqual({
      regular1: '6,8',
      regular2: '6,4',
      regular3: '3,3',
      midTerm: '4,8',
    });
    const stored = await database.prisma.mark.findFirstOrThrow({ where: { schoolId, raw: '6,8' } });
    expect(stored).toMatchObject({ tenths: 68, word: null, term: 1, subject: 'Toán' });
  });

  it('second Maths: exactly the changes, averages and refusals that its README names', async () => {
    const before = (await read.changes()).length;
    const dry = await bring(sample('bang-diem-6A1-toan-hk1-lan2.xlsx'), { dryRun: true });
    expect((await read.changes()).length, 'a dry run writes nothing').toBe(before);
    expect(dry.changes?.find((one) => one.row === 8)?.changes).toEqual([
      'Toán, học kỳ I, Đánh giá thường xuyên 1: 6,8 → 8,5',
    ]);
    const report = await bring(sample('bang-diem-6A1-toan-hk1-lan2.xlsx'));
    expect({ ...report, changes: dry.changes }).toEqual(dry);
    expect(told(report)).toEqual([
      [25, 'ĐĐGgk', '8.25', 'markTooManyDecimals', false],
      [26, 'ĐĐGgk', '11', 'markOutOfRange', false],
      [27, 'Mã định danh', '0499999999', 'unknownPupil', true],
    ]);
    // Sheet rows 12 and 13 are pupils 5 and 6.
    expect(report.marks?.averages.map(({ row, tenths }) => [row, tenths])).toEqual([
      [12, 50],
      [13, 78],
    ]);
    expect(await read.marksOf(codeOf(1), 'Toán')).toMatchObject({ regular1: '8,5' });
    expect(await read.marksOf(codeOf(4), 'Toán')).toMatchObject({ midTerm: '7,5' });
    expect(await read.marksOf(codeOf(7), 'Toán')).not.toHaveProperty('regular2');
    expect(await read.marksOf(codeOf(16), 'Toán')).toMatchObject({ final: 'V' });
    expect(await read.marksOf(codeOf(17), 'Toán')).toMatchObject({ regular1: 'M', regular2: '5,4' });
    expect(await read.marksOf(codeOf(18), 'Toán')).toMatchObject({ midTerm: '7,5' });
    expect(await read.marksOf(codeOf(20), 'Toán')).toMatchObject({ midTerm: '5,3' });
    const changes = (await read.changes()).slice(before);
    // Row 1, 4, 5 (3 regular, mid-term, final), 6 (the same), 7, 16, 17: and nothing of anybody else.
    expect(changes.filter((one) => one.after === null)).toEqual([
      { slot: 'regular2', before: '8,1', after: null },
    ]);
    expect(report).toMatchObject({ updated: 7, created: 0, unchanged: 27 });
    expect(report.marks).toMatchObject({
      added: changes.filter((one) => one.before === null).length,
      withdrawn: 1,
    });
  });

  it('the same file again changes nothing', async () => {
    const before = await read.changes();
    const report = await bring(sample('bang-diem-6A1-toan-hk1-lan2.xlsx'));
    expect(report).toMatchObject({ created: 0, updated: 0, unchanged: 34 });
    expect(report.marks).toMatchObject({ added: 0, corrected: 0, withdrawn: 0 });
    expect(await read.changes()).toEqual(before);
  });

  it('Literature: several marks in one cell; one average that disagrees is reported and kept', async () => {
    const report = await bring(sample('bang-diem-6A1-ngu-van-hk1.xlsx'));
    expect(report).toMatchObject({ rows: 35, created: 35, refused: [] });
    expect(await read.marksOf(codeOf(1), 'Ngữ văn')).toEqual({
      regular1: '7,6',
      regular2: '6,1',
      regular3: '5,9',
      midTerm: '10',
      final: '9,2',
      average: '8,4',
      comment: 'Tích cực phát biểu.',
    });
    const differing = report.warnings.filter((one) => one.code === 'averageDiffers');
    expect(differing.map(({ row, column, value }) => [row, column, value])).toEqual([[23, 'ĐTBmhk', '5,5']]);
    expect(differing[0]?.reason).toContain('(7,3 + 7,7 + 6,4 + 2 × 4,1 + 3 × 7,5) / 8 = 6,5');
    expect(await read.marksOf(codeOf(21), 'Ngữ văn')).toMatchObject({ average: '5,5' });
    expect(report.marks?.averages).toEqual([]);
  });

  it('Physical Education: words only, no number and no average', async () => {
    const report = await bring(sample('bang-diem-7B-the-chat-hk1.xlsx'));
    expect(report).toMatchObject({ rows: 33, created: 33, refused: [] });
    expect(report.marks?.averages).toEqual([]);
    const rows = await database.prisma.mark.findMany({ where: { schoolId, subject: 'Giáo dục thể chất' } });
    expect(rows.every((row) => row.tenths === null)).toBe(true);
    const first = rows.filter((row) => row.pupilId === rows[0]?.pupilId);
    expect(first.length).toBeGreaterThan(3);
    expect(rows.filter((row) => row.word === 'fail').map((row) => row.raw)).toContain('Chưa đạt');
  });

  it('primary: levels, whole test marks and comments; never an average', async () => {
    const report = await bring(sample('ket-qua-3A-tieng-viet-ck1.xlsx'));
    expect(report).toMatchObject({ rows: 28, created: 28, refused: [] });
    expect(report.marks?.averages).toEqual([]);
    expect(await read.marksOf(truth.classes['3A'][0]?.code ?? '', 'Tiếng Việt')).toEqual({
      midLevel: 'H',
      midComment: 'Đọc to, rõ.',
      endLevel: 'T',
      endTest: '8',
      endComment: 'Con tiến bộ nhiều.',
    });
  });
});

describe('A gradebook in another layout', () => {
  const PUPILS = [
    ['0412000001', 'Lý Văn Nam', '03/12/2012'],
    ['0412000002', 'Nông Thị Mai', '04/01/2012'],
    ['0412000003', 'Đàm Văn An', '05/01/2012'],
  ] as const;
  let schoolId: string;
  let bring: ReturnType<typeof importer>;
  let read: ReturnType<typeof reader>;
  const NAMES = ['STT', 'Mã định danh', 'Họ và tên', 'Ngày sinh'];
  const rowOf = (number: number, ...marks: Value[]): Value[] => [
    number,
    ...(PUPILS[number - 1] ?? []),
    ...marks,
  ];
  beforeEach(async () => {
    schoolId = await newSchool(database);
    bring = importer(database, schoolId);
    read = reader(schoolId);
    const list = (name: string, from: number, to: number) =>
      PUPILS.slice(from, to).map(([code, fullName, born]) => [
        1,
        code,
        fullName,
        born,
        'Đang học',
        '',
        name,
        'Khối 9',
      ]);
    await bring(classList(...list('9A', 0, 2), ...list('9B', 2, 3)));
  });
  const table = (title: Value[][], header: Value[], ...rows: Value[][]): Value[][] => [
    ...title,
    header,
    ...rows,
  ];
  const TITLE = [['Lớp: 9A'], ['NH 2026 - 2027'], ['Môn: Vật lý'], ['HKII']];

  it.each(['xlsx', 'biff8'] as const)(
    'is read with five regular columns, in another order, as %s',
    async (type) => {
      const header = [
        'Nhận xét',
        'CK',
        'GK',
        'TX5',
        'TX4',
        'TX3',
        'TX2',
        'TX1',
        'Tên học sinh',
        'Ngày sinh',
        'Mã định danh',
      ];
      const bytes = workbook(
        {
          Sheet1: sheetOf([
            ...TITLE,
            header,
            ['Tốt', 9, '8,5', 5, 6, 7, 8, 9, PUPILS[0][1], PUPILS[0][2], PUPILS[0][0]],
          ]),
        },
        type,
      );
      expect(told(await bring(bytes))).toEqual([]);
      expect(await read.marksOf('0412000001', 'Vật lí', 2)).toEqual({
        regular1: '9',
        regular2: '8',
        regular3: '7',
        regular4: '6',
        regular5: '5',
        midTerm: '8,5',
        final: '9',
        comment: 'Tốt',
      });
    },
  );

  it('is read from a .csv, which has lost its merged cells', async () => {
    const csv = [
      ';;Môn học: Hóa học',
      ';;2026-2027 - Học kỳ: 1',
      ';;Lớp 9A',
      'STT;Mã định danh;Họ và tên;Ngày sinh;ĐĐGtx;;;ĐĐGgk;ĐĐGck',
      ';;;;1;2;3;;',
      '1;2;3;4;5;6;7;8;9',
      `1;${PUPILS[0].join(';')};8,5;7;;6;`,
    ].join('\n');
    const report = await bring(Buffer.from(`\ufeff${csv}`), { fileName: 'diem.csv' });
    expect(report).toMatchObject({ rows: 1, created: 1, refused: [] });
    expect(await read.marksOf('0412000001', 'Hóa học')).toEqual({
      regular1: '8,5',
      regular2: '7',
      midTerm: '6',
    });
  });

  it.each([
    ['ĐTBmhk1', 'ĐTBmhk2', 'ĐTBmcn'],
    ['ĐTBmhkI', 'ĐTBmhkII', 'ĐTB cả năm'],
    ['ĐTB HK1', 'ĐTB HK2', 'TBMCN'],
    ['Điểm TB HK1', 'Điểm TB HK2', 'Điểm TB cả năm'],
    ['Điểm trung bình HK1', 'Điểm trung bình HK2', 'Điểm trung bình cả năm'],
    ['TBMHK1', 'TBMHK2', 'ĐTBmcn'],
  ])('puts the averages "%s", "%s" and "%s" into their terms', async (...averages) => {
    const rows = table([['Lớp: 9A'], ['Môn: Toán']], [...NAMES, ...averages], rowOf(1, '7,9', '8,5', '8,3'));
    expect(told(await bring(xlsx(rows)))).toEqual([]);
    expect(await read.marksOf('0412000001', 'Toán', 1)).toEqual({ average: '7,9' });
    expect(await read.marksOf('0412000001', 'Toán', 2)).toEqual({ average: '8,5' });
    expect(await read.marksOf('0412000001', 'Toán', 0)).toEqual({ average: '8,3' });
  });

  it('is a workbook with one sheet for each subject, whose names say which', async () => {
    const sheet = (mark: string) => sheetOf([['Lớp 9A - HK1'], [...NAMES, 'GK'], rowOf(1, mark)]);
    const report = await bring(
      workbook({ Toán: sheet('8'), GDCD: sheet('9'), 'Bìa ngoài': sheetOf([['Sổ điểm']]) }),
    );
    expect(report).toMatchObject({ rows: 2, created: 2 });
    expect(report.warnings.map((one) => one.code)).toContain('ignoredSheet');
    expect(await read.marksOf('0412000001', 'Toán')).toEqual({ midTerm: '8' });
    expect(await read.marksOf('0412000001', 'Giáo dục công dân')).toEqual({ midTerm: '9' });
  });

  it('names class, subject and term by flags where the file does not', async () => {
    const bytes = xlsx([[...NAMES, 'Điểm giữa kỳ'], rowOf(1, '8')]);
    expect(await refusalOf(bring(bytes, { className: '9A', subject: 'Toán' }))).toBe('noTerm');
    expect(await refusalOf(bring(bytes, { className: '9A', term: 1 }))).toBe('noSubject');
    expect(await refusalOf(bring(bytes, { subject: 'Toán', term: 1 }))).toBe('noClass');
    await bring(bytes, { className: '9A', subject: 'Toán', term: 1 });
    expect(await read.marksOf('0412000001', 'Toán')).toEqual({ midTerm: '8' });
  });

  it('brings results of the term as the school decided them', async () => {
    const header = [
      ...NAMES,
      'Kết quả học tập',
      'Kết quả rèn luyện',
      'Danh hiệu',
      'Nghỉ có phép',
      'Nghỉ không phép',
    ];
    const rows = table([['KẾT QUẢ HỌC KỲ I - LỚP 9A']], header, rowOf(1, 'Tốt', 'Khá', '', 3, 'x'));
    const report = await bring(xlsx(rows));
    expect(told(report)).toEqual([[3, 'Nghỉ không phép', 'x', 'notACount', false]]);
    expect(await read.marksOf('0412000001', '')).toEqual({
      learning: 'Tốt',
      conduct: 'Khá',
      absentWithLeave: '3',
    });
  });

  it.each([
    ['of another school year', [['Lớp 9A HK1 2025-2026']], {}, 'otherYear'],
    [
      'of a year that is not the one given',
      [['Lớp 9A HK1 2026-2027']],
      { yearLabel: '2025-2026' },
      'otherYear',
    ],
    ['of a class that the school has not', [['Lớp 8C HK1']], {}, 'unknownClass'],
    ['of a class that is not the one given', [['Lớp 9A HK1']], { className: '9B' }, 'otherClass'],
    ['of a term that is not the one given', [['Lớp 9A HK1']], { term: 2 as const }, 'otherTerm'],
    ['whose pupils are in another class', [['Lớp 9B HK1']], {}, 'otherClassPupils'],
  ])('%s is stopped before anything is written', async (_what, title, options, reason) => {
    const rows = table([...title, ['Môn: Toán']], [...NAMES, 'GK'], rowOf(1, '8'), rowOf(2, '7'));
    expect(await refusalOf(bring(xlsx(rows), options))).toBe(reason);
    expect(await read.count()).toBe(0);
    expect(await database.prisma.importRun.count({ where: { schoolId, kind: 'gradebook' } })).toBe(0);
  });

  it('gives nobody a mark that may be another child’s', async () => {
    const rows = table(
      [['Môn: Toán - Lớp 9A - HK1']],
      [...NAMES, 'GK'],
      rowOf(1, '8'),
      rowOf(2, '7'),
      rowOf(2, '6'),
      [4, PUPILS[2][0], PUPILS[2][1], PUPILS[2][2], '5'],
      [5, PUPILS[0][0], 'Phùng Văn Khác', '01/01/2011', '4'],
      [6, '', 'Lý Văn Nam', '', '3'],
      [7, '41200000', 'Ai', '', '2'],
    );
    const report = await bring(xlsx(rows));
    expect(told(report).map(([row, , , code]) => [row, code])).toEqual([
      [4, 'pupilTwice'],
      [5, 'pupilTwice'],
      [6, 'pupilOfOtherClass'],
      [7, 'codeOfAnotherPupil'],
      [8, 'notFoundInClass'],
      [9, 'badCode'],
    ]);
    expect(await read.marksOf('0412000001', 'Toán')).toEqual({ midTerm: '8' });
    expect(await read.count()).toBe(1);
  });

  it('finds pupils by the school software’s code once a gradebook had both, and by name and day of birth', async () => {
    const both = [['Môn: Toán - Lớp 9A - HK1'], ['STT', 'Mã học sinh', ...NAMES.slice(1), 'GK']];
    await bring(xlsx([...both, [1, '7700000001', ...PUPILS[0], '8']]));
    const vendor = ['STT', 'Mã học sinh', 'Họ và tên', 'GK'];
    await bring(xlsx([['Môn: Toán - Lớp 9A - HK1'], vendor, [1, '7700000001', PUPILS[0][1], '9']]));
    expect(await read.marksOf('0412000001', 'Toán')).toEqual({ midTerm: '9' });
    const named = ['STT', 'Họ và tên', 'Ngày sinh', 'GK'];
    await bring(xlsx([['Môn: Toán - Lớp 9A - HK1'], named, [1, 'LÝ VĂN NAM', '3-12-2012', '10']]));
    expect(await read.marksOf('0412000001', 'Toán')).toEqual({ midTerm: '10' });
  });

  it('tells two pupils of one name apart by the day of birth, when their codes are mixed up', async () => {
    const twins = [
      ['0412000008', 'Hoàng Văn Tú', '01/02/2012'],
      ['0412000009', 'Hoàng Văn Tú', '03/04/2012'],
    ] as const;
    const list = twins.map((one) => [1, ...one, 'Đang học', '', '9A', 'Khối 9']);
    await bring(classList(...list));
    const title = [['Môn: Toán - Lớp 9A - HK1']];
    const [one, two] = twins;
    const mixed = table(
      title,
      [...NAMES, 'GK'],
      [1, one[0], one[1], two[2], '8'],
      [2, two[0], two[1], '', '7'],
    );
    expect(told(await bring(xlsx(mixed))).map(([row, , , code]) => [row, code])).toEqual([
      [3, 'codeOfAnotherPupil'],
    ]);
    expect(await read.marksOf(one[0], 'Toán')).toEqual({});
    expect(await read.marksOf(two[0], 'Toán')).toEqual({ midTerm: '7' });
  });

  it('takes a code of the school software for nobody’s that two pupils have', async () => {
    const both = [['Môn: Toán - Lớp 9A - HK1'], ['STT', 'Mã học sinh', ...NAMES.slice(1), 'GK']];
    await bring(xlsx([...both, [1, '7700000001', ...PUPILS[0], '8']]));
    const vendor = [['Môn: Toán - Lớp 9A - HK1'], ['STT', 'Mã học sinh', 'Họ và tên', 'GK']];
    await bring(xlsx([...both, [1, '7700000001', ...PUPILS[1], '7']]));
    const report = await bring(xlsx([...vendor, [1, '7700000001', PUPILS[1][1], '5']]));
    expect(told(report).map(([, , , code]) => code)).toEqual(['notFoundInClass']);
    expect(await read.marksOf(PUPILS[0][0], 'Toán')).toEqual({ midTerm: '8' });
    expect(await read.marksOf(PUPILS[1][0], 'Toán')).toEqual({ midTerm: '7' });
  });

  it('works out no average for a pupil who has fewer regular marks than the class', async () => {
    const rows = table(
      [['Môn: Toán - Lớp 9A - HK1']],
      [...NAMES, 'TX1', 'TX2', 'TX3', 'GK', 'CK'],
      rowOf(1, '9', '8', '7', '7', '8'),
      rowOf(2, '9', '8', '', '7', '8'),
    );
    const report = await bring(xlsx(rows));
    expect(report.marks?.averages.map(({ row, term, tenths }) => [row, term, tenths])).toEqual([[3, 1, 78]]);
  });

  it('checks the average of the year against those of its terms, and keeps the school’s', async () => {
    const rows = table(
      [['Môn: Toán - Lớp 9A']],
      [...NAMES, 'ĐTBmhk1', 'ĐTBmhk2', 'ĐTBmcn'],
      rowOf(1, '7,9', '8,5', '8,2'),
      rowOf(2, '6,4', '6,5', '6,5'),
    );
    const differing = (await bring(xlsx(rows))).warnings.filter((one) => one.code === 'averageDiffers');
    expect(differing.map(({ row, column, value }) => [row, column, value])).toEqual([[3, 'ĐTBmcn', '8,2']]);
    expect(differing[0]?.reason).toContain('(7,9 + 2 × 8,5) / 3 = 8,3');
    expect(await read.marksOf(PUPILS[0][0], 'Toán', 0)).toEqual({ average: '8,2' });
  });

  it('leaves alone what the file has no column for, and what it could not read', async () => {
    const title = [['Môn: Toán - Lớp 9A - HK1']];
    await bring(xlsx(table(title, [...NAMES, 'TX1', 'GK', 'CK'], rowOf(1, '8', '7', '9'))));
    await bring(xlsx(table(title, [...NAMES, 'GK', 'CK'], rowOf(1, '7,25', ''))));
    expect(await read.marksOf('0412000001', 'Toán')).toEqual({ regular1: '8', midTerm: '7' });
  });
});
