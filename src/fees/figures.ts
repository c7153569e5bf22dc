import type { Prisma } from '../store/prisma/client.ts';
import { schoolDay } from '../time/index.ts';

/**
 * Sums of bills, whole đồng: issued = paid + open + cancelled + exempt, always. What came in beyond a bill's amount is
 * `over`, and no part of `paid`.
 */
export type FeeFigures = {
  bills: number;
  issued: number;
  paid: number;
  open: number;
  cancelled: number;
  exempt: number;
  over: number;
  /** How many bills are paid in full, in part, and past their due day with something open. */
  paidBills: number;
  partPaidBills: number;
  overdueBills: number;
  /** What is open on overdue bills. */
  overdue: number;
  /** How many wait for the cashier's look at "Đã nộp / được miễn giảm". */
  claims: number;
};

export type FigureLine = FeeFigures & { className: string; item: string; period: string };

/** Where a school's payments are; count and whole đồng. Their sum is all that ever came in. */
export type PaymentPlaces = Record<'bill' | 'cashier' | 'aside', { count: number; amount: number }>;

export type FeeTable = { lines: FigureLine[]; total: FeeFigures; payments: PaymentPlaces };

const NAMES = [
  'bills',
  'issued',
  'paid',
  'open',
  'cancelled',
  'exempt',
  'over',
  'paidBills',
  'partPaidBills',
  'overdueBills',
  'overdue',
  'claims',
] as const satisfies readonly (keyof FeeFigures)[];

/** The cashier's figures per class, item and period. @param period only this one, as it is written; left out: all */
export async function feeTable(
  tx: Prisma.TransactionClient,
  schoolId: string,
  now: Date,
  period?: string,
): Promise<FeeTable> {
  const rows = await tx.$queryRaw<
    (Record<keyof FeeFigures, bigint> & { className: string; item: string; period: string })[]
  >`
    select k.name as "className", i.name as item, min(b.period) as period, count(*) as bills,
           coalesce(sum(b.amount), 0)::bigint as issued,
           coalesce(sum(least(b.paid, b.amount)) filter (where b.state = 'open'), 0)::bigint as paid,
           coalesce(sum(greatest(b.amount - b.paid, 0)) filter (where b.state = 'open'), 0)::bigint as open,
           coalesce(sum(b.amount) filter (where b.state = 'cancelled'), 0)::bigint as cancelled,
           coalesce(sum(b.amount) filter (where b.state = 'exempt'), 0)::bigint as exempt,
           coalesce(sum(greatest(b.paid - b.amount, 0)) filter (where b.state = 'open'), 0)::bigint as over,
           count(*) filter (where b.state = 'open' and b.paid >= b.amount) as "paidBills",
           count(*) filter (where b.state = 'open' and b.paid > 0 and b.paid < b.amount) as "partPaidBills",
           count(*) filter (where b.state = 'open' and b.paid < b.amount and b.due_on < ${schoolDay(now)}) as "overdueBills",
           coalesce(sum(b.amount - b.paid)
             filter (where b.state = 'open' and b.paid < b.amount and b.due_on < ${schoolDay(now)}), 0)::bigint as overdue,
           count(*) filter (where b.state = 'open' and b.claimed_at is not null) as claims
      from bill b join school_class k on k.id = b.class_id join fee_item i on i.id = b.item_id
     where b.school_id = ${schoolId}::uuid and (${period ?? null}::text is null or b.period = ${period ?? null}::text)
     group by k.id, i.id, b.period_key order by k.grade, k.name, i.name, min(b.period)`;
  const lines = rows.map((row) => ({
    className: row.className,
    item: row.item,
    period: row.period,
    ...figures((name) => Number(row[name])),
  }));
  return {
    lines,
    total: figures((name) => lines.reduce((sum, line) => sum + line[name], 0)),
    payments: await paymentPlaces(tx, schoolId),
  };
}

const figures = (of: (name: keyof FeeFigures) => number): FeeFigures =>
  Object.fromEntries(NAMES.map((name) => [name, of(name)])) as FeeFigures;

async function paymentPlaces(tx: Prisma.TransactionClient, schoolId: string): Promise<PaymentPlaces> {
  const rows = await tx.$queryRaw<{ place: keyof PaymentPlaces; count: bigint; amount: bigint }[]>`
    select place, count(*) as count, sum(amount)::bigint as amount from payment
     where school_id = ${schoolId}::uuid group by place`;
  const of = (place: keyof PaymentPlaces) => {
    const row = rows.find((one) => one.place === place);
    return { count: Number(row?.count ?? 0), amount: Number(row?.amount ?? 0) };
  };
  return { bill: of('bill'), cashier: of('cashier'), aside: of('aside') };
}
