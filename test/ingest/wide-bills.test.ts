import fc from 'fast-check';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readBills } from '../../src/ingest/read-bills.ts';
import { findLists } from '../../src/ingest/read-lists.ts';
import { readWorkbook } from '../../src/ingest/read-workbook.ts';
import type { Database } from '../../src/store/database.ts';
import { testDatabase } from '../harness/index.ts';
import {
  classList,
  importer,
  newSchool,
  refusalOf,
  sheetOf,
  type Value,
  workbook,
  xlsx,
} from './sample-school.ts';

const TITLE = ['DANH SÁCH THU TIỀN THÁNG 11/2026 - HẠN NỘP: 20/11/2026'];
const HEADER = [
  'STT',
  'Mã định danh',
  'Họ và tên',
  'Lớp',
  'BHYT',
  'Tiền ăn T11',
  'Nước uống',
  'Tổng cộng',
  'Ghi chú',
];
const NAM = ['0412886100', 'Lý Văn Nam'] as const;
const UNG = ['0412886107', 'Phùng Đức Ưng'] as const;
const row = ([code, name]: readonly [string, string], ...cells: Value[]): Value[] => [
  1,
  code,
  name,
  '6A1',
  ...cells,
];
const wide = (...rows: Value[][]) => [TITLE, HEADER, ...rows];

let database: Database;
let schoolId: string;
let bring: ReturnType<typeof importer>;
beforeAll(async () => {
  database = await testDatabase();
});
beforeEach(async () => {
  schoolId = await newSchool(database);
  bring = importer(database, schoolId);
  const pupil = ([code, name]: readonly [string, string]): Value[] => [
    1,
    code,
    name,
    '01/02/2015',
    'Đang học',
    null,
    '6A1',
    'Khối 6',
  ];
  await bring(classList(pupil(NAM), pupil(UNG)));
});

async function bills(): Promise<string[]> {
  const { rows } = await database.pool.query<{ line: string }>(
    `select concat_ws(' | ', p.code, i.name, b.period, b.amount, b.state, to_char(b.due_on, 'YYYY-MM-DD')) as line
       from bill b join pupil p on p.id = b.pupil_id join fee_item i on i.id = b.item_id
      where b.school_id = $1`,
    [schoolId],
  );
  return rows.map(({ line }) => line).sort();
}
const codes = (entries: { row: number; column: string; value: string; code: string }[]) =>
  entries
    .filter(({ code }) => code !== 'noAccount')
    .map(({ row, column, value, code }) => [row, column, value, code]);

