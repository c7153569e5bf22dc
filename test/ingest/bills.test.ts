import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { isCode } from '../../src/fees/index.ts';
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

const told = ({ refused }: ImportReport) =>
  refused.map(({ row, column, value, code }) => [row, column, value, code]);

async function billsOf(schoolId: string) {
  const items = await database.prisma.feeItem.findMany({ where: { schoolId } });
  const pupils = await database.prisma.pupil.findMany({ where: { schoolId } });
  const bills = await database.prisma.bill.findMany({ where: { schoolId }, orderBy: { id: 'asc' } });
  return bills.map(({ pupilId, itemId, ...bill }) => ({
    ...bill,
    code: bill.code,
    pupil: pupils.find((one) => one.id === pupilId)?.code,
    item: items.find((one) => one.id === itemId)?.name,
    kind: items.find((one) => one.id === itemId)?.kind,
  }));
}

describe('The sample list of bills', () => {
  let schoolId: string;
  let bring: ReturnType<typeof importer>;
  let report: ImportReport;
  beforeAll(async () => {
    schoolId = await newSchool(database, truth.school);
    bring = importer(database, schoolId);
    for (const name of ['6A1', '7B', '3A']) await bring(sample(`danh-sach-hoc-sinh-${name}.xlsx`));
    report = await bring(sample('khoan-thu-thang-11.xlsx'));
  });

  it('gives a bill for each row but those that it must refuse, each with its reason in both languages', () => {
    expect(report).toMatchObject({ kind: 'bills', rows: 101, created: 96, updated: 0, unchanged: 0 });
    expect(told(report)).toEqual([
      [13, 'Mã định danh', expect.any(String), 'leftSchoolBill'],
      [101, 'Số tiền', '-5000', 'notPositive'],
      [102, 'Số tiền', 'bốn trăm', 'notAnAmount'],
      [103, 'Hạn nộp', '31/02/2026', 'badDueDay'],
      [104, 'Mã định danh', '0488888888', 'unknownPupil'],
    ]);
    for (const { reason } of report.refused) expect(reason).toMatch(/^\p{Lu}.+ \/ [A-Z].+/u);
  });

  it('reads 631.800, 631800, 631,800 and 45k as what they are', async () => {
    const bills = await billsOf(schoolId);
    const amounts = (item: string) => [
      ...new Set(bills.filter((bill) => bill.item === item).map((bill) => bill.amount)),
    ];
    expect(amounts('Bảo hiểm y tế học sinh')).toEqual([631_800]);
    expect(amounts('Nước uống')).toEqual([45_000]);
    expect(amounts('Tiền ăn bán trú')).toHaveLength(1);
  });

  it('makes no debt for exempt pupils, and keeps no reason', async () => {
    const exempt = (await billsOf(schoolId)).filter((bill) => bill.state === 'exempt');
    expect(exempt).toHaveLength(4);
    for (const bill of exempt) expect(bill).toMatchObject({ nextOn: null, step: 0 });
    const { rows } = await database.pool.query(
      `select row_to_json(bill)::text as line from bill where school_id = $1`,
      [schoolId],
    );
    for (const { line } of rows) expect(line).not.toMatch(/miễn/iu);
  });

  it('takes the donation for voluntary: no due day', async () => {
    expect((await billsOf(schoolId)).find((bill) => bill.kind === 'voluntary')).toMatchObject({
      item: 'Ủng hộ quỹ khuyến học',
      amount: 100_000,
      dueOn: null,
    });
  });

  it('gives every bill a payment code of its own', async () => {
    const codes = (await billsOf(schoolId)).map((bill) => bill.code);
    expect(new Set(codes).size).toBe(96);
    expect(codes.every(isCode)).toBe(true);
    expect(codes.filter((code) => code.startsWith('BH')).length).toBeGreaterThan(30);
  });

  it('changes nothing when it comes again', async () => {
    const before = await billsOf(schoolId);
    expect(await bring(sample('khoan-thu-thang-11.xlsx'))).toMatchObject({
      created: 0,
      updated: 0,
      unchanged: 96,
    });
    expect(await billsOf(schoolId)).toEqual(before);
  });
});

