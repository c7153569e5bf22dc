import { audit } from '../security/index.ts';
import type { PrismaClient } from '../store/prisma/client.ts';

/**
 * Notes a mailbox that a guardian has named for themselves; it counts when it is confirmed (inviteContacts). Named again,
 * it is asked again. @returns false: the school has no mailbox to write from, or it is theirs already
 */
export async function addAddress(
  db: PrismaClient,
  { schoolId, guardianId, address }: { schoolId: string; guardianId: string; address: string },
  now: Date,
): Promise<boolean> {
  return db.$transaction(async (tx) => {
    const account = await tx.channelAccount.findFirst({
      where: { orgUnitId: schoolId, channel: 'email' },
      orderBy: { createdAt: 'asc' },
      select: { id: true },
    });
    if (!account) return false;
    const key = { guardianId, accountId: account.id, address };
    const before = await tx.contact.findUnique({ where: { guardianId_accountId_address: key } });
    if (before?.state === 'active') return false;
    const data = { state: 'unconfirmed' as const, changedAt: now, invitedAt: null };
    const position = (await tx.contact.aggregate({ where: { guardianId }, _max: { position: true } }))._max
      .position;
    const { id } = await tx.contact.upsert({
      where: { guardianId_accountId_address: key },
      create: { ...key, ...data, schoolId, channel: 'email', position: (position ?? 0) + 1 },
      update: data,
    });
    const actor = `guardian:${guardianId}`;
    await audit(tx, { orgUnitId: schoolId, at: now, actor, action: 'contact.add', subject: `contact:${id}` });
    return true;
  });
}
