// Fees: bills that are paid from the message and close themselves.
//
// In: bill lists that ingest has read, and what banks tell (services' webhooks, statements). Out: bills with their payment
// codes, notices to the guardians who pay (with a VietQR picture), receipts, the cashier's figures. It promises: a bill is
// one pupil, one item, one period; every payment is in exactly one place and the sums are right to the đồng; nothing is
// paid by a name alone; reminders stop at once when a bill is paid, claimed, waived or cancelled; who is exempt is a flag,
// and why is kept nowhere. It reads no files, knows no marks, and sends nothing itself.
export {
  BANK_SERVICES,
  bankWebhookPath,
  connectBank,
  type NewConnection,
  type WebhookResult,
} from './accept-webhook.ts';
export { addAccount, closeAccount, type NewAccount } from './accounts.ts';
export { type ApplyBills, applyBills } from './apply-bills.ts';
export { allBanks, type Bank, bankName, findBank } from './banks.ts';
export type { BillFact, BillOutcome, BillReason, BillRemark, BillResult } from './bill-facts.ts';
export { billPicture, type PicturedBill } from './bill-picture.ts';
export { type BookRules, bookStatement, type StatementLine } from './book-statement.ts';
export {
  type Act,
  changeBill,
  closeBill,
  matchByHand,
  refuseClaim,
  setAside,
  takeCash,
  unmatch,
} from './cashier.ts';
export { claimBills } from './claim.ts';
export { codesIn, hasTraceOf, isCode, newCode } from './code.ts';
export { feeWorkbook, TABLE_COLUMNS } from './fee-workbook.ts';
export { type FeeFigures, type FeeTable, type FigureLine, feeTable, type PaymentPlaces } from './figures.ts';
export { isFeeName, type JudgedItem, judgeItem } from './items.ts';
export { FEE_KINDS } from './kinds.ts';
export type { PaymentOutcome } from './ledger.ts';
export { type BillException, type MakeBills, makeBills } from './make-bills.ts';
export { readAmount, showAmount } from './money.ts';
export { type OpenClaim, openClaims } from './open-claims.ts';
export { answerButton, type Fees, type FeesPorts, openFees } from './open-fees.ts';
export { type OverdueBill, overdueBills } from './overdue-bills.ts';
export type { BillPlan } from './plan-bills.ts';
export { type RemindRules, remindBills } from './remind.ts';
export { setDays } from './rules.ts';
export { type Booked, takePayments } from './take-payments.ts';
export { FEE_WORDS } from './topic.ts';
export { type Candidate, type Hint, type UnmatchedPayment, unmatchedPayments } from './unmatched.ts';
export { crc16, type Transfer, vietQr } from './vietqr.ts';
