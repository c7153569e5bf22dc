import { lockRights } from '../notices/index.ts';
import { fold } from '../school/index.ts';
import { audit } from '../security/index.ts';
import type { Prisma } from '../store/prisma/client.ts';
import { schoolDay } from '../time/index.ts';
import type { BillFact } from './bill-facts.ts';
import { newCode, prefixOf } from './code.ts';
import { releasePayments } from './ledger.ts';
import { type BillPlan, type BillsBefore, type PlannedBill, planBills } from './plan-bills.ts';
import { noteNews, recallMessages } from './recall.ts';
import { daysOf } from './rules.ts';
import { nextStep } from './schedule.ts';

export type ApplyBills = {
  schoolId: string;
  facts: readonly BillFact[];
  at: Date;
  /** "staff:<id>" or "cli"; stands in the audit. */
  actor: string;
  dryRun: boolean;
};

/**
 * Brings a school's bills to what a list says, in the caller's transaction. Bills that the list does not name stay. The
 * same list a second time changes nothing.
 */
export async function applyBills(tx: Prisma.TransactionClient, options: ApplyBills): Promise<BillPlan> {
  await lockRights(tx, options.schoolId);
  const before = await loadBefore(tx, options);
  const plan = planBills(options.facts, before);
  await warnOfNoAccount(tx, options.schoolId, before, plan);
  if (!options.dryRun && plan.bills.length + plan.bases.size) await write(tx, options, plan);
  return plan;
}

/** Said once for the whole list: families would be asked to come to the school with cash. */
async function warnOfNoAccount(
  tx: Prisma.TransactionClient,
  schoolId: string,
  before: BillsBefore,
  plan: BillPlan,
): Promise<void> {
  const accounts = await tx.receivingAccount.findMany({
    where: { schoolId, closedAt: null },
    select: { kind: true },
  });
  const kinds = new Map([...before.items, ...plan.items].map((item) => [item.nameKey, item.kind]));
  const lacks = ({ itemKey, state, before: old }: PlannedBill) =>
    old === null &&
    state === 'open' &&
    !accounts.some(({ kind }) => kind === null || kind === kinds.get(itemKey));
  if (plan.bills.some(lacks)) plan.warnings.push({ row: 0, column: '', value: '', code: 'noAccount' });
}

async function loadBefore(
  tx: Prisma.TransactionClient,
  { schoolId, facts }: ApplyBills,
): Promise<BillsBefore> {
  const codes = [...new Set(facts.map((fact) => fact.pupilCode))];
  const pupils = await tx.$queryRaw<BillsBefore['pupils'][number][]>`
    select p.id::text as id, p.code, p.full_name as "fullName", p.name_key as "nameKey",
           (select e.class_id::text from enrolment e
              join school_class k on k.id = e.class_id
              join school_year y on y.id = k.school_year_id and y.current
             where e.pupil_id = p.id and e.closed_at is null and p.left_at is null
             order by e.id desc limit 1) as "classId"
      from pupil p where p.school_id = ${schoolId}::uuid and p.code = any(${codes})`;
  const items = await tx.feeItem.findMany({
    where: { schoolId },
    select: { id: true, nameKey: true, kind: true, legalBasis: true },
  });
  const bills = await tx.$queryRaw<BillsBefore['bills'][number][]>`
    select id::text as id, pupil_id::text as "pupilId", item_id::text as "itemId", period_key as "periodKey", amount,
           to_char(due_on, 'YYYY-MM-DD') as "dueOn", state
      from bill where pupil_id = any(${pupils.map((pupil) => pupil.id)}::uuid[])`;
  return { pupils, items, bills };
}

async function write(tx: Prisma.TransactionClient, options: ApplyBills, plan: BillPlan): Promise<void> {
  const { schoolId, at, actor } = options;
  await tx.feeItem.createMany({
    data: plan.items.map((item) => ({ ...item, schoolId, prefix: prefixOf(fold(item.name)) })),
  });
  for (const [nameKey, legalBasis] of plan.bases)
    await tx.feeItem.updateMany({ where: { schoolId, nameKey }, data: { legalBasis } });
  const added = plan.bills.filter((bill) => bill.before === null);
  const changed = plan.bills.flatMap((bill) => (bill.before ? [{ ...bill, id: bill.before.id }] : []));
  if (added.length) await insert(tx, options, added);
  if (changed.length) await update(tx, options, changed);
  await audit(tx, {
    orgUnitId: schoolId,
    at,
    actor,
    action: 'bills.apply',
    subject: `school:${schoolId}`,
    data: { added: added.length, changed: changed.length, bases: plan.bases.size },
  });
}

