// What families may see: marks whose change has settled and was let go, never what still waits.
import type { PrismaClient } from '../store/prisma/client.ts';
import type { MarkValue } from './mark.ts';
import { bySlot } from './slots.ts';
import { bySubject } from './subjects.ts';

export type PublishedMark = {
  term: number;
  subjectKey: string;
  subject: string;
  slot: string;
  value: MarkValue;
  /** Larger is newer. */
  changeId: bigint;
};

/** The published marks of one pupil in the school's current year, in the order of the timetable. */
export async function publishedMarks(
  db: Pick<PrismaClient, '$queryRaw'>,
  schoolId: string,
  pupilId: string,
): Promise<PublishedMark[]> {
  const rows = await db.$queryRaw<(PublishedMark & { value: MarkValue | null })[]>`
    select distinct on (c.term, c.subject_key, c.slot) c.term, c.subject_key as "subjectKey", c.subject, c.slot,
           c.after as value, c.id as "changeId"
      from mark_change c join school_year y on y.id = c.school_year_id and y.current
     where c.school_id = ${schoolId}::uuid and c.pupil_id = ${pupilId}::uuid and c.settled_at is not null
     order by c.term, c.subject_key, c.slot, c.id desc`;
  return rows
    .filter((row) => row.value !== null)
    .sort((a, b) => a.term - b.term || bySubject(a, b) || bySlot(a, b));
}
