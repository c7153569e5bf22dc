import { fold } from '../school/index.ts';
import type { Prisma } from '../store/prisma/client.ts';
import { codesIn } from './code.ts';
import type { PaymentOutcome } from './ledger.ts';
import { traceFinder } from './match.ts';
import { billsWhere, type ShownBill } from './shown-bill.ts';

/** Why a bill is thought of; the strongest first. None of them is a proof: a person decides. */
export type Hint = 'code' | 'trace' | 'name' | 'amount';

export type Candidate = { bill: ShownBill; hints: Hint[] };

export type UnmatchedPayment = {
  id: bigint;
  amount: number;
  at: Date;
  memo: string;
  bankRef: string;
  source: string;
  outcome: PaymentOutcome;
  candidates: Candidate[];
};

const CANDIDATES_MOST = 5;
/** A name alone or an amount alone says little; a code or a piece of one says much. */
const WEIGHTS: Record<Hint, number> = { code: 8, trace: 4, name: 2, amount: 1 };

/**
 * The cashier's list: payments that are on no bill, the oldest first, each with the bills that it may be for: by a code
 * or a piece of one, by the pupil's name in the memo, by the amount. A bill that only shares an amount with many others
 * is no candidate.
 */
export async function unmatchedPayments(
  tx: Prisma.TransactionClient,
  schoolId: string,
): Promise<UnmatchedPayment[]> {
  const payments = await tx.payment.findMany({
    where: { schoolId, place: 'cashier' },
    orderBy: [{ at: 'asc' }, { id: 'asc' }],
  });
  if (!payments.length) return [];
  const bills = await billsWhere(tx, `b.school_id = $1::uuid and b.state = 'open'`, schoolId);
  const open = bills.filter((bill) => bill.paid < bill.amount);
  const tracesIn = traceFinder(bills);
  return payments.map(({ id, amount, at, memo, bankRef, source, outcome }) => ({
    id,
    amount: Number(amount),
    at,
    memo,
    bankRef,
    source,
    outcome: outcome as PaymentOutcome,
    candidates: candidatesFor({ memo, amount: Number(amount) }, bills, open, tracesIn),
  }));
}

/** Pure; see unmatchedPayments. */
function candidatesFor(
  { memo, amount }: { memo: string; amount: number },
  bills: readonly ShownBill[],
  open: readonly ShownBill[],
  tracesIn: (memo: string) => ShownBill[],
): Candidate[] {
  const hints = new Map<ShownBill, Set<Hint>>();
  const hint = (bill: ShownBill, why: Hint) => hints.set(bill, (hints.get(bill) ?? new Set()).add(why));
  const codes = new Set(codesIn(memo));
  for (const bill of bills) if (codes.has(bill.code)) hint(bill, 'code');
  for (const bill of tracesIn(memo)) hint(bill, 'trace');
  const words = ` ${fold(memo).replace(/[^a-z0-9]+/g, ' ')} `;
  for (const bill of open) if (words.includes(` ${fold(bill.child)} `)) hint(bill, 'name');
  const same = open.filter((bill) => bill.amount - bill.paid === amount);
  for (const bill of same) if (hints.has(bill) || same.length <= CANDIDATES_MOST) hint(bill, 'amount');
  const weight = (of: ReadonlySet<Hint>) => [...of].reduce((sum, why) => sum + WEIGHTS[why], 0);
  return [...hints]
    .sort(([, a], [, b]) => weight(b) - weight(a))
    .slice(0, CANDIDATES_MOST)
    .map(([bill, of]) => ({ bill, hints: [...of].sort((a, b) => WEIGHTS[b] - WEIGHTS[a]) }));
}
