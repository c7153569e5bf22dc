// Averages that follow from published marks where the school has given none of its own.
import type { PrismaClient } from '../store/prisma/client.ts';
import { REGULAR_LEAST, termAverage, yearAverage } from './average.ts';
import type { MarkValue } from './mark.ts';
import { markKey, termMarksOf } from './plan-gradebook.ts';
import type { PublishedMark } from './published.ts';
import { hasAverages, schemeOf } from './scheme.ts';
import { subjectOf } from './subjects.ts';

/** "term/subjectKey" → tenths. */
export type Averages = ReadonlyMap<string, number>;
export const NO_AVERAGES: Averages = new Map();

type ClassRow = { pupilId: string; year: string; grade: number; regulars: Record<string, number> | null };

/**
 * What follows from the published marks of these pupils. A subject in which somebody of the class has more regular marks
 * than this pupil is not complete: then there is no average.
 */
export async function averagesOf(
  db: Pick<PrismaClient, '$queryRaw'>,
  published: ReadonlyMap<string, readonly PublishedMark[]>,
): Promise<Map<string, Averages>> {
  const rows = await db.$queryRaw<ClassRow[]>`
    with asked as (
      select e.pupil_id, e.class_id, k.grade, y.id as year_id, y.label
        from enrolment e join school_class k on k.id = e.class_id
        join school_year y on y.id = k.school_year_id and y.current
       where e.pupil_id = any(${[...published.keys()]}::uuid[]) and e.closed_at is null),
    counts as (
      select e.class_id, m.term, m.subject_key, count(*) as regular
        from (select distinct class_id, year_id from asked) a
        join enrolment e on e.class_id = a.class_id and e.closed_at is null
        join mark m on m.pupil_id = e.pupil_id and m.school_year_id = a.year_id and m.slot like 'regular%'
       group by e.class_id, e.pupil_id, m.term, m.subject_key),
    most as (select class_id, term || '/' || subject_key as place, max(regular) as regular from counts group by 1, 2)
    select a.pupil_id as "pupilId", a.label as year, a.grade,
           (select jsonb_object_agg(place, regular) from most where most.class_id = a.class_id) as regulars
      from asked a`;
  const found = new Map<string, Averages>();
  for (const { pupilId, year, grade, regulars } of rows)
    if (hasAverages(schemeOf(year, grade)))
      found.set(pupilId, averagesFrom(published.get(pupilId) ?? [], new Map(Object.entries(regulars ?? {}))));
  return found;
}

/** @param regulars "term/subjectKey" → how many regular marks are complete */
export function averagesFrom(
  marks: readonly PublishedMark[],
  regulars: ReadonlyMap<string, number>,
): Averages {
  const stored = new Map<string, MarkValue>(
    marks.map((one) => [markKey(one.term, one.subjectKey, one.slot), one.value]),
  );
  const averages = new Map<string, number>();
  const subjects = new Set(marks.map((one) => one.subjectKey));
  for (const subjectKey of subjects) {
    if (subjectKey === '' || subjectOf(subjectKey).commentOnly === true) continue;
    const ofTerm = ([1, 2] as const).map((term) => {
      const given = stored.get(markKey(term, subjectKey, 'average'));
      if (given) return given.tenths;
      const place = `${term}/${subjectKey}`;
      const parts = termMarksOf(stored, term, subjectKey);
      if (parts.regular.length < Math.max(REGULAR_LEAST, regulars.get(place) ?? 0)) return null;
      const average = termAverage(parts);
      if (average !== null) averages.set(place, average);
      return average;
    });
    const ofYear = yearAverage(ofTerm[0] ?? null, ofTerm[1] ?? null);
    if (ofYear !== null && !stored.has(markKey(0, subjectKey, 'average')))
      averages.set(`0/${subjectKey}`, ofYear);
  }
  return averages;
}
