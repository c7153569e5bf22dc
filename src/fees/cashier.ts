// What the cashier does by hand. Each act is one transaction with its line in the audit trail.

import { HubError } from '../errors.ts';
import { lockRights, type PlanRules } from '../notices/index.ts';
import { audit } from '../security/index.ts';
import type { AccountId } from '../store/ids.ts';
import type { Prisma, PrismaClient } from '../store/prisma/client.ts';
import { schoolDay } from '../time/index.ts';
import { countPaid, outcomeFor, releasePayments } from './ledger.ts';
import { noteNews, recallMessages } from './recall.ts';
import { sendReceipts } from './receipts.ts';
import { daysOf } from './rules.ts';
import { nextStep } from './schedule.ts';

/** Who acts, for which school. */
export type Act = { schoolId: string; actor: string; at: Date };

type Work<T> = (tx: Prisma.TransactionClient) => Promise<T>;

function act<T>(
  db: PrismaClient,
  { schoolId, actor, at }: Act,
  action: string,
  subject: string,
  data: Prisma.InputJsonObject,
  work: Work<T>,
): Promise<T> {
  return db.$transaction(async (tx) => {
    await lockRights(tx, schoolId);
    const done = await work(tx);
    await audit(tx, { orgUnitId: schoolId, at, actor, action, subject, data });
    return done;
  });
}

/** @throws HubError `notFound` */
async function paymentOf(tx: Prisma.TransactionClient, schoolId: string, id: bigint) {
  const payment = await tx.payment.findFirst({ where: { id, schoolId } });
  if (!payment) throw new HubError('notFound', { what: 'payment' });
  return payment;
}

/** @throws HubError `notFound` */
async function billOf(tx: Prisma.TransactionClient, schoolId: string, id: string) {
  const bill = await tx.bill.findFirst({ where: { id, schoolId } });
  if (!bill) throw new HubError('notFound', { what: 'bill' });
  return bill;
}

/**
 * Puts a payment on a bill. The family gets its receipt.
 * @throws HubError `notFound`; `badInput` when the payment is on a bill already or the bill is not to be paid
 */
export function matchByHand(
  db: PrismaClient,
  rules: PlanRules,
  who: Act,
  paymentId: bigint,
  billId: string,
): Promise<AccountId[]> {
  return act(db, who, 'payment.match', `payment:${paymentId}`, { billId }, async (tx) => {
    const payment = await paymentOf(tx, who.schoolId, paymentId);
    const bill = await billOf(tx, who.schoolId, billId);
    if (payment.place === 'bill') throw new HubError('badInput', { problem: 'payment is on a bill' });
    if (bill.state !== 'open') throw new HubError('badInput', { problem: `bill is ${bill.state}` });
    const outcome = outcomeFor(Number(payment.amount), { amount: bill.amount, paid: Number(bill.paid) });
    await tx.payment.update({
      where: { id: paymentId },
      data: { place: 'bill', billId, outcome, placedBy: who.actor },
    });
    await countPaid(tx, [billId], who.at);
    await recallMessages(tx, [billId], who.at);
    return sendReceipts(tx, rules, who.schoolId, [paymentId], who.at);
  });
}

/** Takes a payment off its bill, back to the cashier's list. A bill that is open again is reminded of again. */
export function unmatch(db: PrismaClient, who: Act, paymentId: bigint): Promise<void> {
  return act(db, who, 'payment.unmatch', `payment:${paymentId}`, {}, async (tx) => {
    const { billId, place } = await paymentOf(tx, who.schoolId, paymentId);
    if (place === 'cashier') throw new HubError('badInput', { problem: 'payment is on no bill' });
    await tx.payment.update({
      where: { id: paymentId },
      data: { place: 'cashier', billId: null, outcome: 'takenBack', placedBy: who.actor },
    });
    if (billId === null) return;
    await countPaid(tx, [billId], who.at);
    await resumeReminders(tx, who, billId);
  });
}

/** No school fee, or given back: out of the list, never out of the books. */
export function setAside(db: PrismaClient, who: Act, paymentId: bigint): Promise<void> {
  return act(db, who, 'payment.setAside', `payment:${paymentId}`, {}, async (tx) => {
    const { place } = await paymentOf(tx, who.schoolId, paymentId);
    if (place !== 'cashier') throw new HubError('badInput', { problem: 'payment is not with the cashier' });
    await tx.payment.update({
      where: { id: paymentId },
      data: { place: 'aside', outcome: 'setAside', placedBy: who.actor },
    });
  });
}

