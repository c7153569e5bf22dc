import { audit } from '../security/index.ts';
import type { PrismaClient } from '../store/prisma/client.ts';

/** From now on changes of marks wait for a person's release, or no more do. What waits without one goes out when freed. */
export async function holdMarks(
  db: PrismaClient,
  schoolId: string,
  hold: boolean,
  actor: string,
  now: Date,
): Promise<void> {
  await db.$transaction(async (tx) => {
    await tx.markRule.upsert({ where: { schoolId }, create: { schoolId, hold }, update: { hold } });
    const action = hold ? 'marks.hold' : 'marks.free';
    await audit(tx, { orgUnitId: schoolId, at: now, actor, action, subject: `school:${schoolId}` });
  });
}

/**
 * Lets go what waits, of one class or of all; changes that come later wait again.
 * @returns how many classes had something waiting
 */
export async function releaseMarks(
  db: PrismaClient,
  where: { schoolId: string; classId?: string | undefined },
  actor: string,
  now: Date,
): Promise<number> {
  const { schoolId, classId } = where;
  return db.$transaction(async (tx) => {
    const { count } = await tx.markNews.updateMany({
      where: { schoolId, releasedAt: null, ...(classId ? { classId } : {}) },
      data: { releasedAt: now },
    });
    const subject = classId ? `class:${classId}` : `school:${schoolId}`;
    await audit(tx, {
      orgUnitId: schoolId,
      at: now,
      actor,
      action: 'marks.release',
      subject,
      data: { classes: count },
    });
    return count;
  });
}
