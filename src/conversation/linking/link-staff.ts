import { audit } from '../../security/index.ts';
import type { Prisma, PrismaClient } from '../../store/prisma/client.ts';

/** Ends the links of a chat with members of staff. @returns whether there were any. */
export async function unlinkStaff(
  db: PrismaClient,
  chat: { accountId: string; address: string },
  now: Date,
): Promise<boolean> {
  return db.$transaction(async (tx) => {
    const ended = await tx.staffContact.findMany({
      where: { ...chat, endedAt: null },
      include: { staff: { include: { roles: { take: 1 } } } },
    });
    for (const { id, staffId, staff } of ended) {
      await tx.staffContact.update({ where: { id }, data: { endedAt: now } });
      await audit(tx, {
        orgUnitId: staff.roles[0]?.orgUnitId ?? null,
        at: now,
        actor: `staff:${staffId}`,
        action: 'staff.unlink',
        subject: `staffContact:${id}`,
      });
    }
    return ended.length > 0;
  });
}

export type LinkedStaff = { staffId: string; schoolId: string; fullName: string };

/**
 * Links a chat to a member of staff with their one-time code. The chat that used a code may send it again.
 * @param serves whether this account may speak for a school
 */
export async function useStaffCode(
  tx: Prisma.TransactionClient,
  hash: string,
  { accountId, address }: { accountId: string; address: string },
  serves: (schoolId: string) => Promise<boolean>,
  now: Date,
): Promise<LinkedStaff | null> {
  await tx.$queryRaw`select id::text from staff_code where hash = ${hash} for update`;
  const code = await tx.staffCode.findUnique({
    where: { hash },
    include: { staff: { include: { roles: true } } },
  });
  if (!code || code.revokedAt || code.staff.disabledAt) return null;
  const { staff } = code;
  const places = await Promise.all(
    staff.roles.map(async ({ orgUnitId }) => ((await serves(orgUnitId)) ? orgUnitId : null)),
  );
  const schoolId = places.find((one) => one !== null);
  if (!schoolId) return null;
  const key = { staffId: staff.id, accountId, address };
  const linked = { staffId: staff.id, schoolId, fullName: staff.fullName };
  if (code.usedAt) {
    const before = await tx.staffContact.findUnique({ where: { staffId_accountId_address: key } });
    return before && before.endedAt === null && before.id === code.usedBy ? linked : null;
  }
  if (code.expiresAt <= now) return null;
  const contact = await tx.staffContact.upsert({
    where: { staffId_accountId_address: key },
    create: { ...key, linkedAt: now },
    update: { linkedAt: now, endedAt: null },
  });
  await tx.staffCode.update({ where: { id: code.id }, data: { usedAt: now, usedBy: contact.id } });
  await audit(tx, {
    orgUnitId: schoolId,
    at: now,
    actor: `staff:${staff.id}`,
    action: 'staff.link',
    subject: `staffContact:${contact.id}`,
  });
  return linked;
}
