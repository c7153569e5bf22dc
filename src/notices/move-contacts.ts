import { cancelForbidden, moveWaiting } from '../outbox/index.ts';
import { audit } from '../security/index.ts';
import type { RecipientId } from '../store/ids.ts';
import type { Prisma, PrismaClient } from '../store/prisma/client.ts';
import { lockRights } from './rights.ts';

type Moved = { id: string; schoolId: string; guardianId: string; accountId: string };

/**
 * The provider says that an address has become another one (a group that became a supergroup; facts/zalo-telegram.md
 * §5.3). The contacts and what waits for them go to the new one, so that only the send that found out was refused.
 * Doing it again changes nothing.
 * @returns recipients who need another way, because their guardian has the new address already: see advance().
 */
export async function moveContacts(
  db: PrismaClient,
  where: { accountId: string; address: string },
  newAddress: string,
  now: Date,
): Promise<RecipientId[]> {
  const contacts = await db.contact.findMany({ where, select: { id: true, schoolId: true } });
  const left: RecipientId[] = [];
  for (const { id, schoolId } of contacts) {
    left.push(
      ...(await db.$transaction(async (tx) => {
        await lockRights(tx, schoolId);
        // As it is under the lock: two lanes' worth of news about one chat do the work once.
        const contact = await tx.contact.findFirst({ where: { id, ...where } });
        return contact ? moveOne(tx, contact, newAddress, now) : [];
      })),
    );
  }
  return left;
}

async function moveOne(
  tx: Prisma.TransactionClient,
  contact: Moved,
  newAddress: string,
  now: Date,
): Promise<RecipientId[]> {
  const { id, schoolId, guardianId, accountId } = contact;
  const there = await tx.contact.count({ where: { guardianId, accountId, address: newAddress } });
  await tx.contact.update({
    where: { id },
    data: { changedAt: now, ...(there ? { state: 'gone' } : { address: newAddress }) },
  });
  await audit(tx, {
    orgUnitId: schoolId,
    at: now,
    actor: 'hub',
    action: there ? 'contact.gone' : 'contact.moved',
    subject: `contact:${id}`,
  });
  if (there) return (await cancelForbidden(tx, { guardianId }, now)).map((row) => row.recipientId);
  await moveWaiting(tx, id, newAddress);
  return [];
}
