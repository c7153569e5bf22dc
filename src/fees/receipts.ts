import type { PlanRules } from '../notices/index.ts';
import type { AccountId } from '../store/ids.ts';
import type { Prisma } from '../store/prisma/client.ts';
import type { BillKind } from '../store/prisma/enums.ts';
import { familyMessages } from './family-message.ts';
import { feeReceipt } from './kinds.ts';
import { choosePayers, type FeeGuardian, guardiansOf, mayHearOf } from './payers.ts';
import { tellGuardians } from './tell.ts';

/** The end of a bank's reference is enough to find it in one's own bank's app. */
const SHOWN_OF_REFERENCE = 4;

export const maskReference = (reference: string): string =>
  reference === '' ? '' : `…${reference.slice(-SHOWN_OF_REFERENCE)}`;

type Row = {
  billId: string;
  pupilId: string;
  child: string;
  className: string;
  item: string;
  period: string;
  kind: BillKind;
  code: string;
  due: number;
  paid: bigint;
  received: bigint;
  at: Date;
  bankRef: string;
};

/**
 * Tells those who were told of a bill that its money has come, whoever sent it; where nobody was told, those who pay.
 * Payments that are with the cashier get none. @returns the lanes to ring
 */
export async function sendReceipts(
  tx: Prisma.TransactionClient,
  rules: PlanRules,
  schoolId: string,
  paymentIds: readonly bigint[],
  now: Date,
): Promise<AccountId[]> {
  if (!paymentIds.length) return [];
  const rows = await tx.$queryRaw<Row[]>`
    select b.id::text as "billId", b.pupil_id::text as "pupilId", p.full_name as child, k.name as "className",
           i.name as item, b.period, i.kind::text as kind, b.code, b.amount as due, b.paid, m.amount as received, m.at, m.bank_ref as "bankRef"
      from payment m join bill b on b.id = m.bill_id join fee_item i on i.id = b.item_id
      join pupil p on p.id = b.pupil_id and p.left_at is null join school_class k on k.id = b.class_id
     where m.id = any(${[...paymentIds]}::bigint[]) order by k.grade, k.name, p.full_name, m.id`;
  const guardians = await guardiansOf(tx, [...new Set(rows.map((row) => row.pupilId))]);
  const toldOf = await whoWasTold(tx, rows, guardians);
  const mayHearNow = mayHearOf(guardians);
  const own = familyMessages(
    rows.flatMap((row) =>
      toldOf(row).map((guardianId) => ({
        guardianId,
        pupilId: row.pupilId,
        child: row.child,
        className: row.className,
        may: mayHearNow(guardianId, row.pupilId),
        matter: row,
      })),
    ),
    (receipts) => ({ receipts: receipts.map(receiptVars) }),
  ).map(({ telling }) => telling);
  if (!own.length) return [];
  return (await tellGuardians(tx, rules, { schoolId, kind: feeReceipt, title: '' }, own, now)).lanes;
}

async function whoWasTold(
  tx: Prisma.TransactionClient,
  rows: readonly Row[],
  guardians: ReadonlyMap<string, readonly FeeGuardian[]>,
): Promise<(row: Row) => readonly string[]> {
  const told = await tx.$queryRaw<{ billId: string; guardianId: string }[]>`
    select distinct t.bill_id::text as "billId", t.guardian_id::text as "guardianId"
      from bill_told t join bill b on b.id = t.bill_id
      join guardianship gs on gs.guardian_id = t.guardian_id and gs.pupil_id = b.pupil_id and gs.closed_at is null
     where t.bill_id = any(${[...new Set(rows.map((row) => row.billId))]}::uuid[])`;
  const byBill = new Map<string, string[]>();
  for (const one of told) byBill.set(one.billId, [...(byBill.get(one.billId) ?? []), one.guardianId]);
  return (row) =>
    byBill.get(row.billId) ?? choosePayers(guardians.get(row.pupilId) ?? []).map((one) => one.guardianId);
}

function receiptVars(row: Row): Prisma.InputJsonObject {
  // What is given freely is neither too little nor too much.
  const voluntary = row.kind === 'voluntary';
  const over = voluntary ? 0 : Number(row.paid) - row.due;
  return {
    item: row.item,
    period: row.period === '' ? null : row.period,
    voluntary,
    code: row.code,
    received: Number(row.received),
    at: row.at.toISOString(),
    bankRef: maskReference(row.bankRef) || null,
    open: over < 0 ? -over : null,
    over: over > 0 ? over : null,
  };
}
