import type { Prisma } from '../store/prisma/client.ts';
import { termAverage } from './average.ts';
import type { MarkValue } from './mark.ts';
import { markKey, termMarksOf } from './plan-gradebook.ts';
import { hasAverages, schemeOf } from './scheme.ts';
import { subjectOf } from './subjects.ts';

type Tx = Prisma.TransactionClient;

export function byPupil<Row extends { pupilId: string }>(rows: readonly Row[]): Map<string, Row[]> {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const group = groups.get(row.pupilId);
    if (group) group.push(row);
    else groups.set(row.pupilId, [row]);
  }
  return groups;
}

type MarkRow = MarkValue & {
  pupilId: string;
  term: number;
  subjectKey: string;
  slot: string;
  year: string;
  grade: number;
};

/** Averages that follow from the marks of these pupils where the school has given none: pupil → "term/subject" → tenths. */
export async function averagesOf(
  tx: Tx,
  pupilIds: readonly string[],
): Promise<Map<string, Map<string, number>>> {
  const rows = await tx.$queryRaw<MarkRow[]>`
    select m.pupil_id as "pupilId", m.term, m.subject_key as "subjectKey", m.slot, m.tenths, y.label as year, k.grade
      from mark m
      join school_year y on y.id = m.school_year_id and y.current
      join enrolment e on e.pupil_id = m.pupil_id and e.closed_at is null
      join school_class k on k.id = e.class_id and k.school_year_id = y.id
     where m.pupil_id = any(${[...pupilIds]}::uuid[]) and m.tenths is not null or m.slot like 'regular%'
       and m.pupil_id = any(${[...pupilIds]}::uuid[])`;
  const found = new Map<string, Map<string, number>>();
  for (const [pupilId, marks] of byPupil(rows)) {
    const [any] = marks;
    if (!any || !hasAverages(schemeOf(any.year, any.grade))) continue;
    const stored = new Map(marks.map((one) => [markKey(one.term, one.subjectKey, one.slot), one]));
    const averages = new Map<string, number>();
    for (const { term, subjectKey } of marks) {
      const key = `${term}/${subjectKey}`;
      if (term === 0 || averages.has(key) || stored.has(markKey(term, subjectKey, 'average'))) continue;
      if (subjectOf(subjectKey).commentOnly === true) continue;
      const average = termAverage(termMarksOf(stored, term, subjectKey));
      if (average !== null) averages.set(key, average);
    }
    found.set(pupilId, averages);
  }
  return found;
}
