// From a gradebook and what is stored to the changes that it makes. Pure.
import { type TermMarks, termAverage, working } from './average.ts';
import type { GradebookReason, GradebookRemark, GradebookRow, GradebookSheet } from './gradebook.ts';
import { type MarkValue, sameMark } from './mark.ts';
import { matchPupil, type Roll, type RollPupil } from './match-pupil.ts';
import { readSlot, type Term } from './slots.ts';
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
  for (const [pupilId, rows] of rowsOf) {
    const [row, ...more] = rows;
    const pupil = pupils.get(pupilId);
    if (!row || !pupil) continue;
    // Which of the two is right, only the teacher knows: neither goes in.
    if (more.length > 0)
      for (const one of rows) refuse(plan, one, one.columns.code, one.code ?? one.fullName, 'pupilTwice');
    else planRow(plan, sheet, row, pupil, stored.get(pupilId) ?? new Map(), averagesFor(row.classId));
  }
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
  averages: boolean,
): void {
  const subjectKey = subject?.key ?? '';
  const now = new Map(stored);
  const changes: PlannedChange[] = [];
  for (const { term, slot, value } of row.facts) {
    const key = markKey(term, subjectKey, slot);
    const before = stored.get(key) ?? null;
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
  if (averages && subject && subject.commentOnly !== true)
    checkAverages(plan, subject, row, pupil, now, terms);
}

/** Marks of one subject and term among stored ones, as the formula wants them. */
export function termMarksOf(
  marks: ReadonlyMap<string, Pick<MarkValue, 'tenths'>>,
  term: number,
  subjectKey: string,
): TermMarks {
  const prefix = `${term}/${subjectKey}/`;
  const regular: (number | null)[] = [];
  for (const [key, value] of marks)
    if (key.startsWith(prefix) && readSlot(key.slice(prefix.length)).kind === 'regular')
      regular.push(value.tenths);
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
  terms: ReadonlySet<Term>,
): void {
  for (const term of terms) {
    if (term === 0) continue;
    const marks = termMarksOf(now, term, subject.key);
    const ours = termAverage(marks);
    if (ours === null) continue;
    const theirs = now.get(markKey(term, subject.key, 'average'));
    if (!theirs)
      plan.averages.push({ ...at(row), pupilId: pupil.id, term, subject: subject.name, tenths: ours });
    else if (theirs.tenths !== null && theirs.tenths !== ours)
      plan.warnings.push({
        ...at(row),
        column: row.facts.find((fact) => fact.slot === 'average' && fact.term === term)?.column ?? '',
        value: theirs.raw,
        code: 'averageDiffers',
        data: { school: theirs.raw, working: working(marks) },
      });
  }
}
