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

type ClassRow = { pupilId: string; classId: string; yearId: string; year: string; grade: number };
type CountRow = { classId: string; place: string; regular: number };

/**
 * What follows from the published marks of these pupils. A subject in which somebody of the class has more regular marks
 * than this pupil is not complete: then there is no average.
 */
export async function averagesOf(
  db: Pick<PrismaClient, '$queryRaw'>,
  published: ReadonlyMap<string, readonly PublishedMark[]>,
): Promise<Map<string, Averages>> {
  const pupils = await db.$queryRaw<ClassRow[]>`
    select e.pupil_id as "pupilId", e.class_id::text as "classId", k.grade, y.id::text as "yearId", y.label as year
      from enrolment e join school_class k on k.id = e.class_id
      join school_year y on y.id = k.school_year_id and y.current
     where e.pupil_id = any(${[...published.keys()]}::uuid[]) and e.closed_at is null`;
  const scored = pupils.filter(({ year, grade }) => hasAverages(schemeOf(year, grade)));
  const regulars = await mostRegular(db, scored);
  return new Map(
    scored.map(({ pupilId, classId }) => [
      pupilId,
      averagesFrom(published.get(pupilId) ?? [], regulars.get(classId) ?? new Map()),
    ]),
  );
}

/** By class: "term/subjectKey" → the most regular marks that anybody has. */
async function mostRegular(
  db: Pick<PrismaClient, '$queryRaw'>,
  pupils: readonly ClassRow[],
): Promise<Map<string, Map<string, number>>> {
  const [classIds, yearIds] = [
    [...new Set(pupils.map((one) => one.classId))],
    [...new Set(pupils.map((one) => one.yearId))],
  ];
  // The pupils come from an array, so that their marks are found by the index whatever the planner knows of the table.
  const rows = await db.$queryRaw<CountRow[]>`
    select e.class_id::text as "classId", m.place, max(m.regular)::int as regular
      from (select pupil_id, term || '/' || subject_key as place, count(*) as regular
              from mark
             where pupil_id = any(array(select pupil_id from enrolment
                                         where class_id = any(${classIds}::uuid[]) and closed_at is null))
               and school_year_id = any(${yearIds}::uuid[]) and slot like 'regular%'
             group by pupil_id, term, subject_key) m
      join enrolment e on e.pupil_id = m.pupil_id and e.closed_at is null and e.class_id = any(${classIds}::uuid[])
     group by e.class_id, m.place`;
  const most = new Map<string, Map<string, number>>(classIds.map((id) => [id, new Map()]));
  for (const { classId, place, regular } of rows) most.get(classId)?.set(place, regular);
  return most;
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
      // Most of the year one of the two is still to come.
      if (
        !stored.has(markKey(term, subjectKey, 'midTerm')) ||
        !stored.has(markKey(term, subjectKey, 'final'))
      )
        return null;
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