/**
 * A statement takes 32 767 values. What is more, Prisma would cut itself, and send the pieces at the same time through the
 * one connection of the transaction.
 */
const ROWS_AT_ONCE = 1000;

async function insert(
  tx: Prisma.TransactionClient,
  { schoolId, at }: ApplyBills,
  bills: readonly PlannedBill[],
): Promise<void> {
  const items = new Map(
    (await tx.feeItem.findMany({ where: { schoolId } })).map((item) => [item.nameKey, item]),
  );
  const accounts = await tx.receivingAccount.findMany({
    where: { schoolId, closedAt: null },
    orderBy: { createdAt: 'desc' },
  });
  const accountFor = (kind: string) =>
    (accounts.find((one) => one.kind === kind) ?? accounts.find((one) => one.kind === null))?.id ?? null;
  const taken = new Set<string>();
  const freshCode = (prefix: string): string => {
    const code = newCode(prefix);
    if (taken.has(code)) return freshCode(prefix);
    taken.add(code);
    return code;
  };
  const today = schoolDay(at);
  const rows = bills.map(({ pupil, itemKey, period, periodKey, amount, dueOn, state }) => {
    const item = items.get(itemKey);
    if (!item) throw new Error('an item of the plan was not written');
    return {
      schoolId,
      pupilId: pupil.id,
      classId: pupil.classId,
      itemId: item.id,
      period,
      periodKey,
      amount,
      dueOn: dueOn === null ? null : new Date(dueOn),
      accountId: accountFor(item.kind),
      code: freshCode(item.prefix),
      state,
      nextOn: state === 'open' ? today : null,
      issuedAt: at,
      changedAt: at,
    };
  });
  for (let from = 0; from < rows.length; from += ROWS_AT_ONCE)
    await tx.bill.createMany({ data: rows.slice(from, from + ROWS_AT_ONCE) });
}

async function update(
  tx: Prisma.TransactionClient,
  { schoolId, at }: ApplyBills,
  bills: readonly (PlannedBill & { id: string })[],
): Promise<void> {
  const days = await daysOf(tx, schoolId);
  const items = await tx.feeItem.findMany({ where: { schoolId }, select: { id: true, kind: true } });
  const kinds = new Map(items.map((item) => [item.id, item.kind]));
  for (const { id, amount, dueOn, state } of bills) {
    const due = dueOn === null ? null : new Date(dueOn);
    const { step, itemId } = await tx.bill.update({
      where: { id },
      data: { amount, dueOn: due, state, changedAt: at },
      select: { step: true, itemId: true },
    });
    const kind = kinds.get(itemId) ?? 'service';
    const next = nextStep({ kind, dueOn: due, step }, days(kind), schoolDay(at));
    await tx.bill.update({ where: { id }, data: { nextOn: state === 'open' ? (next?.on ?? null) : null } });
  }
  const ids = bills.map((bill) => bill.id);
  const exempt = bills.filter((bill) => bill.state === 'exempt').map((bill) => bill.id);
  await releasePayments(tx, exempt, at);
  // Reminded of no more where it is paid already, in spite of the new amount.
  await tx.$executeRaw`
    update bill set next_on = null where id = any(${ids}::uuid[]) and (paid >= amount or claimed_at is not null)`;
  await recallMessages(tx, ids, at);
  for (const news of ['exempt', 'reopened', 'changed'] as const) {
    const of = bills.filter((bill) => newsOf(bill) === news).map((bill) => bill.id);
    if (of.length) await noteNews(tx, of, news);
  }
}

function newsOf({ state, before }: PlannedBill): 'exempt' | 'reopened' | 'changed' {
  if (before?.state === state) return 'changed';
  return state === 'exempt' ? 'exempt' : 'reopened';
}
