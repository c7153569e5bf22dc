// To which bill a payment belongs. Pure. By its code and nothing else: a name in a memo is a hint for the cashier.

import { codesIn, hasTraceOf, memoKey } from './code.ts';
import { outcomeFor, type PaymentOutcome } from './ledger.ts';

export type PaymentToMatch = { accountNo: string; subAccount: string; amount: number; memo: string };
export type BillToMatch = { id: string; code: string; state: string; amount: number; paid: number };

export type Match = { billId: string | null; outcome: PaymentOutcome };

export type MatchPlace = {
  /** The school's receiving accounts. */
  accounts: ReadonlySet<string>;
  byCode: ReadonlyMap<string, BillToMatch>;
  /** Whether a memo holds a damaged code of an open bill; asked only when no code was found. */
  hasTrace(memo: string): boolean;
};

export function matchPayment(payment: PaymentToMatch, place: MatchPlace): Match {
  const cashier = (outcome: PaymentOutcome): Match => ({ billId: null, outcome });
  if (!place.accounts.has(payment.accountNo) && !place.accounts.has(payment.subAccount))
    return cashier('otherAccount');
  const bills = codesIn(payment.memo).flatMap((code) => place.byCode.get(code) ?? []);
  const [bill, ...others] = bills;
  if (!bill) return cashier(place.hasTrace(payment.memo) ? 'damagedCode' : 'noCode');
  if (others.length) return cashier('severalCodes');
  if (bill.state !== 'open') return cashier('closedBill');
  return { billId: bill.id, outcome: outcomeFor(payment.amount, bill) };
}

/** A code with one wrong symbol still has five right ones in a row. */
const GRAM = 5;

/** Looks up traces of many codes quickly: by pieces of five symbols first. */
export function traceFinder<T extends { code: string }>(bills: readonly T[]): (memo: string) => T[] {
  const byGram = new Map<string, T[]>();
  for (const bill of bills) {
    for (let at = 0; at + GRAM <= bill.code.length; at++) {
      const gram = bill.code.slice(at, at + GRAM);
      byGram.set(gram, [...(byGram.get(gram) ?? []), bill]);
    }
  }
  return (memo) => {
    const key = memoKey(memo);
    const found = new Set<T>();
    for (let at = 0; at + GRAM <= key.length; at++)
      for (const bill of byGram.get(key.slice(at, at + GRAM)) ?? [])
        if (hasTraceOf(bill.code, memo)) found.add(bill);
    return [...found];
  };
}
