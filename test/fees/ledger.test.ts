// Whatever happens to bills and payments, in whatever order: the sums stay right and every payment is in one place.

import fc from 'fast-check';
import { beforeAll, expect, it } from 'vitest';
import { HubError } from '../../src/errors.ts';
import {
  applyBills,
  changeBill,
  claimBills,
  closeBill,
  feeTable,
  matchByHand,
  refuseClaim,
  setAside,
  takeCash,
  unmatch,
} from '../../src/fees/index.ts';
import type { Database } from '../../src/store/index.ts';
import { type Family, rules, testDatabase } from '../harness/index.ts';
import { type FeeSchool, feeSchool } from './fee-school.ts';

const RUNS = 12;
const ITEMS = ['Tiền ăn bán trú', 'Nước uống', 'Bảo hiểm y tế'];
const AMOUNTS = [45_000, 450_000, 631_800];

let database: Database;
beforeAll(async () => {
  database = await testDatabase();
});

type Step =
  | { do: 'bill'; child: number; item: number; amount: number; exempt: boolean }
  | { do: 'pay'; bill: number; amount: number; memo: 'right' | 'cut' | 'none' | 'two' }
  | { do: 'replay' }
  | { do: 'cash' | 'change'; bill: number; amount: number }
  | { do: 'cancel' | 'exempt' | 'claim' | 'refuseClaim'; bill: number }
  | { do: 'match'; payment: number; bill: number }
  | { do: 'unmatch' | 'setAside'; payment: number }
  | { do: 'remind' };

const nth = fc.nat({ max: 20 });
const amount = fc.constantFrom(...AMOUNTS);
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    do: fc.constant('bill' as const),
    child: nth,
    item: fc.nat({ max: 2 }),
    amount,
    exempt: fc.boolean(),
  }),
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('pay' as const),
      bill: nth,
      amount,
      memo: fc.constantFrom(
        'right' as const,
        'right' as const,
        'cut' as const,
        'none' as const,
        'two' as const,
      ),
    }),
  },
  fc.constant({ do: 'replay' as const }),
  fc.record({ do: fc.constantFrom('cash' as const, 'change' as const), bill: nth, amount }),
  fc.record({
    do: fc.constantFrom('cancel' as const, 'exempt' as const, 'claim' as const, 'refuseClaim' as const),
    bill: nth,
  }),
  fc.record({ do: fc.constant('match' as const), payment: nth, bill: nth }),
  fc.record({ do: fc.constantFrom('unmatch' as const, 'setAside' as const), payment: nth }),
  fc.constant({ do: 'remind' as const }),
);

type Told = Parameters<FeeSchool['sepayCall']>[0];
type World = { at: FeeSchool; families: Family[]; told: Told[]; received: number };

const pick = <T>(all: readonly T[], index: number): T | undefined => all[index % Math.max(1, all.length)];

async function carryOut(world: World, one: Step): Promise<void> {
  const { at, families } = world;
  const schoolId = at.school.id;
  const who = { schoolId, actor: 'cli', at: at.now() };
  const bills = await at.db.bill.findMany({ where: { schoolId }, orderBy: { code: 'asc' } });
  const payments = await at.db.payment.findMany({ where: { schoolId }, orderBy: { id: 'asc' } });
  const bill = 'bill' in one ? pick(bills, one.bill) : undefined;
  const payment = 'payment' in one ? pick(payments, one.payment) : undefined;
  switch (one.do) {
    case 'bill': {
      const pupilId = pick(families, one.child)?.pupilIds[0] ?? '';
      const { code: pupilCode } = await at.db.pupil.findUniqueOrThrow({ where: { id: pupilId } });
      const columns = { code: '', fullName: '', item: '', dueOn: '' };
      const item = ITEMS[one.item] ?? '';
      const fact = { row: 0, pupilCode, fullName: '', note: '', columns, period: '11', dueOn: '2026-11-30' };
      const facts = [{ ...fact, item, amount: one.amount, exempt: one.exempt }];
      await at.db.$transaction((tx) =>
        applyBills(tx, { schoolId, facts, at: at.now(), actor: 'cli', dryRun: false }),
      );
      return;
    }
    case 'pay': {
      if (!bill) return;
      const other = pick(bills, one.bill + 1)?.code ?? '';
      const memo = {
        right: bill.code,
        cut: bill.code.slice(0, 7),
        none: 'nop tien',
        two: `${bill.code} ${other}`,
      };
      const told = { id: 10_000 + world.told.length, amount: one.amount, memo: memo[one.memo] };
      world.told.push(told);
      world.received += one.amount;
      return at.pay(told);
    }
    case 'replay':
      for (const told of world.told.slice(-2)) await at.pay(told);
      return;
    case 'cash':
      if (bill?.state !== 'open') return;
      world.received += one.amount;
      return void (await takeCash(at.db, rules, who, bill.id, one.amount));
    case 'change':
      if (bill) await changeBill(at.db, who, bill.id, { amount: one.amount, dueOn: new Date('2026-12-05') });
      return;
    case 'cancel':
      if (bill) await closeBill(at.db, who, bill.id, 'cancelled');
      return;
    case 'exempt':
      if (bill) await closeBill(at.db, who, bill.id, 'exempt');
      return;
    case 'claim':
      if (bill)
        for (const { guardianId } of families)
          await claimBills(at.db, schoolId, guardianId, [bill.id], at.now());
      return;
    case 'refuseClaim':
      if (bill) await refuseClaim(at.db, who, bill.id);
      return;
    case 'match':
      if (bill && payment) await matchByHand(at.db, rules, who, payment.id, bill.id);
      return;
    case 'unmatch':
      if (payment) await unmatch(at.db, who, payment.id);
      return;
    case 'setAside':
      if (payment) await setAside(at.db, who, payment.id);
      return;
    case 'remind':
      return at.fees.tick();
  }
}

