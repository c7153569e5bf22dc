import { lockRights } from '../../notices/index.ts';
import { readLinkCode } from '../../school/index.ts';
import { audit, countUp, isUsedUp, limits, type Signer } from '../../security/index.ts';
import type { Database } from '../../store/index.ts';
import { type LinkedStaff, useStaffCode } from './link-staff.ts';

export type LinkResult =
  | { result: 'linked'; guardianId: string; pupilId: string; contactId: string; schoolId: string }
  | ({ result: 'staffLinked' } & LinkedStaff)
  | { result: 'badCode' }
  | { result: 'tooManyTries' };

export type LinkRequest = {
  typed: string;
  account: { id: string; orgUnitId: string; channel: string };
  address: string;
  triesPerHour: number;
  now: Date;
};

/**
 * Links a chat to a guardian with a one-time code. Wrong codes are counted per chat, and why a code is refused is
 * never said. The same chat may send a code that it used itself again: a lost answer is repeated, not refused.
 */
export async function linkChat(db: Database, signer: Signer, request: LinkRequest): Promise<LinkResult> {
  const limit = limits.linkTries(request.triesPerHour);
  const who = `${request.account.id}:${request.address}`;
  if (await isUsedUp(db.pool, limit, who, request.now)) return { result: 'tooManyTries' };
  const code = readLinkCode(request.typed);
  const linked = code ? await useCode(db, signer.hash(code), request) : null;
  if (linked) return { result: 'linked', ...linked };
  const staff = code ? await useCodeOfStaff(db, signer.hash(code), request) : null;
  if (staff) return { result: 'staffLinked', ...staff };
  await countUp(db.pool, limit, who, request.now);
  return { result: 'badCode' };
}

async function useCode(db: Database, hash: string, { account, address, now }: LinkRequest) {
  return db.prisma.$transaction(async (tx) => {
    const whose = await tx.linkCode.findUnique({ where: { hash }, select: { schoolId: true } });
    if (!whose || !(await servesSchool(tx, account.orgUnitId, whose.schoolId))) return null;
    const { schoolId } = whose;
    await lockRights(tx, schoolId);
    // Read under the lock: another chat may have used it a moment ago.
    const code = await tx.linkCode.findUniqueOrThrow({ where: { hash } });
    if (code.revokedAt) return null;
    const { guardianId, pupilId } = code;
    const guardianship = await tx.guardianship.findUnique({
      where: { guardianId_pupilId: { guardianId, pupilId } },
    });
    if (!guardianship || guardianship.closedAt) return null;
    const key = { guardianId, accountId: account.id, address };
    const before = await tx.contact.findUnique({ where: { guardianId_accountId_address: key } });
    if (code.usedAt) {
      const again = before?.state === 'active' && before.id === code.usedByContact;
      return again ? { guardianId, pupilId, schoolId, contactId: before.id } : null;
    }
    if (code.expiresAt <= now) return null;
    const contact = await tx.contact.upsert({
      where: { guardianId_accountId_address: key },
      create: {
        ...key,
        schoolId,
        channel: account.channel,
        state: 'active',
        confirmedAt: now,
        changedAt: now,
      },
      update: { state: 'active', confirmedAt: now, changedAt: now },
    });
    // One-time, also for two chats that send it at the same moment; and a paper that was replaced just now ends here.
    const unused = { id: code.id, usedAt: null, revokedAt: null };
    const { count } = await tx.linkCode.updateMany({
      where: unused,
      data: { usedAt: now, usedByContact: contact.id },
    });
    if (!count) throw new Error('link code used or revoked at the same moment');
    await audit(tx, {
      orgUnitId: schoolId,
      at: now,
      actor: `guardian:${guardianId}`,
      action: 'contact.link',
      subject: `contact:${contact.id}`,
      data: { pupilId },
    });
    return { guardianId, pupilId, schoolId, contactId: contact.id };
  });
}

const useCodeOfStaff = (db: Database, hash: string, { account, address, now }: LinkRequest) =>
  db.prisma.$transaction((tx) =>
    useStaffCode(
      tx,
      hash,
      { accountId: account.id, address },
      (schoolId) => servesSchool(tx, account.orgUnitId, schoolId),
      now,
    ),
  );

/** Whether an account of `orgUnitId` may speak for the school: its own, or of a unit above it. */
async function servesSchool(
  tx: Pick<Database['prisma'], '$queryRaw'>,
  orgUnitId: string,
  schoolId: string,
): Promise<boolean> {
  const rows = await tx.$queryRaw<{ id: string }[]>`
    with recursive above as (
      select id, parent_id from org_unit where id = ${schoolId}::uuid
      union all select u.id, u.parent_id from org_unit u join above a on u.id = a.parent_id)
    select id from above where id = ${orgUnitId}::uuid`;
  return rows.length > 0;
}
