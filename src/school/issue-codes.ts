import { audit, type Signer } from '../security/index.ts';
import type { PrismaClient } from '../store/prisma/client.ts';
import type { Relation } from '../store/prisma/enums.ts';
import { newLinkCode } from './link-code.ts';

export type IssuedCode = {
  pupil: string;
  pupilCode: string;
  className: string;
  /** Null: not named yet. */
  guardian: string | null;
  relation: Relation;
  guardianId: string;
  pupilId: string;
  code: string;
  expiresAt: Date;
};

const DAY_MS = 86_400_000;

/**
 * New one-time codes for every guardian of a class, one per guardian and pupil. Codes that were issued before and
 * not used are revoked: only the newest paper counts. The plain codes exist in the answer only.
 */
export async function issueCodes(
  db: PrismaClient,
  signer: Signer,
  about: { schoolId: string; classId: string; days: number; actor: string },
  now: Date,
): Promise<IssuedCode[]> {
  const { schoolId, classId } = about;
  const expiresAt = new Date(now.getTime() + about.days * DAY_MS);
  return db.$transaction(async (tx) => {
    const rows = await tx.guardianship.findMany({
      where: {
        schoolId,
        closedAt: null,
        pupil: { leftAt: null, enrolments: { some: { classId, closedAt: null } } },
      },
      include: { pupil: true, guardian: true },
      orderBy: [
        { pupil: { nameKey: 'asc' } },
        { pupil: { code: 'asc' } },
        { relation: 'asc' },
        { id: 'asc' },
      ],
    });
    const { name: className } = await tx.schoolClass.findFirstOrThrow({ where: { id: classId, schoolId } });
    await tx.linkCode.updateMany({
      where: { schoolId, usedAt: null, revokedAt: null, pupilId: { in: rows.map((row) => row.pupilId) } },
      data: { revokedAt: now },
    });
    const issued = rows.map((row) => ({
      pupil: row.pupil.fullName,
      pupilCode: row.pupil.code,
      className,
      guardian: row.guardian.fullName,
      relation: row.relation,
      guardianId: row.guardianId,
      pupilId: row.pupilId,
      code: newLinkCode(),
      expiresAt,
    }));
    await tx.linkCode.createMany({
      data: issued.map(({ guardianId, pupilId, code }) => ({
        schoolId,
        guardianId,
        pupilId,
        hash: signer.hash(code),
        createdAt: now,
        expiresAt,
      })),
    });
    await audit(tx, {
      orgUnitId: schoolId,
      at: now,
      actor: about.actor,
      action: 'codes.issue',
      subject: `class:${classId}`,
      data: { codes: issued.length },
    });
    return issued;
  });
}