/** The sums, counted by hand from the rows, and the cashier's table beside them. */
async function check({ at, received }: World): Promise<void> {
  const bills = (await at.db.bill.findMany({ where: { schoolId: at.school.id } })).map((bill) => ({
    ...bill,
    paid: Number(bill.paid),
  }));
  const payments = await at.db.payment.findMany({ where: { schoolId: at.school.id } });
  const sum = (values: number[]) => values.reduce((all, one) => all + one, 0);
  const of = (state: string) => bills.filter((bill) => bill.state === state);
  const issued = sum(bills.map((bill) => bill.amount));
  const paid = sum(of('open').map((bill) => Math.min(bill.paid, bill.amount)));
  const open = sum(of('open').map((bill) => Math.max(0, bill.amount - bill.paid)));
  const cancelled = sum(of('cancelled').map((bill) => bill.amount));
  const exempt = sum(of('exempt').map((bill) => bill.amount));
  const over = sum(of('open').map((bill) => Math.max(0, bill.paid - bill.amount)));
  expect(paid + open + cancelled + exempt).toBe(issued);
  const { total, payments: places } = await at.db.$transaction((tx) => feeTable(tx, at.school.id, at.now()));
  expect(total).toMatchObject({ issued, paid, open, cancelled, exempt, over });

  for (const bill of bills) {
    const own = payments.filter((one) => one.billId === bill.id);
    expect(bill.paid).toBe(sum(own.map((one) => Number(one.amount))));
    if (bill.state !== 'open') expect(own).toEqual([]);
    // A bill that is settled, claimed or closed has no next reminder.
    if (bill.state !== 'open' || bill.claimedAt || bill.paid >= bill.amount) expect(bill.nextOn).toBeNull();
  }
  for (const one of payments) expect(one.billId === null).toBe(one.place !== 'bill');
  expect(sum(payments.map((one) => Number(one.amount)))).toBe(received);
  expect(places.bill.amount + places.cashier.amount + places.aside.amount).toBe(received);
  expect(places.bill.amount).toBe(paid + over);
}

it('the sum of bills is paid + open + cancelled + exempt, and every payment is in exactly one place', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 8, maxLength: 24 }), async (steps) => {
      await database.pool.query('update bill set next_on = null, news = null');
      const at = await feeSchool(database);
      const families = [await at.school.family(), await at.school.family()];
      const world: World = { at, families, told: [], received: 0 };
      // Nothing can happen without a bill.
      await carryOut(world, { do: 'bill', child: 0, item: 0, amount: 450_000, exempt: false });
      for (const one of steps) {
        await carryOut(world, one).catch((error: unknown) => {
          // What cannot be done is refused, and must have changed nothing.
          if (!(error instanceof HubError)) throw error;
        });
        await check(world);
      }
    }),
    { numRuns: RUNS, interruptAfterTimeLimit: 60_000, markInterruptAsFailure: false },
  );
}, 120_000);
