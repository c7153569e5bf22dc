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

type MarkTuple = [
  term: number,
  subjectKey: string,
  subject: string,
  slot: string,
  value: MarkValue,
  changeId: string,
];
/** One value for each pupil: a row for each mark costs much more to take over. */
type Row = { pupilId: string; marks: MarkTuple[] };

/** The published marks of these pupils in the school's current year, each in the order of the timetable. */
export async function publishedMarks(
  db: Pick<PrismaClient, '$queryRaw'>,
  schoolId: string,
  pupilIds: readonly string[],
): Promise<Map<string, PublishedMark[]>> {
  const rows = await db.$queryRaw<Row[]>`
    select x.pupil_id as "pupilId",
           json_agg(json_build_array(x.term, x.subject_key, x.subject, x.slot, x.after, x.id::text)) as marks
      from (select distinct on (c.pupil_id, c.term, c.subject_key, c.slot)
                   c.pupil_id, c.term, c.subject_key, c.subject, c.slot, c.after, c.id
              from mark_change c join school_year y on y.id = c.school_year_id and y.current
             where c.school_id = ${schoolId}::uuid and c.pupil_id = any(${[...pupilIds]}::uuid[])
               and c.settled_at is not null
             order by c.pupil_id, c.term, c.subject_key, c.slot, c.id desc) x
     where x.after is not null
     group by x.pupil_id`;
  const published = new Map<string, PublishedMark[]>(pupilIds.map((id) => [id, []]));
  for (const { pupilId, marks } of rows) {
    const theirs = marks.map(([term, subjectKey, subject, slot, value, changeId]) => ({
      term,
      subjectKey,
      subject,
      slot,
      value,
      changeId: BigInt(changeId),
    }));
    theirs.sort((a, b) => a.term - b.term || bySubject(a, b) || bySlot(a, b));
    published.set(pupilId, theirs);
  }
  return published;
}
