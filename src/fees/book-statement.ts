import { lockRights, type PlanRules } from '../notices/index.ts';
import { audit } from '../security/index.ts';
import type { Prisma } from '../store/prisma/client.ts';
import type { Act } from './cashier.ts';
import { type Booked, bookPayments } from './take-payments.ts';

/** Whom a receipt reaches, and when: as for every notice. */
export type BookRules = PlanRules;

/** One line of a bank's statement. */
export type StatementLine = {
  direction: 'in' | 'out';
  /** Whole đồng above 0. */
  amount: number;
  memo: string;
  bankRef: string;
  at: Date;
};

/**
 * Brings a bank statement into the books, in the caller's transaction. What a service has told already counts once, and
 * so does the same statement a second time.
 */
export async function bookStatement(
  tx: Prisma.TransactionClient,
  rules: BookRules,
  { schoolId, actor, at }: Act,
  accountNo: string,
  lines: readonly StatementLine[],
): Promise<Booked> {
  await lockRights(tx, schoolId);
  const told = lines.map((line) => ({ ...line, externalId: '', accountNo, subAccount: '' }));
  const booked = await bookPayments(tx, rules, { schoolId, source: 'statement', told }, at);
  await audit(tx, {
    orgUnitId: schoolId,
    at,
    actor,
    action: 'statement.book',
    subject: `school:${schoolId}`,
    data: { lines: lines.length, ...booked.counts },
  });
  return booked;
}
