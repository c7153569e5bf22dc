import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { read, utils } from '@e965/xlsx';
import { beforeAll, describe, expect, it } from 'vitest';
import { feesCommand } from '../../src/commands/fees.ts';
import { importCommand } from '../../src/commands/import.ts';
import { setupCommand } from '../../src/commands/setup.ts';
import { showAmount } from '../../src/fees/index.ts';
import { inPackage } from '../../src/store/index.ts';
import { xlsx } from '../ingest/sample-school.ts';
import { type Desk, openDesk, SETUP } from './office.ts';

const file = (name: string) => inPackage('demo', 'school', name);
const ACCOUNT = ['--bank', 'Agribank', '--number', '8300 2010 12345', '--holder', 'TRUONG HOA MAI'];

let desk: Desk;
beforeAll(async () => {
  desk = await openDesk();
  await desk.run(setupCommand, ...SETUP);
  await desk.run(importCommand, file('danh-sach-hoc-sinh-6A1.xlsx'), file('danh-sach-hoc-sinh-7B.xlsx'));
});
const db = () => desk.database.prisma;
const fees = async (...args: string[]) => {
  const { code, lines } = await desk.run(feesCommand, ...args);
  return { code, text: lines.join('\n') };
};
const pupilCodes = async (className: string) =>
  (
    await db().pupil.findMany({
      where: { leftAt: null, enrolments: { some: { closedAt: null, schoolClass: { name: className } } } },
      orderBy: { code: 'asc' },
    })
  ).map((pupil) => pupil.code);
const newest = () =>
  db().bill.findFirstOrThrow({ where: { state: 'open', paid: 0 }, orderBy: { code: 'asc' } });