describe('A list of bills', () => {
  const HEADER = [
    'STT',
    'Mã định danh',
    'Họ và tên',
    'Lớp',
    'Khoản thu',
    'Kỳ thu',
    'Số tiền',
    'Hạn nộp',
    'Ghi chú',
  ];
  let schoolId: string;
  let bring: ReturnType<typeof importer>;
  beforeEach(async () => {
    schoolId = await newSchool(database);
    bring = importer(database, schoolId);
    await bring(
      classList(
        [1, '0412886100', 'Lý Văn Nam', '01/02/2015', 'Đang học', null, '6A1', 'Khối 6'],
        [2, '0412886107', 'Phùng Đức Ưng', '01/02/2015', 'Đang học', null, '6A1', 'Khối 6'],
      ),
    );
  });
  const row = (...changes: [number, Value][]): Value[] => {
    const cells: Value[] = [
      1,
      '0412886100',
      'Lý Văn Nam',
      '6A1',
      'Nước uống',
      'HK1',
      '45.000',
      '20/11/2026',
      null,
    ];
    for (const [at, value] of changes) cells[at] = value;
    return cells;
  };
  const list = (...rows: Value[][]) => xlsx([['DANH SÁCH KHOẢN THU'], HEADER, ...rows]);

  it('in a dry run says what it would do and writes nothing', async () => {
    const report = await bring(list(row()), { dryRun: true });
    expect(report).toMatchObject({
      created: 1,
      changes: [{ row: 3, code: '0412886100', pupil: 'Lý Văn Nam', result: 'created', changes: ['bill'] }],
    });
    expect(await billsOf(schoolId)).toEqual([]);
  });

  it('that comes again with another amount, day or exemption changes the same bill', async () => {
    await bring(list(row()));
    const [before] = await billsOf(schoolId);
    const report = await bring(list(row([6, 50_000], [7, '25/11/2026'])), { dryRun: true });
    expect(report.changes).toMatchObject([{ result: 'updated', changes: ['amount', 'dueOn'] }]);
    await bring(list(row([6, 50_000], [7, '25/11/2026'])));
    expect(await billsOf(schoolId)).toMatchObject([
      { id: before?.id, code: before?.code, amount: 50_000, dueOn: new Date('2026-11-25') },
    ]);
    await bring(list(row([6, null], [8, 'Được miễn'])));
    expect(await billsOf(schoolId)).toMatchObject([{ state: 'exempt', amount: 50_000, nextOn: null }]);
    await bring(list(row([6, '50k'], [7, '25/11/2026'])));
    expect(await billsOf(schoolId)).toMatchObject([{ state: 'open', amount: 50_000 }]);
  });

  it.each<[string, [number, Value][], string]>([
    ['an amount of nothing', [[6, 0]], 'notPositive'],
    ['an empty amount', [[6, null]], 'notAnAmount'],
    ['450 where Excel took 450.000 apart', [[6, 450]], 'tooSmall'],
    ['no item', [[4, null]], 'noItem'],
    ['another child’s name', [[2, 'Nông Thị Mai']], 'codeOfAnotherPupil'],
    ['a day that does not exist', [[7, '31/02/2026']], 'badDueDay'],
    ['words for a day', [[7, 'cuối tháng']], 'badDueDay'],
    ['a class fund', [[4, 'Quỹ lớp']], 'classFund'],
    ['a quota of the parents’ committee', [[4, 'Hội phụ huynh: mua sắm máy lạnh']], 'parentsQuota'],
    ['no code', [[1, null]], 'noCode'],
    ['a formula', [[6, { t: 'n', v: 45_000, f: '9*5000' }]], 'formula'],
  ])('is refused row by row: %s', async (_what, changes, code) => {
    const other = row([1, '0412886107'], [2, 'Phùng Đức Ưng']);
    const report = await bring(list(row(...changes), other));
    expect(report.refused.map((one) => [one.row, one.code, one.wholeRow])).toEqual([[3, code, true]]);
    expect(report.created).toBe(1);
  });

  it('that names a pupil’s item and period twice counts the first', async () => {
    const report = await bring(list(row(), row([6, '99.000'])));
    expect(told(report)).toEqual([[4, 'Khoản thu', 'Nước uống', 'sameBillTwice']]);
    expect(await billsOf(schoolId)).toMatchObject([{ amount: 45_000 }]);
  });

  it('says where nobody will be reminded, and that there is no account to pay to', async () => {
    const report = await bring(list(row([7, null]), row([4, 'Ủng hộ bão lụt'])));
    expect(report.warnings.map((one) => [one.row, one.code])).toEqual([
      [0, 'noAccount'],
      [3, 'noDueDay'],
      [4, 'voluntaryDueDay'],
    ]);
  });

  it('of next month makes new bills beside the old ones', async () => {
    await bring(list(row([5, 'Tháng 11/2026'])));
    await bring(list(row([5, 'Tháng 12/2026'])));
    expect((await billsOf(schoolId)).map((bill) => bill.period)).toEqual(['Tháng 11/2026', 'Tháng 12/2026']);
  });

  it('is read with other headers, in another order, as .xls and as .csv', async () => {
    const other = [
      ['Số tiền (đồng)', 'Nội dung thu', 'Mã định danh học sinh', 'Họ tên', 'Tháng', 'Hạn'],
      ['1.250.000', 'Tiền ăn bán trú', '0412886100', 'Lý Văn Nam', '11', '15-11-2026'],
    ];
    const old = workbook({ Thu: sheetOf(other) }, 'biff8');
    expect(await bring(old)).toMatchObject({ kind: 'bills', created: 1 });
    const csv = Buffer.from(`\ufeff${other.map((line) => line.join(';')).join('\r\n')}\r\n`);
    expect(await bring(csv)).toMatchObject({ kind: 'bills', created: 0, unchanged: 1 });
    expect(await billsOf(schoolId)).toMatchObject([{ amount: 1_250_000, period: '11' }]);
  });

  it('may name the decision that an item rests on; otherwise its kind says which law', async () => {
    const based = (basis: string) =>
      xlsx([
        ['Mã định danh', 'Khoản thu', 'Căn cứ thu', 'Số tiền', 'Hạn nộp'],
        ['0412886100', 'Nước uống', basis, '45.000', '20/11/2026'],
        ['0412886100', 'Bảo hiểm y tế', '', '631.800', '20/11/2026'],
      ]);
    const bases = async () =>
      (await database.prisma.feeItem.findMany({ where: { schoolId }, orderBy: { name: 'asc' } })).map(
        ({ name, legalBasis }) => [name, legalBasis],
      );
    const health = ['Bảo hiểm y tế', 'Luật Bảo hiểm y tế; nhà trường thu hộ'];
    await bring(based('Nghị quyết 12/2025/NQ-HĐND'));
    expect(await bases()).toEqual([health, ['Nước uống', 'Nghị quyết 12/2025/NQ-HĐND']]);
    expect(await bring(based('Nghị quyết 7/2026/NQ-HĐND'))).toMatchObject({ unchanged: 2 });
    await bring(based(''));
    expect(await bases()).toEqual([health, ['Nước uống', 'Nghị quyết 7/2026/NQ-HĐND']]);
  });

  it('without a column of codes is refused as a whole: by the name alone it is nobody’s', async () => {
    const file = xlsx([
      ['Họ và tên', 'Khoản thu', 'Số tiền'],
      ['Lý Văn Nam', 'Nước uống', '45.000'],
    ]);
    expect(await refusalOf(bring(file))).toBe('noCodeColumn');
  });
});
