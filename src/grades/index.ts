// Grades: what of the gradebook is worth telling a family, and how.
//
// In: gradebooks that ingest has read. Out: marks as integer tenths, every change of them, notices to the guardians who
// may see them (at once or as a weekly digest), answers in the chat, report cards. It promises: a mark belongs to one
// pupil for certain or is refused; the school's own averages and results are shown, never decided here; nothing
// compares pupils; the same gradebook twice tells nothing. It reads no files and sends nothing itself.
export {
  type ApplyGradebook,
  applyGradebook,
  type GradebookClass,
} from './apply-gradebook.ts';
export { termAverage, yearAverage } from './average.ts';
export type {
  GradebookReason,
  GradebookRemark,
  GradebookRow,
  GradebookSheet,
  MarkFact,
} from './gradebook.ts';
export { holdMarks, isHeld, releaseMarks, type WaitingClass, waitingClasses } from './hold.ts';
export { MARK_KINDS } from './kinds.ts';
export { type Allows, type MarkProblem, type MarkValue, readComment, readMark } from './mark.ts';
export { type Marks, type MarksPorts, openMarks } from './open-marks.ts';
export type { GradebookPlan, PlannedChange } from './plan-gradebook.ts';
export { publishReportCards } from './report-cards.ts';
export { saySlot, sayTerm } from './say-mark.ts';
export { type Scheme, schemeOf } from './scheme.ts';
export {
  allowsOf,
  isComment,
  isTermResult,
  REGULAR_MOST,
  type SlotKind,
  slotName,
  type Term,
} from './slots.ts';
export { type Subject, subjectIn, subjectOf } from './subjects.ts';
export { MARKS_WORDS } from './words.ts';
