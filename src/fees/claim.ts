import { lockRights } from '../notices/index.ts';
import type { PrismaClient } from '../store/prisma/client.ts';
import { recallMessages } from './recall.ts';

/**
 * A guardian says that bills are paid or waived: no more reminders of them, also of those that are planned, until the
 * cashier has looked. It is a question and no proof: the bills stay open.
 * @returns how many bills it was about; those that are paid or closed already do not count
 */
export async function claimBills(
  db: PrismaClient,
  schoolId: string,
  guardianId: string,
  billIds: readonly string[],
  now: Date,
): Promise<number> {
  return db.$transaction(async (tx) => {
    await lockRights(tx, schoolId);
    const open = await tx.$queryRaw<{ id: string }[]>`
      update bill b set claimed_at = coalesce(b.claimed_at, ${now}), next_on = null
       where b.id = any(${[...billIds]}::uuid[]) and b.school_id = ${schoolId}::uuid and b.state = 'open' and b.paid < b.amount
         and exists (select from guardianship gs where gs.pupil_id = b.pupil_id and gs.guardian_id = ${guardianId}::uuid
                        and gs.closed_at is null and gs.can_pay)
      returning b.id::text as id`;
    const ids = open.map((row) => row.id);
    const asked = await tx.billClaim.findMany({
      where: { billId: { in: ids }, resolvedAt: null },
      select: { billId: true },
    });
    const fresh = ids.filter((id) => !asked.some((one) => one.billId === id));
    await tx.billClaim.createMany({
      data: fresh.map((billId) => ({ schoolId, billId, guardianId, at: now })),
    });
    await recallMessages(tx, ids, now);
    return ids.length;
  });
}
