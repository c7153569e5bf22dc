// From what banks tell to payments in their places: read, counted once, matched, receipted. In the background of the
// webhooks: what was taken is worked on until it is done, whatever dies meanwhile.

import { lockRights, type PlanRules } from '../notices/index.ts';
import type { AccountId } from '../store/ids.ts';
import type { Prisma, PrismaClient } from '../store/prisma/client.ts';
import { schoolDay } from '../time/index.ts';
import { BANK_SERVICES } from './accept-webhook.ts';
import type { BankTold } from './bank-told.ts';
import { codesIn, memoKey } from './code.ts';
import { BOOKED_LATER_DAYS, type Known, sortKnown } from './known-payments.ts';
import { countPaid } from './ledger.ts';
import { type BillToMatch, type Match, matchPayment, traceFinder } from './match.ts';
import { recallMessages } from './recall.ts';
import { sendReceipts } from './receipts.ts';
import { addDays } from './schedule.ts';

/** Events of one transaction: large enough to share its cost, small enough that notices of the school do not wait. */
const BATCH = 500;

/** Works on everything that waits. @returns the lanes to ring, and how many events were worked on. */
export async function takePayments(
  db: PrismaClient,
  rules: PlanRules,
  now: () => Date,
): Promise<{ lanes: AccountId[]; events: number }> {
  const lanes = new Set<AccountId>();
  let events = 0;
  for (;;) {
    const [next] = await db.$queryRaw<{ schoolId: string }[]>`
      select school_id::text as "schoolId" from bank_event where handled_at is null order by id limit 1`;
    if (!next) return { lanes: [...lanes], events };
    const done = await db.$transaction((tx) => takeSome(tx, rules, next.schoolId, now()), {
      timeout: 120_000,
    });
    for (const lane of done.lanes) lanes.add(lane);
    events += done.events;
  }
}

async function takeSome(
  tx: Prisma.TransactionClient,
  rules: PlanRules,
  schoolId: string,
  now: Date,
): Promise<{ lanes: AccountId[]; events: number }> {
  await lockRights(tx, schoolId);
  const rows = await tx.$queryRaw<{ id: bigint; provider: string; payload: unknown }[]>`
    select e.id, c.provider, e.payload from bank_event e join bank_connection c on c.id = e.connection_id
     where e.school_id = ${schoolId}::uuid and e.handled_at is null order by e.id limit ${BATCH}`;
  const lanes = new Set<AccountId>();
  for (const provider of new Set(rows.map((row) => row.provider))) {
    const told = rows
      .filter((row) => row.provider === provider)
      .flatMap((row) => BANK_SERVICES.get(provider)?.read(row.payload) ?? []);
    const made = await bookPayments(tx, rules, { schoolId, source: provider, told }, now);
    for (const lane of made.lanes) lanes.add(lane);
  }
  await tx.$executeRaw`
    update bank_event set handled_at = ${now} where id = any(${rows.map((row) => row.id)}::bigint[])`;
  return { lanes: [...lanes], events: rows.length };
}

export type Booked = {
  lanes: AccountId[];
  counts: { fresh: number; known: number; matched: number; out: number };
};

/** Brings movements of money into the books. The caller holds the school's rights alone (lockRights). */
export async function bookPayments(
  tx: Prisma.TransactionClient,
  rules: PlanRules,
  { schoolId, source, told }: { schoolId: string; source: string; told: readonly BankTold[] },
  now: Date,
): Promise<Booked> {
  const incoming = told
    .filter((one) => one.direction === 'in')
    .map((one) => ({ ...one, day: dayText(one.at), memoKey: memoKey(one.memo) }));
  const { fresh, twins } = sortKnown(incoming, source, await knownLike(tx, schoolId, source, incoming));
  for (const { id, source: alsoFrom, day } of twins)
    await tx.payment.update({ where: { id: BigInt(id) }, data: { alsoFrom, alsoDay: new Date(day) } });
  const matches = await matchAll(tx, schoolId, fresh);
  const ids = await insertPayments(tx, schoolId, source, fresh, matches, now);
  const billIds = [...new Set(matches.flatMap((match) => match.billId ?? []))];
  await countPaid(tx, billIds, now);
  await recallMessages(tx, billIds, now);
  const lanes = await sendReceipts(tx, rules, schoolId, ids, now);
  const matched = matches.filter((match) => match.billId !== null).length;
  return {
    lanes,
    counts: {
      fresh: fresh.length,
      known: incoming.length - fresh.length,
      matched,
      out: told.length - incoming.length,
    },
  };
}

