import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { importStatement, type StatementReport } from '../../src/ingest/index.ts';
import { signedAmount } from '../../src/ingest/read-statement.ts';
import type { Database } from '../../src/store/index.ts';
import { ACCOUNT, type FeeSchool, feeSchool } from '../fees/fee-school.ts';
import { rules, testDatabase, texts } from '../harness/index.ts';
import { refusalOf, type Value, xlsx } from './sample-school.ts';

let database: Database;
let at: FeeSchool;
let bill: string;
let code: string;
beforeAll(async () => {
  database = await testDatabase();
});
beforeEach(async () => {
  at = await feeSchool(database);
  bill = await at.bill(at.childOf(await at.school.family()));
  code = await at.codeOf(bill);
});

type More = Partial<Parameters<typeof importStatement>[1]>;
const bring = (bytes: Uint8Array, more: More = {}): Promise<StatementReport> =>
  importStatement(at.db, {
    schoolId: at.school.id,
    bytes,
    fileName: 'sao-ke.xlsx',
    actor: 'cli',
    clock: { now: at.now },
    texts,
    rules,
    dryRun: false,
    ...more,
  });
const HEADER = [
  'STT',
  'Ngày giao dịch',
  'Số tham chiếu',
  'Ghi nợ (VND)',
  'Ghi có (VND)',
  'Nội dung giao dịch',
];
const statement = (...rows: Value[][]) =>
  xlsx([['SAO KÊ TÀI KHOẢN'], [`Số tài khoản: ${ACCOUNT}`], [], HEADER, ...rows]);
const payments = async () =>
  (await at.db.payment.findMany({ where: { schoolId: at.school.id }, orderBy: { id: 'asc' } })).map((one) => [
    one.source,
    Number(one.amount),
    one.outcome,
    one.alsoFrom,
  ]);