describe('A list of bills with a row per pupil and a column per item', () => {
  const LIST = wide(
    row(NAM, '631.800', 700_000, '45k', '1.376.800', null),
    row(UNG, 'Miễn', '-', 45_000, 45_000, 'Có thẻ'),
    ['', '', 'Tổng cộng', '', 631_800, 700_000, 90_000, 1_421_800],
  );
  const MADE = [
    '0412886100 | BHYT | Tháng 11/2026 | 631800 | open | 2026-11-20',
    '0412886100 | Nước uống | Tháng 11/2026 | 45000 | open | 2026-11-20',
    '0412886100 | Tiền ăn | Tháng 11/2026 | 700000 | open | 2026-11-20',
    '0412886107 | BHYT | Tháng 11/2026 | 0 | exempt | 2026-11-20',
    '0412886107 | Nước uống | Tháng 11/2026 | 45000 | open | 2026-11-20',
  ];

  it('makes a bill of each filled cell as .xlsx, and the same list as .xls or .csv changes nothing', async () => {
    const report = await bring(xlsx(LIST));
    expect(report).toMatchObject({ kind: 'bills', rows: 2, created: 5, refused: [] });
    expect(await bills()).toEqual(MADE);
    const csv = Buffer.from(`\ufeff${LIST.map((line) => line.join(';')).join('\r\n')}\r\n`);
    for (const again of [xlsx(LIST), workbook({ Thu: sheetOf(LIST) }, 'biff8'), csv])
      expect(await bring(again)).toMatchObject({ created: 0, updated: 0, unchanged: 5, refused: [] });
    expect(await bills()).toEqual(MADE);
  });

  it.each<[string, Value[], unknown[], number]>([
    ['a word for an amount', ['bốn trăm', 700_000, 45_000], [3, 'BHYT', 'bốn trăm', 'notAnAmount'], 2],
    ['less than nothing', [-5000, 700_000, 45_000], [3, 'BHYT', '-5000', 'notPositive'], 2],
    [
      'a reduction without an amount',
      ['Giảm 50%', 700_000, 45_000],
      [3, 'BHYT', 'Giảm 50%', 'notAnAmount'],
      2,
    ],
    [
      'a formula',
      [{ t: 'n', v: 9000, f: '9*1000' }, 700_000, 45_000],
      [3, 'BHYT', expect.anything(), 'formula'],
      2,
    ],
  ])('refuses one cell alone: %s', async (_what, cells, refused, created) => {
    const report = await bring(xlsx(wide(row(NAM, ...cells, 1, null), row(UNG, 1_000_000, null, null))));
    expect(codes(report.refused)).toEqual([refused]);
    expect(report.refused[0]?.wholeRow).toBe(false);
    expect(report.created).toBe(created + 1);
  });

  it.each<[string, Value[], string, string]>([
    [
      'a pupil whom nobody knows, once',
      row(['0488888888', 'Ai Đó'], 9000, 9000, 9000),
      'Mã định danh',
      'unknownPupil',
    ],
    ['another child’s name', row([NAM[0], 'Nông Thị Mai'], 9000, 9000), 'Họ và tên', 'codeOfAnotherPupil'],
    [
      'an exemption from nobody knows what',
      row(NAM, 9000, 9000, null, null, 'Được miễn'),
      'Ghi chú',
      'exemptOfWhat',
    ],
  ])('refuses a row: %s', async (_what, bad, column, code) => {
    const report = await bring(xlsx(wide(bad, row(UNG, 631_800))));
    expect(report.refused.map((one) => [one.row, one.column, one.code, one.wholeRow])).toEqual([
      [3, column, code, true],
    ]);
    expect(report.created).toBe(1);
  });

  it('takes an exemption that the note names for its item alone', async () => {
    await bring(xlsx(wide(row(NAM, 631_800, 700_000, null, null, 'Miễn BHYT'))));
    expect((await bills()).map((bill) => bill.split(' | ')[4])).toEqual(['exempt', 'open']);
  });

  it('warns of a total that is not the sum, with both', async () => {
    const report = await bring(xlsx(wide(row(NAM, 631_800, 700_000, null, '1.000.000'))));
    expect(codes(report.warnings)).toEqual([[3, 'Tổng cộng', '1.000.000', 'totalDiffers']]);
    expect(report.warnings.find(({ code }) => code === 'totalDiffers')?.reason).toContain('1.331.800');
    expect(report.created).toBe(2);
  });

  it('refuses a forbidden column once, says which column it does not know, and takes the rest', async () => {
    const header = ['STT', 'Mã định danh', 'Họ và tên', 'Lớp', 'BHYT', 'Quỹ lớp', 'Ghế đá', 'Tổng cộng'];
    const rows = [row(NAM, 631_800, 100_000, 50_000, 781_800), row(UNG, 631_800, 100_000, 50_000, 781_800)];
    const report = await bring(xlsx([TITLE, header, ...rows]));
    expect(codes(report.refused)).toEqual([[2, 'Quỹ lớp', 'Quỹ lớp', 'classFund']]);
    expect(codes(report.warnings)).toEqual([[2, 'Ghế đá', 'Ghế đá', 'unknownItemColumn']]);
    expect(report.created).toBe(2);
  });

  it('takes any item that the school has already, under two lines of header', async () => {
    await bring(
      xlsx([
        ['Mã định danh', 'Khoản thu', 'Số tiền', 'Hạn nộp'],
        [NAM[0], 'Ghế đá', 50_000, '20/11/2026'],
      ]),
    );
    const sheet = sheetOf([
      TITLE,
      ['STT', 'Mã định danh', 'Họ và tên', 'Lớp', 'Các khoản thu', null, 'Tổng'],
      [null, null, null, null, 'Ghế đá', 'BHYT'],
      row(NAM, 50_000, 631_800, 681_800),
    ]);
    sheet['!merges'] = [{ s: { r: 1, c: 4 }, e: { r: 1, c: 5 } }];
    expect(await bring(workbook({ Thu: sheet }))).toMatchObject({ created: 2, refused: [] });
  });

  it.each([
    ['Nước uống HK1', 'Nước uống', 'Học kỳ I 2026-2027'],
    ['Nước uống (học kỳ II)', 'Nước uống', 'Học kỳ II 2026-2027'],
    ['Nước uống đợt 2', 'Nước uống', 'đợt 2 2026-2027'],
    ['BHYT năm 2027', 'BHYT', 'năm 2027'],
    ['Tiền ăn tháng 2', 'Tiền ăn', 'Tháng 2/2027'],
    ['Học phí', 'Học phí', 'Năm học 2026-2027'],
  ])('reads the period of %s', async (header, item, period) => {
    const head = ['STT', 'Mã định danh', 'Họ và tên', 'Lớp', header, 'Tổng'];
    await bring(xlsx([['NĂM HỌC 2026-2027'], head, row(NAM, 45_000, 45_000)]));
    expect(await bills()).toEqual([`${NAM[0]} | ${item} | ${period} | 45000 | open`]);
  });

  it('without codes is refused as a whole', async () => {
    expect(
      await refusalOf(
        bring(
          xlsx([
            ['STT', 'Họ và tên', 'Lớp', 'BHYT', 'Tổng'],
            [1, 'A', '6A1', 9000, 9000],
          ]),
        ),
      ),
    ).toBe('noCodeColumn');
  });
});

