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

export async function isHeld(db: Pick<PrismaClient, 'markRule'>, schoolId: string): Promise<boolean> {
  return (await db.markRule.findUnique({ where: { schoolId } }))?.hold === true;
}

/** A class whose changes families have not been told of; how many, and from when on they may be. */
export type WaitingClass = {
  classId: string;
  className: string;
  changes: number;
  pupils: number;
  dueAt: Date;
  released: boolean;
};

/** What waits, by name of the class: for the settling time, or for a release. */
export function waitingClasses(
  db: Pick<PrismaClient, '$queryRaw'>,
  schoolId: string,
): Promise<WaitingClass[]> {
  return db.$queryRaw<WaitingClass[]>`
    select k.id::text as "classId", k.name as "className", n.due_at as "dueAt", n.released_at is not null as released,
           count(c.id)::int as changes, count(distinct c.pupil_id)::int as pupils
      from mark_news n
      join school_class k on k.id = n.class_id
      left join mark_change c on c.class_id = n.class_id and c.settled_at is null
     where n.school_id = ${schoolId}::uuid
     group by k.id, n.class_id order by k.grade, k.name`;
}