describe('lienlac fees', () => {
  it('refuses what it does not know, with its usage', async () => {
    const { data } = await desk.refused(feesCommand, 'nothing');
    expect(data.problem).toContain('lienlac fees table');
  });

  it('makes bills for a class, with exceptions; says that there is no account yet; a dry run writes nothing', async () => {
    const [first = '', second = '', third = '', ...rest] = await pupilCodes('6A1');
    const make = ['make', '--class', '6A1', '--item', 'Nước uống', '--amount', '45k', '--due', '30/11/2026'];
    const except = [
      '--except',
      `${first}=skip`,
      '--except',
      `${second}=exempt`,
      '--except',
      `${third}=30.000`,
    ];
    const dry = await fees(...make, ...except, '--dry-run');
    expect(dry.text).toContain('dry run');
    expect(await db().bill.count()).toBe(0);
    const { code, text } = await fees(...make, ...except);
    expect([code, text]).toEqual([0, expect.stringContaining(`created ${rest.length + 2}`)]);
    expect(text).toContain('chưa khai tài khoản');
    const bills = await db().bill.groupBy({
      by: ['state', 'amount'],
      _count: true,
      orderBy: { amount: 'asc' },
    });
    expect(bills.map((one) => [one.state, one.amount, one._count])).toEqual([
      ['exempt', 0, 1],
      ['open', 30_000, 1],
      ['open', 45_000, rest.length],
    ]);
    expect((await fees(...make, ...except)).text).toContain(`unchanged ${rest.length + 2}`);
  });

  it('makes bills for the whole school', async () => {
    const all = [...(await pupilCodes('6A1')), ...(await pupilCodes('7B'))];
    const { text } = await fees('make', '--item', 'Đồng phục', '--amount', '200.000');
    expect(text).toContain(`created ${all.length}`);
  });

  it('refuses what the law forbids, a stranger’s exception, and bad days', async () => {
    const { code, text } = await fees('make', '--class', '7B', '--item', 'Quỹ lớp', '--amount', '50k');
    expect([code, text]).toEqual([65, expect.stringContaining('Thông tư 55/2011')]);
    const make = ['make', '--class', '7B', '--item', 'Nước uống', '--amount', '45k'];
    for (const more of [
      ['--except', '0000000000=skip'],
      ['--due', '31/02/2026'],
      ['--except', 'x'],
    ])
      expect((await desk.refused(feesCommand, ...make, ...more)).code).toBe('badInput');
  });

  it('names an account, per kind if wished; open bills that had none get it', async () => {
    expect((await desk.refused(feesCommand, 'account', ...ACCOUNT, '--kind', 'x')).code).toBe('badInput');
    expect((await fees('account', ...ACCOUNT)).text).toMatch(/\*\s+Agribank\s+8300201012345/);
    expect(await db().bill.count({ where: { state: 'open', accountId: null } })).toBe(0);
    const own = [
      'account',
      '--bank',
      '970415',
      '--number',
      '1133',
      '--holder',
      'THU HO',
      '--kind',
      'compulsory',
    ];
    await fees(...own);
    await fees(
      'make',
      '--class',
      '7B',
      '--item',
      'Bảo hiểm y tế',
      '--amount',
      '631.800',
      '--due',
      '2026-12-15',
    );
    const [bill] = await db().bill.findMany({ where: { amount: 631_800 }, take: 1 });
    const account = await db().receivingAccount.findUniqueOrThrow({ where: { id: bill?.accountId ?? '' } });
    expect(account.accountNo).toBe('1133');
    await fees('account', '--close', '1133');
    expect(await db().receivingAccount.count({ where: { closedAt: null } })).toBe(1);
  });

  it('connects a bank service: address and a new secret are shown, the secret is kept sealed', async () => {
    const { text } = await fees('connect', '--service', 'sepay');
    expect(text).toMatch(/\/webhooks\/bank\/sepay\/[0-9a-f-]{36}/);
    const secret = /: (\S{43})$/.exec(text)?.[1] ?? '';
    const { rows } = await desk.database.pool.query(
      'select row_to_json(c)::text as line from bank_connection c',
    );
    expect(rows[0].line).not.toContain(secret);
    expect((await desk.refused(feesCommand, 'connect', '--service', 'other')).code).toBe('badInput');
  });

  it('keeps another schedule for a kind, never for what is voluntary', async () => {
    await fees('schedule', '--kind', 'service', '--days=-3,0');
    expect(await db().feeRule.findMany()).toMatchObject([{ kind: 'service', days: [-3, 0] }]);
    expect((await desk.refused(feesCommand, 'schedule', '--kind', 'voluntary', '--days=0')).code).toBe(
      'badInput',
    );
  });

  it('reads a statement, shows what found no bill, and puts it where the cashier says', async () => {
    const bill = await newest();
    const path = join(desk.settings.DATA_DIR, 'sao-ke.xlsx');
    writeFileSync(
      path,
      xlsx([
        ['Ngày', 'Ghi có', 'Nội dung'],
        ['02/11/2026', bill.amount, `${bill.code.slice(0, 7)} nop tien`],
        ['02/11/2026', '70.000', '=HYPERLINK("http://x") ủng hộ'],
      ]),
    );
    expect((await fees('statement', path)).text).toContain('tiền vào mới / new 2');
    const { text } = await fees('payments');
    expect(text).toContain('2 giao dịch chưa rõ khoản thu');
    expect(text).toMatch(new RegExp(`\\? ${bill.code} .*gần giống mã, đúng số tiền`));
    const payment = await db().payment.findFirst({ where: { outcome: 'damagedCode' } });
    const after = await fees('payments', '--match', String(payment?.id), '--code', bill.code.toLowerCase());
    expect(after.text).toContain('1 giao dịch');
    expect((await fees('bill', bill.code)).text).toContain(`đã nộp / paid ${showAmount(bill.amount)}`);
    await fees('payments', '--unmatch', String(payment?.id));
    await fees('payments', '--aside', String(payment?.id));
    expect(await db().payment.findMany({ where: { place: 'aside' } })).toMatchObject([{ id: payment?.id }]);
    const audits = await db().auditEntry.findMany({ where: { action: { startsWith: 'payment.' } } });
    expect(audits.map((one) => one.action)).toEqual(['payment.match', 'payment.unmatch', 'payment.setAside']);
  });

  it('changes, cancels, waives one bill and takes cash for it', async () => {
    const bill = await newest();
    expect((await fees('bill', bill.code, '--amount', '99k', '--due', '05/12/2026')).text).toContain(
      '99.000, đã nộp / paid 0, hạn / due 2026-12-05',
    );
    expect((await fees('bill', bill.code, '--cash', '99k')).text).toContain('paid 99.000');
    expect((await fees('bill', bill.code, '--cancel')).text).toContain('cancelled');
    const other = await newest();
    expect((await fees('bill', other.code, '--exempt')).text).toContain('exempt');
    expect((await desk.refused(feesCommand, 'bill', 'ABC')).code).toBe('notFound');
  });

  it('lists what is overdue, and says of what families are reminded no more', async () => {
    const [late, later] = await db().bill.findMany({
      where: { state: 'open', paid: 0 },
      orderBy: { code: 'desc' },
      take: 2,
    });
    const dueOn = new Date(Date.now() - 20 * 86_400_000);
    await db().bill.update({ where: { id: late?.id ?? '' }, data: { dueOn, nextOn: null } });
    await db().bill.update({ where: { id: later?.id ?? '' }, data: { dueOn, nextOn: new Date() } });
    const { text } = await fees('overdue');
    const lineOf = (code: string | undefined) =>
      text.split('\n').find((line) => line.startsWith(code ?? '?'));
    expect(lineOf(late?.code)).toMatch(/reminded no more$/);
    expect(lineOf(later?.code)).toMatch(/due \d{4}-\d\d-\d\d$/);
  });

  it('shows the table, whose sums agree, and writes it for Excel without formulas', async () => {
    await db().pupil.updateMany({ data: { fullName: '=1+1' } });
    await db().feeItem.updateMany({ where: { name: 'Đồng phục' }, data: { name: '=HYPERLINK("http://x")' } });
    const { code, text } = await fees('table', '--json');
    expect(code).toBe(0);
    const { total } = JSON.parse(text) as { total: Record<string, number> };
    expect(total.issued).toBeGreaterThan(0);
    const { paid = 0, open = 0, cancelled = 0, exempt = 0 } = total;
    expect(paid + open + cancelled + exempt).toBe(total.issued);
    const path = join(desk.settings.DATA_DIR, 'bang.xlsx');
    expect((await fees('table', '--xlsx', path)).text).toContain('Cộng: ');
    const book = read(readFileSync(path), { cellFormula: true });
    expect(book.SheetNames).toEqual(['Tổng hợp', 'Chưa rõ khoản']);
    const cells = book.SheetNames.flatMap((name) =>
      Object.entries(book.Sheets[name] ?? {}).filter(([key]) => !key.startsWith('!')),
    );
    expect(cells.length).toBeGreaterThan(20);
    for (const [, cell] of cells) expect(cell.f).toBeUndefined();
    const rows = utils.sheet_to_json<string[]>(book.Sheets['Tổng hợp'] ?? {}, { header: 1 });
    expect(rows.map((row) => row[1])).toContain(`'=HYPERLINK("http://x")`);
    for (const row of rows) for (const value of row) expect(String(value)).not.toMatch(/^[=+@-]/);
  });
});
