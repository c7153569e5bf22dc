import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CODE_ALPHABET } from '../../src/fees/code.ts';
import {
  changeBill,
  claimBills,
  closeBill,
  feeTable,
  matchByHand,
  setAside,
  takeCash,
  unmatch,
  unmatchedPayments,
} from '../../src/fees/index.ts';
import type { Database } from '../../src/store/index.ts';
import { rules, testDatabase } from '../harness/index.ts';
import { type FeeSchool, feeSchool } from './fee-school.ts';

let database: Database;
let at: FeeSchool;
let family: Awaited<ReturnType<FeeSchool['school']['family']>>;
let bill: string;
let code: string;
beforeAll(async () => {
  database = await testDatabase();
});
beforeEach(async () => {
  await database.pool.query('update bill set next_on = null, news = null');
  at = await feeSchool(database);
  family = await at.school.family({ children: ['Nông Thị Mai'] });
  bill = await at.bill(at.childOf(family));
  code = await at.codeOf(bill);
});

const who = () => ({ schoolId: at.school.id, actor: 'staff:cashier', at: at.now() });
const payments = async () =>
  (await at.db.payment.findMany({ where: { schoolId: at.school.id }, orderBy: { id: 'asc' } })).map(
    ({ place, billId, outcome, amount, placedBy }) => ({
      place,
      billId,
      outcome,
      amount: Number(amount),
      placedBy,
    }),
  );
const lastPayment = async () =>
  (await at.db.payment.findFirstOrThrow({ where: { schoolId: at.school.id }, orderBy: { id: 'desc' } })).id;
type Part = { name: string; className: string; bills?: object[]; receipts?: object[] };
const partsOf = (vars: Record<string, unknown> | undefined) => (vars?.parts ?? []) as Part[];
/** The first child of a receipt with the first of its payments. */
const childOf = (vars: Record<string, unknown>) => {
  const [{ name, className, receipts: [receipt] = [] } = { name: '', className: '' }] = partsOf(vars);
  return { child: name, className, ...receipt };
};
const receipts = async () =>
  (await at.messages('feeReceipt')).map(({ guardianId, vars }) => ({
    guardianId,
    ...childOf(vars),
  }));
const table = () => at.db.$transaction((tx) => feeTable(tx, at.school.id, at.now()));
const list = () => at.db.$transaction((tx) => unmatchedPayments(tx, at.school.id));

