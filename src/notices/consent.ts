import { cancelForbidden } from '../outbox/index.ts';
import { audit } from '../security/index.ts';
import type { NoticeId, RecipientId } from '../store/ids.ts';
import type { Prisma, PrismaClient } from '../store/prisma/client.ts';
import { Purpose } from '../store/prisma/enums.ts';
import { lockRights } from './rights.ts';

export const PURPOSES = Object.values(Purpose);

export type ConsentAnswer = {
  schoolId: string;
  guardianId: string;
  /** One answer may be about several children that were shown together. */
  pupilIds: readonly string[];
  answers: Partial<Record<Purpose, boolean>>;
  /** Which wording was shown: "<language>:<version>". */
  textVersion: string;
  channel: string;
  contactId: string | null;
};

/**
 * Stores what a guardian agreed to or withdrew, with its evidence. A withdrawal also cancels what was planned.
 * @returns recipients whose delivery was cancelled: hand them to advance().
 */
export async function setConsent(db: PrismaClient, answer: ConsentAnswer, now: Date): Promise<RecipientId[]> {
  return db.$transaction((tx) => setConsentWithin(tx, answer, now));
}

export async function setConsentWithin(
  tx: Prisma.TransactionClient,
  answer: ConsentAnswer,
  now: Date,
): Promise<RecipientId[]> {
  await lockRights(tx, answer.schoolId);
  const given = Object.entries(answer.answers) as [Purpose, boolean][];
  const pupils = await tx.guardianship.findMany({
    where: {
      guardianId: answer.guardianId,
      schoolId: answer.schoolId,
      pupilId: { in: [...answer.pupilIds] },
      closedAt: null,
    },
    select: { pupilId: true },
  });
  for (const { pupilId } of pupils) {
    for (const [purpose, agreed] of given) {
      const key = { guardianId: answer.guardianId, pupilId, purpose };
      await tx.consent.upsert({
        where: { guardianId_pupilId_purpose: key },
        create: { ...key, agreed, changedAt: now },
        update: { agreed, changedAt: now },
      });
      const { schoolId, textVersion, channel, contactId } = answer;
      await tx.consentAct.create({
        data: { ...key, schoolId, agreed, textVersion, channel, contactId, at: now },
      });
    }
  }
  if (given.every(([, agreed]) => agreed)) return [];
  return (await cancelForbidden(tx, { guardianId: answer.guardianId }, now)).map((row) => row.recipientId);
}

/** What ends a contact. */
export type ContactEnd = 'blocked' | 'unlinked' | 'gone';

/**
 * Closes contacts at once: nothing more goes there, and what was planned for them is cancelled.
 * @returns recipients who need another way: hand them to advance().
 */
export async function closeContacts(
  db: PrismaClient,
  where: { id: string } | { accountId: string; address: string },
  state: ContactEnd,
  actor: string,
  now: Date,
): Promise<{ recipientId: RecipientId; noticeId: NoticeId }[]> {
  const contacts = await db.contact.findMany({
    where: { ...where, state: { in: ['active', 'unconfirmed'] } },
  });
  const cancelled: { recipientId: RecipientId; noticeId: NoticeId }[] = [];
  for (const contact of contacts) {
    const rows = await db.$transaction(async (tx) => {
      await lockRights(tx, contact.schoolId);
      await tx.contact.update({ where: { id: contact.id }, data: { state, changedAt: now } });
      await audit(tx, {
        orgUnitId: contact.schoolId,
        at: now,
        actor,
        action: `contact.${state}`,
        subject: `contact:${contact.id}`,
      });
      return cancelForbidden(tx, { guardianId: contact.guardianId }, now);
    });
    cancelled.push(...rows);
  }
  return cancelled;
}

/**
 * Contacts work again: the parent unblocked the bot (`blocked`), or writes from an address that was thought to be
 * `gone`. What the guardian has unlinked stays so.
 */
export async function reopenContacts(
  db: PrismaClient,
  where: { accountId: string; address: string },
  now: Date,
  from: readonly ('blocked' | 'gone')[] = ['blocked', 'gone'],
): Promise<number> {
  const { count } = await db.contact.updateMany({
    where: { ...where, state: { in: [...from] } },
    data: { state: 'active', changedAt: now },
  });
  return count;
}