describe('A list that only looks like bills', () => {
  const PUPIL = ['STT', 'Mã định danh', 'Họ và tên', 'Lớp'];
  it.each<[string, Value[][]]>([
    [
      'numbers of insurance cards',
      [['DANH SÁCH THU BHYT'], [...PUPIL, 'Số thẻ BHYT'], row(NAM, 123_456_789)],
    ],
    ['subjects and a total', [[...PUPIL, 'Toán', 'Tiếng Anh', 'Tổng'], row(NAM, 8, 9, 17)]],
    ['a fee, and nothing that says that money is collected', [[...PUPIL, 'BHYT'], row(NAM, 631_800)]],
    ['ticks', [['ĐĂNG KÝ CÁC KHOẢN THU'], [...PUPIL, 'BHYT', 'Tiền ăn'], row(NAM, 'x', 'x')]],
    ['a signature', [['DANH SÁCH THU TIỀN'], [...PUPIL, 'Chữ ký phụ huynh'], row(NAM, 9000)]],
  ])('is not taken for them: %s', (_what, rows) => {
    expect(findLists(readWorkbook(xlsx(rows))).kind).not.toBe('bills');
  });
  it.each(['Trạng thái', 'SĐT', 'ĐĐGtx 1'])('is not taken for them beside the column %s', (column) => {
    const file = xlsx([TITLE, [...PUPIL, column, 'BHYT', 'Tổng'], row(NAM, 'Đang học', 631_800, 631_800)]);
    expect(findLists(readWorkbook(file)).kind).not.toBe('bills');
  });
});

describe('Whatever stands in the cells', () => {
  it('each one is a bill of its amount, an exemption, nothing or a refusal', () => {
    const cell = fc.oneof(
      fc.integer({ min: 1000, max: 1_000_000_000 }),
      fc.constantFrom(null, '-', 0, 'Miễn', 'Miễn giảm', 'abc', -5000, 'Giảm 50%'),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(cell, cell, cell), { maxLength: 8 }), (cells) => {
        const rows = [[631_800, 1000, 1000], ...cells].map((three) => row(NAM, ...three));
        const sure = Array.from({ length: 40 }, () => row(NAM, 1000, 1000, 1000));
        const found = findLists(readWorkbook(xlsx(wide(...rows, ...sure))));
        const read = readBills(found, { items: new Set(), yearLabel: null });
        for (const [at, three] of [[631_800, 1000, 1000], ...cells].entries())
          for (const [column, value] of three.entries()) {
            const header = HEADER[column + 4];
            const fact = read.facts.find((one) => one.row === at + 3 && one.columns.item === header);
            const refused = read.remarks.refused.some((one) => one.row === at + 3 && one.column === header);
            if (typeof value === 'number' && value > 0)
              expect(fact).toMatchObject({ amount: value, exempt: false });
            else if (typeof value === 'string' && value.startsWith('Miễn'))
              expect(fact).toMatchObject({ amount: 0, exempt: true });
            else expect(fact).toBeUndefined();
            expect(refused).toBe(value === 'abc' || value === -5000 || value === 'Giảm 50%');
          }
      }),
      { numRuns: 30 },
    );
  });
});
