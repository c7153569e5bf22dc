import { putOff } from '../outbox/index.ts';
import type { Prisma, PrismaClient } from '../store/prisma/client.ts';
import type { ContactState } from '../store/prisma/enums.ts';
import { moveItems } from './digest-items.ts';
import type { PlanRules } from './plan.ts';
import { lockRights } from './rights.ts';

// How a guardian wishes to be told whatever the matter: at which hours, from when on, by which contact first. Safety
// notices go by none of it.

type Wish = { quietFromMin: number; quietToMin: number } | { pausedUntil: Date | null };

/** Quiet hours (minutes since midnight; both the same: none) or a pause. At once, also for what waits already. */
export async function setWish(
  db: PrismaClient,
  rules: PlanRules,
  guardian: { schoolId: string; guardianId: string },
  wish: Wish,
  now: Date,
): Promise<void> {
  await db.$transaction(async (tx) => {
    await lockRights(tx, guardian.schoolId);
    const where = { id: guardian.guardianId };
    const { pausedUntil } = await tx.guardian.findUniqueOrThrow({ where, select: { pausedUntil: true } });
    await tx.guardian.update({ where, data: wish });
    if ('pausedUntil' in wish) await moveItems(tx, guardian.guardianId, pausedUntil, now);
    await putOff(tx, guardian.guardianId, { ...rules.quiet, retryMs: rules.retryMs }, now);
  });
}

/** Which contact is tried first from now on; the others keep their order. False: it is not this guardian's. */
export async function preferContact(
  db: PrismaClient,
  { schoolId, guardianId, contactId }: { schoolId: string; guardianId: string; contactId: string },
): Promise<boolean> {
  return db.$transaction(async (tx) => {
    await lockRights(tx, schoolId);
    const contacts = await activeContacts(tx, guardianId);
    const first = contacts.find((one) => one.id === contactId);
    if (!first) return false;
    const order = [first, ...contacts.filter((one) => one !== first)];
    for (const [position, { id }] of order.entries())
      await tx.contact.update({ where: { id }, data: { position } });
    return true;
  });
}

/** The contacts by which a guardian can be told now, in the order in which they are tried; or those of other states too. */
export function activeContacts(
  db: Prisma.TransactionClient,
  guardianId: string,
  states: readonly ContactState[] = ['active'],
): Promise<{ id: string; channel: string; address: string; state: ContactState; accountId: string }[]> {
  return db.contact.findMany({
    where: { guardianId, state: { in: [...states] } },
    orderBy: [{ position: 'asc' }, { createdAt: 'asc' }, { id: 'asc' }],
    select: { id: true, channel: true, address: true, state: true, accountId: true },
  });
}