describe('A payment with the code of a bill', () => {
  it('to the đồng pays it, and its family gets a receipt with the end of the bank’s reference only', async () => {
    await at.pay({ amount: 450_000, memo: `${code} chuyen tien`, ref: 'FT26324000777' });
    expect(await payments()).toMatchObject([{ place: 'bill', billId: bill, outcome: 'exact' }]);
    expect(await at.billRow(bill)).toMatchObject({ paid: 450_000, nextOn: null });
    expect(await receipts()).toEqual([
      {
        guardianId: family.guardianId,
        child: 'Nông Thị Mai',
        className: '6A1',
        item: 'Tiền ăn bán trú',
        period: 'Tháng 11',
        voluntary: false,
        code,
        received: 450_000,
        at: '2026-11-02T01:15:30.000Z',
        bankRef: '…0777',
        open: null,
        over: null,
      },
    ]);
    expect((await table()).total).toMatchObject({ issued: 450_000, paid: 450_000, open: 0, paidBills: 1 });
  });

  it('of less pays a part; the rest is told, reminded of, and paid by a second one', async () => {
    await at.day(0);
    await at.deliver();
    await at.pay({ amount: 200_000, memo: code });
    expect(await at.billRow(bill)).toMatchObject({ paid: 200_000 });
    expect(await receipts()).toMatchObject([{ received: 200_000, open: 250_000 }]);
    expect((await table()).total).toMatchObject({ paid: 200_000, open: 250_000, partPaidBills: 1 });
    await at.day(21);
    expect(partsOf((await at.messages('feeReminder'))[1]?.vars)[0]?.bills).toMatchObject([
      { open: 250_000, partPaid: 200_000 },
    ]);
    await at.pay({ amount: 250_000, memo: code });
    expect((await payments()).map((one) => one.outcome)).toEqual(['less', 'rest']);
    expect((await receipts())[1]).toMatchObject({ received: 250_000, open: null });
    expect((await table()).total).toMatchObject({ paid: 450_000, open: 0, paidBills: 1, partPaidBills: 0 });
  });

  it('of more pays it, and what is too much is told and counted', async () => {
    await at.pay({ amount: 500_000, memo: code });
    expect((await payments())[0]).toMatchObject({ place: 'bill', outcome: 'more' });
    expect(await receipts()).toMatchObject([{ received: 500_000, open: null, over: 50_000 }]);
    expect((await table()).total).toMatchObject({ paid: 450_000, open: 0, over: 50_000 });
  });

  it('that comes a second time is too much, and told so', async () => {
    await at.pay({ amount: 450_000, memo: code });
    await at.pay({ amount: 450_000, memo: code });
    expect((await payments()).map((one) => one.outcome)).toEqual(['exact', 'second']);
    expect((await receipts()).map((one) => (one as { over?: unknown }).over)).toEqual([null, 450_000]);
    expect((await table()).total).toMatchObject({ paid: 450_000, over: 450_000 });
  });

  it.each(['cancelled', 'exempt'] as const)(
    'that is %s goes to the cashier, without a receipt',
    async (state) => {
      await closeBill(at.db, who(), bill, state);
      await at.pay({ amount: 450_000, memo: code });
      expect(await payments()).toMatchObject([{ place: 'cashier', billId: null, outcome: 'closedBill' }]);
      expect(await receipts()).toEqual([]);
      expect((await table()).payments.cashier).toEqual({ count: 1, amount: 450_000 });
    },
  );

  it('of another bill too goes to the cashier, who decides', async () => {
    const other = await at.codeOf(await at.bill(at.childOf(family), { item: 'Nước uống' }));
    await at.pay({ amount: 900_000, memo: `${code} ${other}` });
    expect(await payments()).toMatchObject([{ place: 'cashier', outcome: 'severalCodes' }]);
    expect((await list())[0]?.candidates.map((one) => one.hints[0])).toEqual(['code', 'code']);
  });

  it('on an account that is not the school’s goes to the cashier', async () => {
    await at.pay({ amount: 450_000, memo: code, account: '999' });
    expect(await payments()).toMatchObject([{ place: 'cashier', outcome: 'otherAccount' }]);
  });
});

describe('A memo', () => {
  it.each<[string, (code: string) => string]>([
    ['in small letters', (text) => text.toLowerCase()],
    [
      'with the bank’s text around it and no space between',
      (text) => `MBVCB.123456.NONGTHIMAI${text}CTLNHIDI`,
    ],
    [
      'with spaces and signs within',
      (text) => `${text.slice(0, 4)} ${text.slice(4, 7)}.${text.slice(7)}-GD 123`,
    ],
  ])('%s still names the bill', async (_what, mangle) => {
    await at.pay({ amount: 450_000, memo: mangle(code) });
    expect(await payments()).toMatchObject([{ place: 'bill', billId: bill, outcome: 'exact' }]);
  });

  const wrongSymbol = (text: string) => {
    const next = (CODE_ALPHABET.indexOf(text.charAt(5)) + 1) % CODE_ALPHABET.length;
    return `${text.slice(0, 5)}${CODE_ALPHABET.charAt(next)}${text.slice(6)}`;
  };
  it.each<[string, (code: string) => string]>([
    ['with one wrong symbol', wrongSymbol],
    ['that the bank has cut', (text) => `NOP TIEN ${text.slice(0, 7)}`],
    ['whose beginning is lost', (text) => text.slice(3)],
  ])('%s pays nothing: the cashier gets it with the bill as a candidate', async (_what, mangle) => {
    await at.pay({ amount: 450_000, memo: mangle(code) });
    expect(await payments()).toMatchObject([{ place: 'cashier', outcome: 'damagedCode' }]);
    expect(await list()).toMatchObject([
      {
        amount: 450_000,
        outcome: 'damagedCode',
        candidates: [{ bill: { id: bill }, hints: ['trace', 'amount'] }],
      },
    ]);
    expect(await receipts()).toEqual([]);
  });

  it('with the child’s name and the right amount pays nothing by that alone', async () => {
    await at.bill(at.childOf(await at.school.family({ children: ['Bế Văn Tú'] })));
    await at.pay({ amount: 450_000, memo: 'Nong Thi Mai 6A1 nop tien an' });
    expect(await payments()).toMatchObject([{ place: 'cashier', outcome: 'noCode' }]);
    expect(await at.billRow(bill)).toMatchObject({ paid: 0 });
    expect((await list())[0]?.candidates.map((one) => [one.bill.child, one.hints])).toEqual([
      ['Nông Thị Mai', ['name', 'amount']],
      ['Bế Văn Tú', ['amount']],
    ]);
  });

  it('that says nothing has no candidates where many owe the same', async () => {
    for (let count = 0; count < 6; count++) await at.bill(at.childOf(await at.school.family()));
    await at.pay({ amount: 450_000, memo: 'chuyen tien' });
    expect((await list())[0]?.candidates).toEqual([]);
  });
});

