import { HubError } from '../errors.ts';
import { lockRights } from '../notices/index.ts';
import { audit } from '../security/index.ts';
import type { Prisma, PrismaClient } from '../store/prisma/client.ts';
import type { BillKind } from '../store/prisma/enums.ts';
import { schoolDay } from '../time/index.ts';
import type { Act } from './cashier.ts';
import { afterTelling, DEFAULT_DAYS } from './schedule.ts';

/** When bills of each kind are reminded of in a school: its own rules before the hub's. */
export async function daysOf(
  tx: Prisma.TransactionClient,
  schoolId: string,
): Promise<(kind: BillKind) => readonly number[]> {
  const rows = await tx.feeRule.findMany({ where: { schoolId } });
  const own = new Map(rows.map((row) => [row.kind, row.days]));
  return (kind) => (kind === 'voluntary' ? [] : (own.get(kind) ?? DEFAULT_DAYS[kind]));
}

/** Nobody is asked more often, whatever a school wishes. */
const REMINDERS_MOST = 6;
const FURTHEST_DAYS = 60;

/**
 * Another schedule for a kind: days from the due day, before it below 0. Bills that were told of already go on by it;
 * days that have passed are not made up for. @throws HubError `badInput` for what is voluntary, or for too many or far days
 */
export async function setDays(
  db: PrismaClient,
  { schoolId, actor, at }: Act,
  kind: BillKind,
  days: readonly number[],
): Promise<void> {
  const fits = (day: number) => Number.isInteger(day) && Math.abs(day) <= FURTHEST_DAYS;
  if (kind === 'voluntary' || days.length > REMINDERS_MOST || !days.every(fits))
    throw new HubError('badInput', { problem: kind === 'voluntary' ? 'voluntary' : 'days' });
  await db.$transaction(async (tx) => {
    await lockRights(tx, schoolId);
    const sorted = [...new Set(days)].sort((a, b) => a - b);
    await tx.feeRule.upsert({
      where: { schoolId_kind: { schoolId, kind } },
      create: { schoolId, kind, days: sorted },
      update: { days: sorted },
    });
    const bills = await tx.$queryRaw<{ id: string; dueOn: Date | null }[]>`
      select b.id::text as id, b.due_on as "dueOn" from bill b join fee_item i on i.id = b.item_id
       where b.school_id = ${schoolId}::uuid and i.kind::text = ${kind} and b.state = 'open' and b.step > 0
         and b.claimed_at is null and b.paid < b.amount`;
    const today = schoolDay(at);
    const after = bills.map(({ id, dueOn }) => ({
      id,
      ...afterTelling({ kind, dueOn, step: 1 }, sorted, today),
    }));
    await tx.$executeRaw`
      update bill b set step = x.step, next_on = x.next_on
        from unnest(${after.map((one) => one.id)}::uuid[], ${after.map((one) => one.step)}::int[],
                    ${after.map((one) => one.nextOn)}::date[]) as x(id, step, next_on) where b.id = x.id`;
    await audit(tx, {
      orgUnitId: schoolId,
      at,
      actor,
      action: 'feeRule.set',
      subject: `school:${schoolId}`,
      data: { kind, days: sorted },
    });
  });
}