/** Money that was paid at the counter. */
export function takeCash(
  db: PrismaClient,
  rules: PlanRules,
  who: Act,
  billId: string,
  amount: number,
): Promise<AccountId[]> {
  return act(db, who, 'payment.cash', `bill:${billId}`, { amount }, async (tx) => {
    const bill = await billOf(tx, who.schoolId, billId);
    if (bill.state !== 'open' || !Number.isSafeInteger(amount) || amount <= 0)
      throw new HubError('badInput', { problem: bill.state === 'open' ? 'amount' : `bill is ${bill.state}` });
    const outcome = outcomeFor(amount, { amount: bill.amount, paid: Number(bill.paid) });
    const { id } = await tx.payment.create({
      data: {
        schoolId: who.schoolId,
        source: 'cash',
        accountNo: '',
        amount: BigInt(amount),
        memo: '',
        memoKey: '',
        bankRef: '',
        at: who.at,
        day: schoolDay(who.at),
        place: 'bill',
        billId,
        outcome,
        placedBy: who.actor,
        receivedAt: who.at,
      },
    });
    await countPaid(tx, [billId], who.at);
    await recallMessages(tx, [billId], who.at);
    return sendReceipts(tx, rules, who.schoolId, [id], who.at);
  });
}

/** Ends a bill. Those who were told hear of it; money that was paid for it goes to the cashier. */
export function closeBill(
  db: PrismaClient,
  who: Act,
  billId: string,
  state: 'cancelled' | 'exempt',
): Promise<void> {
  return act(db, who, `bill.${state}`, `bill:${billId}`, {}, async (tx) => {
    const bill = await billOf(tx, who.schoolId, billId);
    if (bill.state === state) return;
    const { count } = await tx.bill.updateMany({
      where: { id: billId },
      data: { state, nextOn: null, claimedAt: null, changedAt: who.at },
    });
    if (!count) return;
    await resolveClaims(tx, billId, who.at);
    await releasePayments(tx, [billId], who.at);
    await recallMessages(tx, [billId], who.at);
    await noteNews(tx, [billId], state);
  });
}

/** Another amount or due day for a bill; the code stays. Those who were told hear of it. */
export function changeBill(
  db: PrismaClient,
  who: Act,
  billId: string,
  to: { amount: number; dueOn: Date | null },
): Promise<void> {
  return act(db, who, 'bill.change', `bill:${billId}`, { amount: to.amount }, async (tx) => {
    const bill = await billOf(tx, who.schoolId, billId);
    if (bill.state !== 'open' || !Number.isSafeInteger(to.amount) || to.amount <= 0)
      throw new HubError('badInput', { problem: bill.state === 'open' ? 'amount' : `bill is ${bill.state}` });
    // What is given freely is never due.
    const { kind } = await tx.feeItem.findUniqueOrThrow({ where: { id: bill.itemId } });
    const dueOn = kind === 'voluntary' ? null : to.dueOn;
    await tx.bill.update({ where: { id: billId }, data: { amount: to.amount, dueOn, changedAt: who.at } });
    await countPaid(tx, [billId], who.at);
    await resumeReminders(tx, who, billId);
    await recallMessages(tx, [billId], who.at);
    await noteNews(tx, [billId], 'changed');
  });
}

/** The cashier has looked at "Đã nộp / được miễn giảm" and it is not so: reminders go on. */
export function refuseClaim(db: PrismaClient, who: Act, billId: string): Promise<void> {
  return act(db, who, 'bill.refuseClaim', `bill:${billId}`, {}, async (tx) => {
    await billOf(tx, who.schoolId, billId);
    await resolveClaims(tx, billId, who.at);
    await tx.bill.update({ where: { id: billId }, data: { claimedAt: null } });
    await resumeReminders(tx, who, billId);
  });
}

async function resolveClaims(tx: Prisma.TransactionClient, billId: string, at: Date): Promise<void> {
  await tx.billClaim.updateMany({ where: { billId, resolvedAt: null }, data: { resolvedAt: at } });
}

/** When a bill that is to be paid (again) is reminded of next. */
async function resumeReminders(
  tx: Prisma.TransactionClient,
  { schoolId, at }: Act,
  billId: string,
): Promise<void> {
  const bill = await billOf(tx, schoolId, billId);
  const { kind } = await tx.feeItem.findUniqueOrThrow({ where: { id: bill.itemId } });
  const isOpen = bill.state === 'open' && bill.claimedAt === null && bill.paid < BigInt(bill.amount);
  const days = await daysOf(tx, schoolId);
  const next = isOpen ? nextStep({ ...bill, kind }, days(kind), schoolDay(at)) : null;
  await tx.bill.update({ where: { id: billId }, data: { nextOn: next?.on ?? null } });
}
