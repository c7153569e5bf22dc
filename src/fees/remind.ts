// Tells families what is to be paid, by the schedule of each bill, and what has become of bills they were told of. Called
// by the sweep; doing it again at once says nothing twice.

import { holdRightsStill, type PlanRules } from '../notices/index.ts';
import type { AccountId } from '../store/ids.ts';
import type { Prisma, PrismaClient } from '../store/prisma/client.ts';
import { holdUntil, schoolDay, schoolMinuteOfDay } from '../time/index.ts';
import { familyMessages } from './family-message.ts';
import { feeChange, feeReminder } from './kinds.ts';
import { choosePayers, type FeeGuardian, guardiansOf, mayHear, mayHearOf } from './payers.ts';
import { daysOf } from './rules.ts';
import { afterTelling } from './schedule.ts';
import { billsWhere, billVars, type ShownBill } from './shown-bill.ts';
import { tellGuardians } from './tell.ts';

/** Nobody is asked for money at night or at dawn, whatever their own hours are. */
const FROM_MIN = 7 * 60;
const TO_MIN = 20 * 60;

export type RemindRules = PlanRules & {
  /** How long new bills wait before families are told, so that several files make one message; ms. */
  settleMs: number;
};

/** @returns the lanes to ring. */
export async function remindBills(db: PrismaClient, rules: RemindRules, now: Date): Promise<AccountId[]> {
  const minute = schoolMinuteOfDay(now);
  if (minute < FROM_MIN || minute >= TO_MIN) return [];
  const schools = await db.$queryRaw<{ id: string }[]>`
    select distinct school_id::text as id from bill where next_on <= ${schoolDay(now)} or news is not null`;
  const lanes = new Set<AccountId>();
  for (const { id } of schools) {
    const made = await db.$transaction((tx) => remindSchool(tx, rules, id, now), { timeout: 120_000 });
    for (const lane of made) lanes.add(lane);
  }
  return [...lanes];
}

async function remindSchool(
  tx: Prisma.TransactionClient,
  rules: RemindRules,
  schoolId: string,
  now: Date,
): Promise<AccountId[]> {
  await holdRightsStill(tx, schoolId);
  // Two processes that sweep at once must not both tell.
  await tx.$queryRaw`select pg_advisory_xact_lock(hashtextextended(${`fees:${schoolId}`}, 0))::text`;
  const changed = await tellNews(tx, rules, schoolId, now);
  const reminded = await tellDue(tx, rules, schoolId, now);
  return [...changed, ...reminded];
}

async function tellDue(
  tx: Prisma.TransactionClient,
  rules: RemindRules,
  schoolId: string,
  now: Date,
): Promise<AccountId[]> {
  const today = schoolDay(now);
  const due = await billsWhere(
    tx,
    `b.school_id = $1::uuid and b.next_on <= $2::date and b.state = 'open' and b.claimed_at is null
     and b.paid < b.amount and b.issued_at <= $3::timestamptz and p.left_at is null`,
    schoolId,
    today,
    new Date(now.getTime() - rules.settleMs),
  );
  if (!due.length) return [];
  const guardians = await guardiansOf(tx, [...new Set(due.map((bill) => bill.pupilId))]);
  const payersOf = (bill: ShownBill) => choosePayers(guardians.get(bill.pupilId) ?? []);
  const busy = await busyGuardians(tx, due.flatMap(payersOf), rules, now);
  // At most one message a day: a bill whose payer has had theirs waits for tomorrow.
  const free = due.filter((bill) => !payersOf(bill).some((one) => busy.has(one.guardianId)));
  const messages = familyMessages(
    free.flatMap((bill) => payersOf(bill).map((payer) => ({ ...toldTo(payer, bill), may: mayHear(payer) }))),
    (bills) => ({ bills: bills.map(billVars), again: bills.some((bill) => bill.step > 0) }),
  );
  const { lanes, told } = await tellGuardians(
    tx,
    rules,
    { schoolId, kind: feeReminder, title: '' },
    messages.map(({ telling }) => telling),
    now,
  );
  const payers = new Map(free.flatMap(payersOf).map((payer) => [payer.guardianId, payer]));
  for (const { recipientId, guardianId, outcome } of told) {
    const payer = payers.get(guardianId);
    const message = messages.find(({ telling, may }) => may && telling.guardianId === guardianId);
    if (!payer || !message || outcome !== 'waiting') continue;
    await tx.billTold.createMany({
      data: message.matters.map(({ id, step }) => ({ billId: id, guardianId, recipientId, step, at: now })),
    });
    await tx.feeDay.create({ data: { guardianId, day: deliveryDay(payer, rules, now), recipientId } });
  }
  await advanceSteps(tx, schoolId, free, today);
  return lanes;
}

