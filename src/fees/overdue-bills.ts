import type { Prisma } from '../store/prisma/client.ts';
import { schoolDay } from '../time/index.ts';
import { billsWhere, type ShownBill } from './shown-bill.ts';

/** A bill past its due day; `left` when it is reminded of no more, so that only the cashier can go on with it. */
export type OverdueBill = { bill: ShownBill; left: boolean };

/** The cashier's list of what is overdue and not claimed: class by class. */
export async function overdueBills(
  tx: Prisma.TransactionClient,
  schoolId: string,
  now: Date,
): Promise<OverdueBill[]> {
  const overdue = `b.school_id = $1::uuid and b.state = 'open' and b.claimed_at is null and b.paid < b.amount
    and b.due_on < $2::date`;
  const all = await billsWhere(tx, overdue, schoolId, schoolDay(now));
  const left = await billsWhere(tx, `${overdue} and b.next_on is null`, schoolId, schoolDay(now));
  const ids = new Set(left.map((bill) => bill.id));
  return all.map((bill) => ({ bill, left: ids.has(bill.id) }));
}
