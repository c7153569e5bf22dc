import type { Prisma } from '../store/prisma/client.ts';
import type { BillKind } from '../store/prisma/enums.ts';
import { bankName } from './banks.ts';

/** A bill with all that is said of it. */
export type ShownBill = {
  id: string;
  pupilId: string;
  child: string;
  className: string;
  item: string;
  kind: BillKind;
  legalBasis: string;
  period: string;
  amount: number;
  paid: number;
  dueOn: Date | null;
  code: string;
  state: string;
  step: number;
  claimed: boolean;
  news: string | null;
  bankBin: string | null;
  accountNo: string | null;
  holder: string | null;
};

type Row = Omit<ShownBill, 'paid'> & { paid: bigint };

const SELECT = `
select b.id::text as id, b.pupil_id::text as "pupilId", p.full_name as child, k.name as "className", i.name as item,
       i.kind::text as kind, i.legal_basis as "legalBasis", b.period, b.amount, b.paid, b.due_on as "dueOn", b.code,
       b.state, b.step::int as step, b.claimed_at is not null as claimed, b.news, a.bank_bin as "bankBin",
       a.account_no as "accountNo", a.holder
  from bill b
  join fee_item i on i.id = b.item_id
  join pupil p on p.id = b.pupil_id
  join school_class k on k.id = b.class_id
  left join receiving_account a on a.id = b.account_id`;

/** Bills with what is said of them, children and then items in order. `where` speaks of b, p and i; trusted text. */
export async function billsWhere(
  tx: Prisma.TransactionClient,
  where: string,
  ...values: unknown[]
): Promise<ShownBill[]> {
  const rows = await tx.$queryRawUnsafe<Row[]>(
    `${SELECT} where ${where} order by k.grade, k.name, p.full_name, p.id, b.due_on nulls last, i.name, b.id`,
    ...values,
  );
  return rows.map((row) => ({ ...row, paid: Number(row.paid) }));
}

/** What a template says of a bill. Amounts are whole đồng; the open one is what the payer owes now. */
export function billVars(bill: ShownBill): Prisma.InputJsonObject {
  return {
    id: bill.id,
    item: bill.item,
    period: bill.period === '' ? null : bill.period,
    amount: bill.amount,
    open: Math.max(0, bill.amount - bill.paid),
    partPaid: bill.paid > 0 && bill.paid < bill.amount ? bill.paid : null,
    dueOn: bill.dueOn?.toISOString().slice(0, 10) ?? null,
    voluntary: bill.kind === 'voluntary',
    news: bill.news,
    code: bill.code,
    bankBin: bill.bankBin,
    bank: bill.bankBin === null ? null : bankName(bill.bankBin),
    accountNo: bill.accountNo,
    holder: bill.holder,
  };
}