const toldTo = ({ guardianId }: { guardianId: string }, bill: ShownBill) => ({
  guardianId,
  pupilId: bill.pupilId,
  child: bill.child,
  className: bill.className,
  matter: bill,
});

/** The day on which a message of now is delivered: quiet hours may hold it till tomorrow. */
function deliveryDay(guardian: FeeGuardian, { quiet }: RemindRules, now: Date): Date {
  return schoolDay(
    holdUntil(now, guardian.quietFromMin ?? quiet.fromMin, guardian.quietToMin ?? quiet.toMin),
  );
}

async function busyGuardians(
  tx: Prisma.TransactionClient,
  guardians: readonly FeeGuardian[],
  rules: RemindRules,
  now: Date,
): Promise<Set<string>> {
  const rows = await tx.feeDay.findMany({
    where: {
      guardianId: { in: [...new Set(guardians.map((one) => one.guardianId))] },
      day: { gte: schoolDay(now) },
    },
  });
  const days = new Set(rows.map((row) => `${row.guardianId}/${row.day.getTime()}`));
  const isBusy = (one: FeeGuardian) =>
    days.has(`${one.guardianId}/${deliveryDay(one, rules, now).getTime()}`);
  return new Set(guardians.filter(isBusy).map((one) => one.guardianId));
}

async function advanceSteps(
  tx: Prisma.TransactionClient,
  schoolId: string,
  bills: readonly ShownBill[],
  today: Date,
): Promise<void> {
  const days = await daysOf(tx, schoolId);
  const after = bills.map((bill) => ({ id: bill.id, ...afterTelling(bill, days(bill.kind), today) }));
  await tx.$executeRaw`
    update bill b set step = x.step, next_on = x.next_on
      from unnest(${after.map((one) => one.id)}::uuid[], ${after.map((one) => one.step)}::int[],
                  ${after.map((one) => one.nextOn)}::date[]) as x(id, step, next_on) where b.id = x.id`;
}

async function tellNews(
  tx: Prisma.TransactionClient,
  rules: RemindRules,
  schoolId: string,
  now: Date,
): Promise<AccountId[]> {
  const bills = await billsWhere(tx, `b.school_id = $1::uuid and b.news is not null`, schoolId);
  if (!bills.length) return [];
  const ids = bills.map((bill) => bill.id);
  const rows = await tx.$queryRaw<{ billId: string; guardianId: string }[]>`
    select distinct t.bill_id::text as "billId", t.guardian_id::text as "guardianId"
      from bill_told t join bill b on b.id = t.bill_id
      join guardianship gs on gs.guardian_id = t.guardian_id and gs.pupil_id = b.pupil_id
     where t.bill_id = any(${ids}::uuid[]) and gs.closed_at is null`;
  const mayHearNow = mayHearOf(await guardiansOf(tx, [...new Set(bills.map((bill) => bill.pupilId))]));
  const messages = familyMessages(
    bills.flatMap((bill) =>
      rows
        .filter((row) => row.billId === bill.id)
        .map((row) => ({ ...toldTo(row, bill), may: mayHearNow(row.guardianId, bill.pupilId) })),
    ),
    (of) => ({ bills: of.map(billVars) }),
  );
  const { lanes, told } = await tellGuardians(
    tx,
    rules,
    { schoolId, kind: feeChange, title: '' },
    messages.map(({ telling }) => telling),
    now,
  );
  const waiting = told.filter((one) => one.outcome === 'waiting');
  for (const { guardianId, recipientId } of waiting) {
    const message = messages.find(({ telling, may }) => may && telling.guardianId === guardianId);
    const of = message?.matters ?? [];
    await tx.billTold.createMany({
      data: of.map(({ id, step, news }) => ({ billId: id, guardianId, recipientId, step, news, at: now })),
    });
  }
  // A correction does not wait; the reminders of its day do.
  await tx.feeDay.createMany({
    data: waiting.map(({ guardianId, recipientId }) => ({ guardianId, recipientId, day: schoolDay(now) })),
    skipDuplicates: true,
  });
  await tx.$executeRaw`update bill set news = null where id = any(${ids}::uuid[])`;
  return lanes;
}
