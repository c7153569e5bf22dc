// From a gradebook and what is stored to the changes that it makes. Pure.
import { REGULAR_LEAST, type TermMarks, termAverage, working, yearAverage, yearWorking } from './average.ts';
import type { GradebookReason, GradebookRemark, GradebookRow, GradebookSheet } from './gradebook.ts';
import { type MarkValue, sameMark } from './mark.ts';
import { matchPupil, type Roll, type RollPupil } from './match-pupil.ts';
import { REGULAR_MOST, type Term } from './slots.ts';
import type { Subject } from './subjects.ts';

export type PlannedChange = {
  pupilId: string;
  classId: string;
  term: Term;
  subjectKey: string;
  subject: string;
  slot: string;
  before: MarkValue | null;
  after: MarkValue | null;
};

export type RowOutcome = {
  sheet?: string;
  row: number;
  code: string | null;
  fullName: string;
  result: 'created' | 'updated' | 'unchanged';
  changes: PlannedChange[];
};

export type GradebookPlan = {
  changes: PlannedChange[];
  outcomes: RowOutcome[];
  refused: GradebookRemark[];
  warnings: GradebookRemark[];
  /** Averages that follow from the marks where the file gives none. */
  averages: { row: number; sheet?: string; pupilId: string; term: Term; subject: string; tenths: number }[];
  /** Vendor codes that the file has taught us. */
  vendorCodes: { pupilId: string; vendorCode: string }[];
  /** Of the rows whose pupil is known: how many are of another class than the file says. */
  ofOtherClass: number;
  matched: number;
  /** Places that the file speaks of and where a mark stood before. */
  stood: number;
  classIds: string[];
};

/** What is stored: pupil → "term/subject/slot" → mark. */
export type StoredMarks = ReadonlyMap<string, ReadonlyMap<string, MarkValue>>;
export const markKey = (term: number, subjectKey: string, slot: string): string =>
  `${term}/${subjectKey}/${slot}`;

const at = ({ sheet, row }: { sheet?: string; row: number }) => ({
  ...(sheet === undefined ? {} : { sheet }),
  row,
});

export function planGradebook(
  sheets: readonly GradebookSheet[],
  roll: Roll,
  stored: StoredMarks,
  averagesFor: (classId: string) => boolean,
): GradebookPlan {
  const plan: GradebookPlan = {
    changes: [],
    outcomes: [],
    refused: [],
    warnings: [],
    averages: [],
    vendorCodes: [],
    ofOtherClass: 0,
    matched: 0,
    stood: 0,
    classIds: [...new Set(sheets.flatMap((sheet) => sheet.rows.map((row) => row.classId)))],
  };
  for (const sheet of sheets) planSheet(plan, sheet, roll, stored, averagesFor);
  return plan;
}

function planSheet(
  plan: GradebookPlan,
  sheet: GradebookSheet,
  roll: Roll,
  stored: StoredMarks,
  averagesFor: (classId: string) => boolean,
): void {
  const rowsOf = new Map<string, GradebookRow[]>();
  const pupils = new Map<string, RollPupil>();
  for (const row of sheet.rows) {
    const match = matchPupil(roll, row);
    if ('refused' in match) {
      if (match.refused === 'pupilOfOtherClass') plan.ofOtherClass++;
      plan.refused.push({
        ...at(row),
        column: match.column,
        value: match.value,
        code: match.refused,
        wholeRow: true,
      });
      continue;
    }
    plan.matched++;
    pupils.set(match.pupil.id, match.pupil);
    rowsOf.set(match.pupil.id, [...(rowsOf.get(match.pupil.id) ?? []), row]);
  }
  const after = new Map(stored);
  const most = new Map<string, number>();
  const mostOf = (classId: string, term: Term, subjectKey: string): number => {
    const key = `${classId}/${term}`;
    const known = most.get(key) ?? mostRegular(roll.ofClass(classId), after, term, subjectKey);
    most.set(key, known);
    return known;
  };
  const checks: (() => void)[] = [];
  for (const [pupilId, rows] of rowsOf) {
    const [row, ...more] = rows;
    const pupil = pupils.get(pupilId);
    if (!row || !pupil) continue;
    // Which of the two is right, only the teacher knows: neither goes in.
    if (more.length > 0)
      for (const one of rows) refuse(plan, one, one.columns.code, one.code ?? one.fullName, 'pupilTwice');
    else {
      const marks = planRow(plan, sheet, row, pupil, stored.get(pupilId) ?? new Map());
      after.set(pupilId, marks);
      const { subject } = sheet;
      if (averagesFor(row.classId) && subject && subject.commentOnly !== true)
        checks.push(() =>
          checkAverages(plan, subject, row, pupil, marks, (term) => mostOf(row.classId, term, subject.key)),
        );
    }
  }
  // How many regular marks make a subject complete, only the whole class shows.
  for (const check of checks) check();
  warnMissing(plan, sheet, roll, rowsOf);
}

function refuse(
  plan: GradebookPlan,
  row: GradebookRow,
  column: string,
  value: string,
  code: GradebookReason,
): void {
  plan.refused.push({ ...at(row), column, value, code, wholeRow: true });
}

