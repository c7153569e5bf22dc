import type { PrismaClient } from '../store/prisma/client.ts';
import type { Purpose } from '../store/prisma/enums.ts';

/** A child as it may be named in a chat: given name and class, nothing more. */
export type Child = {
  guardianshipId: string;
  guardianId: string;
  pupilId: string;
  schoolId: string;
  school: string;
  givenName: string;
  className: string;
  language: string;
  contactId: string;
  canSeeMarks: boolean;
  canPay: boolean;
  /** Gets safety notices and nothing else. */
  urgentOnly: boolean;
  consents: Partial<Record<Purpose, boolean>>;
};

/**
 * The children whom an address is linked for. Behind a chat stand the children whose code it has sent, which a
 * consent row or the code itself shows; a child that only shares a phone number in a list is not among them.
 */
export async function childrenOf(
  db: PrismaClient,
  contact: { accountId: string; address: string },
): Promise<Child[]> {
  const contacts = await db.contact.findMany({
    where: { ...contact, state: 'active' },
    include: {
      guardian: {
        include: {
          consents: true,
          linkCodes: { where: { usedAt: { not: null } }, select: { pupilId: true } },
          guardianships: {
            where: { closedAt: null, pupil: { leftAt: null } },
            include: {
              pupil: {
                include: {
                  school: true,
                  enrolments: { where: { closedAt: null }, include: { schoolClass: true } },
                },
              },
            },
          },
        },
      },
    },
    orderBy: { createdAt: 'asc' },
  });
  return contacts.flatMap(({ id, guardian }) => {
    const proven = new Set([...guardian.linkCodes, ...guardian.consents].map((row) => row.pupilId));
    return guardian.guardianships
      .filter((one) => proven.has(one.pupilId))
      .map(({ id: guardianshipId, pupil, schoolId, canSeeMarks, canPay, urgentOnly }) => ({
        guardianshipId,
        guardianId: guardian.id,
        pupilId: pupil.id,
        schoolId,
        school: pupil.school.name,
        givenName: pupil.fullName.split(' ').at(-1) ?? '',
        className: pupil.enrolments[0]?.schoolClass.name ?? '',
        language: guardian.language,
        contactId: id,
        canSeeMarks,
        canPay,
        urgentOnly,
        consents: Object.fromEntries(
          guardian.consents.filter((row) => row.pupilId === pupil.id).map((row) => [row.purpose, row.agreed]),
        ),
      }));
  });
}