describe('The cashier', () => {
  const acts = async () =>
    (
      await at.db.auditEntry.findMany({
        where: { orgUnitId: at.school.id, action: { startsWith: 'payment.' } },
        orderBy: { id: 'asc' },
      })
    ).map(({ actor, action, subject }) => [actor, action, subject]);

  it('puts a payment on a bill by hand: receipt, no more reminders, a line in the audit', async () => {
    await at.day(0);
    await at.pay({ amount: 450_000, memo: 'nop tien cho chau' });
    const id = await lastPayment();
    await matchByHand(at.db, rules, who(), id, bill);
    expect(await payments()).toMatchObject([
      { place: 'bill', billId: bill, outcome: 'exact', placedBy: 'staff:cashier' },
    ]);
    expect((await at.messages('feeReminder')).map((one) => one.state)).toEqual(['cancelled']);
    expect(await receipts()).toMatchObject([{ guardianId: family.guardianId, received: 450_000 }]);
    expect(await list()).toEqual([]);
    expect(await acts()).toEqual([['staff:cashier', 'payment.match', `payment:${id}`]]);
  });

  it('takes it off again: the bill is open and is reminded of', async () => {
    await at.day(0);
    await at.deliver();
    await at.pay({ amount: 450_000, memo: code });
    const id = await lastPayment();
    await unmatch(at.db, who(), id);
    expect(await payments()).toMatchObject([{ place: 'cashier', billId: null, outcome: 'takenBack' }]);
    expect(await at.billRow(bill)).toMatchObject({ paid: 0, nextOn: new Date('2026-11-23') });
    expect(await acts()).toEqual([['staff:cashier', 'payment.unmatch', `payment:${id}`]]);
    await at.day(21);
    expect(await at.messages('feeReminder')).toHaveLength(2);
  });

  it('sets aside what is no school fee, and takes it back into the list', async () => {
    await at.pay({ amount: 70_000, memo: 'ung ho thu vien' });
    const id = await lastPayment();
    await setAside(at.db, who(), id);
    expect(await list()).toEqual([]);
    expect((await table()).payments).toMatchObject({ aside: { count: 1, amount: 70_000 } });
    await unmatch(at.db, who(), id);
    expect(await list()).toMatchObject([{ id }]);
    expect((await acts()).map(([, action]) => action)).toEqual(['payment.setAside', 'payment.unmatch']);
  });

  it('takes cash: the bill is paid and receipted like any other', async () => {
    await takeCash(at.db, rules, who(), bill, 450_000);
    expect(await at.billRow(bill)).toMatchObject({ paid: 450_000 });
    expect(await receipts()).toMatchObject([{ received: 450_000, bankRef: null }]);
    expect(await acts()).toEqual([['staff:cashier', 'payment.cash', `bill:${bill}`]]);
  });

  it('cannot put a payment on two bills, on one that is closed, or on another school’s', async () => {
    await at.pay({ amount: 450_000, memo: code });
    const paid = await lastPayment();
    const refused = { code: 'badInput' };
    await expect(matchByHand(at.db, rules, who(), paid, bill)).rejects.toMatchObject(refused);
    await at.pay({ amount: 1000, memo: '' });
    const free = await lastPayment();
    const closed = await at.bill(at.childOf(family), { item: 'Nước uống' });
    await closeBill(at.db, who(), closed, 'cancelled');
    await expect(matchByHand(at.db, rules, who(), free, closed)).rejects.toMatchObject(refused);
    const other = await feeSchool(database);
    const foreign = await other.bill(other.childOf(await other.school.family()));
    await expect(matchByHand(at.db, rules, who(), free, foreign)).rejects.toMatchObject({ code: 'notFound' });
    await expect(
      matchByHand(at.db, rules, { ...who(), schoolId: other.school.id }, free, foreign),
    ).rejects.toMatchObject({ code: 'notFound' });
    expect((await payments()).map((one) => one.place)).toEqual(['bill', 'cashier']);
  });

  it('who closes a paid bill has its money in the list', async () => {
    await at.pay({ amount: 450_000, memo: code });
    await closeBill(at.db, who(), bill, 'cancelled');
    expect(await payments()).toMatchObject([{ place: 'cashier', outcome: 'closedBill' }]);
    expect((await table()).total).toMatchObject({ issued: 450_000, cancelled: 450_000, paid: 0, open: 0 });
  });
});