/** Pupils of the class of whom the file says nothing: a whole row was forgotten, or left out on purpose. */
function warnMissing(
  plan: GradebookPlan,
  sheet: GradebookSheet,
  roll: Roll,
  seen: ReadonlyMap<string, unknown>,
): void {
  for (const classId of new Set(sheet.rows.map((row) => row.classId))) {
    const missing = roll.ofClass(classId).filter((pupil) => !pupil.left && !seen.has(pupil.id)).length;
    const first = sheet.rows[0];
    if (missing > 0)
      plan.warnings.push({
        ...(first?.sheet === undefined ? {} : { sheet: first.sheet }),
        row: 0,
        column: '',
        value: String(missing),
        code: 'missingFromGradebook',
      });
  }
}

function planRow(
  plan: GradebookPlan,
  { subject }: GradebookSheet,
  row: GradebookRow,
  pupil: RollPupil,
  stored: ReadonlyMap<string, MarkValue>,
): ReadonlyMap<string, MarkValue> {
  const subjectKey = subject?.key ?? '';
  const now = new Map(stored);
  const changes: PlannedChange[] = [];
  for (const { term, slot, value } of row.facts) {
    const key = markKey(term, subjectKey, slot);
    const before = stored.get(key) ?? null;
    if (before) plan.stood++;
    if (value) now.set(key, value);
    else now.delete(key);
    if (sameMark(before, value)) continue;
    changes.push({
      pupilId: pupil.id,
      classId: row.classId,
      term,
      subjectKey,
      subject: subject?.name ?? '',
      slot,
      before,
      after: value,
    });
  }
  const terms = new Set(row.facts.map((fact) => fact.term));
  const knew = [...stored.keys()].some((key) =>
    [...terms].some((term) => key.startsWith(`${term}/${subjectKey}/`)),
  );
  plan.changes.push(...changes);
  plan.outcomes.push({
    ...at(row),
    code: row.code,
    fullName: pupil.fullName,
    result: changes.length === 0 ? 'unchanged' : knew ? 'updated' : 'created',
    changes,
  });
  if (pupil.left)
    plan.warnings.push({
      ...at(row),
      column: row.columns.fullName,
      value: pupil.fullName,
      code: 'leftSchoolMark',
    });
  if (row.code !== null && row.vendorCode !== null && row.vendorCode !== pupil.vendorCode)
    plan.vendorCodes.push({ pupilId: pupil.id, vendorCode: row.vendorCode });
  return now;
}

/** The most regular marks that anybody of a class has in a subject and term. */
function mostRegular(
  pupils: readonly RollPupil[],
  marks: StoredMarks,
  term: number,
  subjectKey: string,
): number {
  const counts = pupils.map(
    ({ id }) => termMarksOf(marks.get(id) ?? new Map(), term, subjectKey).regular.length,
  );
  return Math.max(REGULAR_LEAST, ...counts);
}

/** Marks of one subject and term among stored ones, as the formula wants them. */
export function termMarksOf(
  marks: ReadonlyMap<string, Pick<MarkValue, 'tenths'>>,
  term: number,
  subjectKey: string,
): TermMarks {
  const prefix = `${term}/${subjectKey}/`;
  const regular: (number | null)[] = [];
  for (let seq = 1; seq <= REGULAR_MOST; seq++) {
    const value = marks.get(`${prefix}regular${seq}`);
    if (value) regular.push(value.tenths);
  }
  return {
    regular,
    midTerm: marks.get(`${prefix}midTerm`)?.tenths ?? null,
    final: marks.get(`${prefix}final`)?.tenths ?? null,
  };
}

/** The school's own average is the record; where ours is another one, staff are told with the working. */
function checkAverages(
  plan: GradebookPlan,
  subject: Subject,
  row: GradebookRow,
  pupil: RollPupil,
  now: ReadonlyMap<string, MarkValue>,
  regularsOf: (term: Term) => number,
): void {
  const given = (term: Term) => now.get(markKey(term, subject.key, 'average'));
  const told = (term: Term, tenths: number) =>
    plan.averages.push({ ...at(row), pupilId: pupil.id, term, subject: subject.name, tenths });
  const differs = (term: Term, school: string, shown: string) =>
    plan.warnings.push({
      ...at(row),
      column: row.facts.find((fact) => fact.slot === 'average' && fact.term === term)?.column ?? '',
      value: school,
      code: 'averageDiffers',
      data: { school, working: shown },
    });
  const touched = new Set(row.facts.map((fact) => fact.term));
  const ofTerm = ([1, 2] as const).map((term) => {
    const marks = termMarksOf(now, term, subject.key);
    const ours = termAverage(marks);
    const theirs = given(term);
    if (theirs) {
      if (ours !== null && theirs.tenths !== null && theirs.tenths !== ours && touched.has(term))
        differs(term, theirs.raw, working(marks));
      return theirs.tenths;
    }
    if (ours === null || marks.regular.length < regularsOf(term)) return null;
    if (touched.has(term)) told(term, ours);
    return ours;
  });
  const [first = null, second = null] = ofTerm;
  const year = yearAverage(first, second);
  const theirs = given(0);
  if (year === null || first === null || second === null || !(touched.has(2) || touched.has(0))) return;
  if (!theirs) told(0, year);
  else if (theirs.tenths !== null && theirs.tenths !== year)
    differs(0, theirs.raw, yearWorking(first, second));
}
