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

type Row = Omit<PublishedMark, 'value'> & { pupilId: string; value: MarkValue | null };

/** The published marks of these pupils in the school's current year, each in the order of the timetable. */
export async function publishedMarks(
  db: Pick<PrismaClient, '$queryRaw'>,
  schoolId: string,
  pupilIds: readonly string[],
): Promise<Map<string, PublishedMark[]>> {
  const rows = await db.$queryRaw<Row[]>`
    select distinct on (c.pupil_id, c.term, c.subject_key, c.slot) c.pupil_id as "pupilId", c.term,
           c.subject_key as "subjectKey", c.subject, c.slot, c.after as value, c.id as "changeId"
      from mark_change c join school_year y on y.id = c.school_year_id and y.current
     where c.school_id = ${schoolId}::uuid and c.pupil_id = any(${[...pupilIds]}::uuid[]) and c.settled_at is not null
     order by c.pupil_id, c.term, c.subject_key, c.slot, c.id desc`;
  const marks = new Map<string, PublishedMark[]>(pupilIds.map((id) => [id, []]));
  for (const { pupilId, value, ...rest } of rows) if (value) marks.get(pupilId)?.push({ ...rest, value });
  for (const list of marks.values()) list.sort((a, b) => a.term - b.term || bySubject(a, b) || bySlot(a, b));
  return marks;
}