describe('A receipt', () => {
  it('of what is given freely thanks for it: nothing is left to pay, and nothing was too much', async () => {
    for (const amount of [20_000, 100_000]) {
      const gift = await at.bill(at.childOf(family), { item: `Ủng hộ bão lụt ${amount}`, amount: 50_000 });
      await at.pay({ amount, memo: await at.codeOf(gift) });
    }
    const thanks = { voluntary: true, open: null, over: null };
    expect(await receipts()).toMatchObject([
      { received: 20_000, ...thanks },
      { received: 100_000, ...thanks },
    ]);
  });

  it('goes to those who were told of the bill, and to no other guardian or family', async () => {
    const father = await at.school.family({ of: family.pupilIds });
    await at.school.family({ children: ['Nông Thị Mai'] });
    await at.day(0);
    await at.deliver();
    const told = (await at.messages('feeReminder')).map((one) => one.guardianId);
    expect(told).toHaveLength(1);
    expect([family.guardianId, father.guardianId]).toContain(told[0]);
    await at.pay({ amount: 450_000, memo: code });
    expect((await receipts()).map((one) => one.guardianId)).toEqual(told);
  });

  it('comes when a claimed bill is paid after all, and the question is closed', async () => {
    await claimBills(at.db, at.school.id, family.guardianId, [bill], at.now());
    await at.pay({ amount: 450_000, memo: code });
    expect(await at.billRow(bill)).toMatchObject({ claimedAt: null, paid: 450_000 });
    expect(await at.db.billClaim.count({ where: { billId: bill, resolvedAt: null } })).toBe(0);
    expect(await receipts()).toHaveLength(1);
  });
});

describe('A bill that was paid', () => {
  it('and costs more now is open with the difference', async () => {
    await at.day(0);
    await at.deliver();
    await at.pay({ amount: 450_000, memo: code });
    await changeBill(at.db, who(), bill, { amount: 500_000, dueOn: new Date('2026-11-30') });
    await at.fees.tick();
    expect((await table()).total).toMatchObject({ issued: 500_000, paid: 450_000, open: 50_000 });
    await at.day(21);
    expect(partsOf((await at.messages('feeReminder'))[1]?.vars)[0]?.bills).toMatchObject([{ open: 50_000 }]);
  });
});