describe('A bank statement', () => {
  it('pays bills; money that goes out, sums and notes are none', async () => {
    const report = await bring(
      statement(
        [1, '02/11/2026 08:15:30', 'FT26306000001', null, '450.000', `${code} nop tien`],
        [2, '02/11/2026', 'FT26306000002', '20,000.00', null, 'phi dich vu'],
        [3, '02/11/2026', 'FT26306000003', null, 70_000, 'ung ho'],
        [null, 'Tổng cộng', null, '20.000', '520.000', null],
        ['Người lập biểu'],
      ),
    );
    expect(report).toMatchObject({
      accountNo: ACCOUNT,
      lines: 3,
      fresh: 2,
      known: 0,
      matched: 1,
      out: 1,
      refused: [],
    });
    expect(await payments()).toEqual([
      ['statement', 450_000, 'exact', null],
      ['statement', 70_000, 'noCode', null],
    ]);
    expect(await at.billRow(bill)).toMatchObject({ paid: 450_000 });
    expect(await at.messages('feeReceipt')).toHaveLength(1);
    const [first] = await at.db.payment.findMany({
      where: { schoolId: at.school.id },
      orderBy: { id: 'asc' },
    });
    expect(first?.at).toEqual(new Date('2026-11-02T01:15:30Z'));
  });

  it('counts once, however often and in whatever form it comes', async () => {
    const line = [1, '02/11/2026', 'FT1', null, '450.000', code];
    await bring(statement(line));
    expect(await bring(statement(line, [2, '03/11/2026', 'FT2', null, '1.000', 'x']))).toMatchObject({
      fresh: 1,
      known: 1,
    });
    expect(await payments()).toHaveLength(2);
  });

  it.each<[string, string, string]>([
    ['with the same reference', 'FT26306000009', 'any text'],
    ['with a reference that the bank has made longer', 'FT26306000009\\BNK', 'any text'],
    ['without a reference, in other words', '', 'MBVCB.77. CODE nop tien FT8'],
  ])('and a service tell of one transaction once: %s', async (_what, ref, memo) => {
    await at.pay({ amount: 450_000, memo: `${code} nop tien`, ref: 'FT26306000009' });
    const line = [1, '02/11/2026', ref, null, '450.000', memo.replace('CODE', code)];
    expect(await bring(statement(line))).toMatchObject({ fresh: 0, known: 1 });
    expect(await payments()).toEqual([['sepay', 450_000, 'exact', 'statement']]);
  });

  it('and a service that tells of it later count once too', async () => {
    await bring(statement([1, '02/11/2026', '', null, '450.000', `${code} nop tien`]));
    await at.pay({ amount: 450_000, memo: `${code} NOP TIEN HOC`, ref: 'FT5' });
    expect(await payments()).toEqual([['statement', 450_000, 'exact', 'sepay']]);
  });

  it('that has booked a transfer on a later day than a service told of it counts it once, however often it comes', async () => {
    await at.pay({ amount: 100_000, memo: code, ref: 'FT26324000777', at: '2026-10-31 22:15:30' });
    const other = await at.codeOf(await at.bill(at.childOf(await at.school.family())));
    await at.pay({ amount: 200_000, memo: `${other} nop tien`, ref: '', at: '2026-10-31 23:15:30' });
    const booked = statement(
      [1, '02/11/2026', 'FT26324000777\\BNK', null, 100_000, `${code} chuyen tien`],
      [2, '02/11/2026', 'FT26324000778\\BNK', null, 200_000, `MBVCB ${other} nop tien`],
    );
    for (let times = 0; times < 2; times++)
      expect(await bring(booked)).toMatchObject({ fresh: 0, known: 2, refused: [] });
    expect((await payments()).map(([source, amount, , also]) => [source, amount, also])).toEqual([
      ['sepay', 100_000, 'statement'],
      ['sepay', 200_000, 'statement'],
    ]);
  });

  it('that came first is known to a service which tells of it with an earlier day', async () => {
    await bring(statement([1, '02/11/2026', 'FT26324000777\\BNK', null, 100_000, code]));
    await at.pay({ amount: 100_000, memo: code, ref: 'FT26324000777', at: '2026-10-31 22:15:30' });
    expect(await payments()).toEqual([['statement', 100_000, 'less', 'sepay']]);
  });

  it('merges no two payments: another reference, another code, an amount alone, or one more than was told', async () => {
    await at.pay({ amount: 100_000, memo: code, ref: 'FT26324000777', at: '2026-10-31 22:15:30' });
    await at.pay({ amount: 50_000, memo: 'nop tien', ref: '', at: '2026-10-31 22:15:30' });
    await at.pay({ amount: 60_000, memo: code, ref: '', at: '2026-10-31 22:15:30' });
    const other = await at.codeOf(await at.bill(at.childOf(await at.school.family())));
    const booked = statement(
      [1, '02/11/2026', 'FT26324000999', null, 100_000, code],
      [2, '02/11/2026', '', null, 50_000, 'nop tien'],
      [3, '02/11/2026', '', null, 60_000, code],
      [4, '03/11/2026', '', null, 60_000, code],
      [5, '02/11/2026', '', null, 60_000, other],
      // Before the service told of it, and too long after.
      [6, '30/10/2026', '', null, 60_000, code],
      [7, '20/11/2026', 'FT26324000777', null, 100_000, code],
    );
    expect(await bring(booked)).toMatchObject({ fresh: 6, known: 1, refused: [] });
    expect((await payments()).filter(([, , , also]) => also !== null)).toEqual([
      ['sepay', 60_000, expect.anything(), 'statement'],
    ]);
    expect(await bring(booked)).toMatchObject({ fresh: 0, known: 7 });
  });

  it('keeps two equal transfers of one day two', async () => {
    const line = [1, '02/11/2026', null, null, '450.000', 'nop tien'];
    await bring(statement(line, line));
    expect(await payments()).toHaveLength(2);
    await bring(statement(line, line));
    expect(await payments()).toHaveLength(2);
    const other = await at.codeOf(await at.bill(at.childOf(await at.school.family())));
    await at.pay({ amount: 450_000, memo: code, ref: 'FT1' });
    expect(await bring(statement([1, '02/11/2026', '', null, '450.000', other]))).toMatchObject({ fresh: 1 });
  });

  it('says which rows it cannot read, and takes the others', async () => {
    const report = await bring(
      statement(
        [1, '31/02/2026', 'a', null, '450.000', 'x'],
        [2, '02/11/2026', 'b', null, 'bốn trăm', 'x'],
        [3, '02/11/2026', 'c', null, '1.000', 'x'],
      ),
    );
    expect(report.refused.map((one) => [one.row, one.column, one.code])).toEqual([
      [5, 'Ngày giao dịch', 'badDate'],
      [6, 'Ghi có (VND)', 'notAnAmount'],
    ]);
    expect(report.fresh).toBe(1);
  });

  it('in a dry run says the same and writes nothing', async () => {
    const file = statement([1, '02/11/2026', 'FT1', null, '450.000', code]);
    expect(await bring(file, { dryRun: true })).toMatchObject({ fresh: 1, matched: 1, lanes: [] });
    expect(await payments()).toEqual([]);
    expect(await at.billRow(bill)).toMatchObject({ paid: 0 });
  });

  it('with headers of its own is read as a person says, and remembered', async () => {
    const own = (memo: string, amount: string) =>
      xlsx([
        ['Lúc', 'Biến động', 'Lời nhắn', 'Mã'],
        ['02/11/2026 08:15', amount, memo, memo],
      ]);
    expect(await refusalOf(bring(own(code, '+450.000')))).toBe('noStatementColumns');
    const columns = { day: 'Lúc', amount: 'Biến động', memo: 'Lời nhắn', ref: 'Mã' };
    expect(await bring(own(code, '+450.000 đ'), { columns })).toMatchObject({ fresh: 1, matched: 1 });
    expect(await bring(own('rut tien', '-20.000 đ'))).toMatchObject({ fresh: 0, out: 1 });
    const other = await feeSchool(database);
    at = other;
    expect(await refusalOf(bring(own('x', '+1.000')))).toBe('noStatementColumns');
  });

  it('as .csv is read alike', async () => {
    const csv = `\ufeff${HEADER.join(';')}\r\n1;02/11/2026;FT1;;450.000;${code}\r\n`;
    expect(await bring(Buffer.from(csv))).toMatchObject({ fresh: 1, matched: 1 });
  });

  it('belongs to an account of the school, or is refused', async () => {
    const file = xlsx([HEADER, [1, '02/11/2026', 'FT1', null, '450.000', code]]);
    await expect(bring(file, { accountNo: '999' })).rejects.toMatchObject({ code: 'badInput' });
    await at.db.receivingAccount.create({
      data: { schoolId: at.school.id, bankBin: '970405', accountNo: '555', holder: 'X', createdAt: at.now() },
    });
    await expect(bring(file)).rejects.toMatchObject({ code: 'badInput' });
    expect(await bring(file, { accountNo: '555' })).toMatchObject({ accountNo: '555', matched: 1 });
  });
});

describe('An amount of a statement', () => {
  it.each<[string, number | null]>([
    ['450.000', 450_000],
    ['450,000.00', 450_000],
    ['450.000,00 VND', 450_000],
    ['450000.00', 450_000],
    ['-20,000', -20_000],
    ['−20 000 đ', -20_000],
    ['', 0],
    ['-', 0],
    ['0', 0],
    ['450.5', null],
    ['1,2,3', null],
    ['x', null],
  ])('"%s" is %s', (text, amount) => {
    expect(signedAmount(text)).toBe(amount);
  });
});
