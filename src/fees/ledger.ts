// Where the money is. Every payment is in exactly one place: on a bill, with the cashier, or set aside; a bill's `paid` is
// the sum of the payments that are on it. Both are written here only, under the school's lock (lockRights).

import type { Prisma } from '../store/prisma/client.ts';

/** Why a payment is where it is. */
export type PaymentOutcome =
  /** Pays a bill to the đồng, alone or as the rest. */
  | 'exact'
  | 'rest'
  /** Less than is still open. */
  | 'less'
  /** More than is still open. */
  | 'more'
  /** For a bill that was paid already. */
  | 'second'
  /** With the cashier: */
  | 'noCode'
  | 'damagedCode'
  | 'severalCodes'
  | 'closedBill'
  | 'otherAccount'
  | 'takenBack'
  /** No school fee, or given back. */
  | 'setAside';

/** What a payment means for a bill. Pure. @param paid before it */
export function outcomeFor(amount: number, bill: { amount: number; paid: number }): PaymentOutcome {
  const open = bill.amount - bill.paid;
  if (open <= 0) return 'second';
  if (amount < open) return 'less';
  if (amount > open) return 'more';
  return bill.paid === 0 ? 'exact' : 'rest';
}

/** Brings `paid` of bills to the sum of their payments; a paid bill has no next step. */
export async function countPaid(
  tx: Prisma.TransactionClient,
  billIds: readonly string[],
  now: Date,
): Promise<void> {
  if (!billIds.length) return;
  await tx.$executeRaw`
    update bill b set paid = x.paid, next_on = case when x.paid >= b.amount then null else b.next_on end,
           claimed_at = case when x.paid >= b.amount then null else b.claimed_at end
      from (select u.id, coalesce(sum(p.amount), 0)::bigint as paid
              from unnest(${[...billIds]}::uuid[]) as u(id) left join payment p on p.bill_id = u.id group by u.id) x
     where b.id = x.id`;
  await tx.$executeRaw`
    update bill_claim c set resolved_at = ${now} from bill b
     where c.bill_id = b.id and c.resolved_at is null and b.id = any(${[...billIds]}::uuid[]) and b.paid >= b.amount`;
}

/** A bill that is not to be paid any more keeps no money: it goes to the cashier. */
export async function releasePayments(
  tx: Prisma.TransactionClient,
  billIds: readonly string[],
  now: Date,
): Promise<void> {
  if (!billIds.length) return;
  await tx.$executeRaw`
    update payment set place = 'cashier', bill_id = null, outcome = 'closedBill', placed_by = 'hub'
     where bill_id = any(${[...billIds]}::uuid[])`;
  await countPaid(tx, billIds, now);
}
