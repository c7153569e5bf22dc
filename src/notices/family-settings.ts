import type { PrismaClient } from '../store/prisma/client.ts';
import type { PreferenceMode, Purpose } from '../store/prisma/enums.ts';
import { PURPOSES } from './consent.ts';

/** What may be chosen for a purpose; why not everything: docs/decisions/012. */
export const MODES_OF: Readonly<Record<Purpose, readonly PreferenceMode[]>> = {
  marks: ['atOnce', 'digest', 'weekly', 'off'],
  fees: ['atOnce', 'off'],
  classNews: ['atOnce', 'digest', 'weekly', 'off'],
};

export type FamilySettings = {
  guardianId: string;
  schoolId: string;
  school: string;
  language: string;
  quietFromMin: number | null;
  quietToMin: number | null;
  pausedUntil: Date | null;
  children: {
    guardianshipId: string;
    pupilId: string;
    givenName: string;
    className: string;
    /** Those for which there is the right and the agreement; mode null: as the school has it. */
    topics: { purpose: Purpose; mode: PreferenceMode | null }[];
  }[];
};

/** How the guardian behind a contact wishes to be told; null when the contact is not theirs any more. */
export async function familySettings(db: PrismaClient, contactId: string): Promise<FamilySettings | null> {
  const contact = await db.contact.findFirst({
    where: { id: contactId, state: 'active' },
    include: {
      guardian: {
        include: {
          school: { select: { name: true } },
          consents: { where: { agreed: true } },
          preferences: true,
          guardianships: {
            where: { closedAt: null, pupil: { leftAt: null } },
            include: {
              pupil: {
                include: { enrolments: { where: { closedAt: null }, include: { schoolClass: true } } },
              },
            },
            orderBy: { id: 'asc' },
          },
        },
      },
    },
  });
  if (!contact) return null;
  const { guardian } = contact;
  const children = guardian.guardianships.map(({ id, pupilId, pupil, urgentOnly, canSeeMarks, canPay }) => ({
    guardianshipId: id,
    pupilId,
    givenName: pupil.fullName.split(' ').at(-1) ?? '',
    className: pupil.enrolments[0]?.schoolClass.name ?? '',
    topics: PURPOSES.filter(
      (purpose) =>
        !urgentOnly &&
        guardian.consents.some((one) => one.pupilId === pupilId && one.purpose === purpose) &&
        (purpose !== 'marks' || canSeeMarks) &&
        (purpose !== 'fees' || canPay),
    ).map((purpose) => ({
      purpose,
      mode:
        guardian.preferences.find((one) => one.pupilId === pupilId && one.purpose === purpose)?.mode ?? null,
    })),
  }));
  return {
    guardianId: guardian.id,
    schoolId: guardian.schoolId,
    school: guardian.school.name,
    language: guardian.language,
    quietFromMin: guardian.quietFromMin,
    quietToMin: guardian.quietToMin,
    pausedUntil: guardian.pausedUntil,
    children: children.filter(({ topics }) => topics.length > 0),
  };
}