const dayText = (at: Date): string => schoolDay(at).toISOString().slice(0, 10);

type Fresh = BankTold & { day: string; memoKey: string };

/** The days of these and those on which the other teller may have them. */
function daysAround(incoming: readonly Fresh[]): string[] {
  const days = [...new Set(incoming.map((one) => one.day))];
  const around = Array.from({ length: 2 * BOOKED_LATER_DAYS + 1 }, (_, index) => index - BOOKED_LATER_DAYS);
  return [...new Set(days.flatMap((day) => around.map((by) => dayText(addDays(new Date(day), by)))))];
}

/** What may be the same as these: a service speaks of what a statement has told, or repeats a reference. */
async function knownLike(
  tx: Prisma.TransactionClient,
  schoolId: string,
  source: string,
  incoming: readonly Fresh[],
): Promise<Known[]> {
  if (!incoming.length) return [];
  const rows = await tx.$queryRaw<(Omit<Known, 'amount'> & { amount: bigint })[]>`
    select id::text as id, account_no as "accountNo", amount, to_char(day, 'YYYY-MM-DD') as day, memo_key as "memoKey",
           bank_ref as "bankRef", source, also_from as "alsoFrom", to_char(also_day, 'YYYY-MM-DD') as "alsoDay"
      from payment
     where school_id = ${schoolId}::uuid and account_no = any(${[...new Set(incoming.map((one) => one.accountNo))]})
       and day = any(${daysAround(incoming)}::date[])
       and (${source} = 'statement' or source = 'statement'
            or bank_ref = any(${incoming.map((one) => one.bankRef).filter(Boolean)}))
     order by id`;
  return rows.map((row) => ({ ...row, amount: Number(row.amount) }));
}

async function matchAll(
  tx: Prisma.TransactionClient,
  schoolId: string,
  payments: readonly Fresh[],
): Promise<Match[]> {
  if (!payments.length) return [];
  const accounts = await tx.receivingAccount.findMany({ where: { schoolId }, select: { accountNo: true } });
  const codes = [...new Set(payments.flatMap((one) => codesIn(one.memo)))];
  const found = await tx.bill.findMany({
    where: { schoolId, code: { in: codes } },
    select: { id: true, code: true, state: true, amount: true, paid: true },
  });
  const bills: BillToMatch[] = found.map((bill) => ({ ...bill, paid: Number(bill.paid) }));
  const byCode = new Map(bills.map((bill) => [bill.code, bill]));
  const withoutCode = payments.some((one) => !codesIn(one.memo).some((code) => byCode.has(code)));
  const open = withoutCode
    ? await tx.bill.findMany({ where: { schoolId, state: 'open' }, select: { code: true } })
    : [];
  const tracesIn = traceFinder(open);
  const place = {
    accounts: new Set(accounts.map((one) => one.accountNo)),
    byCode,
    hasTrace: (memo: string) => tracesIn(memo).length > 0,
  };
  return payments.map((payment) => {
    const match = matchPayment(payment, place);
    const bill = match.billId === null ? undefined : bills.find((one) => one.id === match.billId);
    // The next one of this batch finds the bill as this one leaves it.
    if (bill) bill.paid += payment.amount;
    return match;
  });
}

async function insertPayments(
  tx: Prisma.TransactionClient,
  schoolId: string,
  source: string,
  payments: readonly Fresh[],
  matches: readonly Match[],
  now: Date,
): Promise<bigint[]> {
  if (!payments.length) return [];
  const rows = await tx.payment.createManyAndReturn({
    data: payments.map((one, index) => {
      const { billId = null, outcome = 'noCode' } = matches[index] ?? {};
      return {
        schoolId,
        source,
        accountNo: one.accountNo,
        amount: BigInt(one.amount),
        memo: one.memo,
        memoKey: one.memoKey,
        bankRef: one.bankRef,
        at: one.at,
        day: new Date(one.day),
        place: billId === null ? 'cashier' : 'bill',
        billId,
        outcome,
        placedBy: 'hub',
        receivedAt: now,
      };
    }),
    select: { id: true },
  });
  return rows.map((row) => row.id);
}
