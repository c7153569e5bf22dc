// What a gradebook file says, read but not yet compared with what the hub knows.
import type { MarkProblem, MarkValue } from './mark.ts';
import type { Term } from './slots.ts';
import type { Subject } from './subjects.ts';

/** A cell that could be read; a blank one is a fact too: `value` null. A refused cell is no fact. */
export type MarkFact = { term: Term; slot: string; column: string; value: MarkValue | null };

export type GradebookRow = {
  /** Set when the file has several sheets with marks. */
  sheet?: string;
  /** 1-based, as the spreadsheet program shows it. */
  row: number;
  /** The Ministry's code. */
  code: string | null;
  vendorCode: string | null;
  fullName: string;
  /** "yyyy-mm-dd" */
  bornOn: string | null;
  classId: string;
  facts: MarkFact[];
  /** Headers as the file has them. */
  columns: { code: string; fullName: string; className: string };
};

export type GradebookSheet = {
  /** Null: results of a term as a whole. */
  subject: Subject | null;
  rows: GradebookRow[];
};

export type GradebookReason =
  | MarkProblem
  | 'unknownPupil'
  | 'notFoundInClass'
  | 'severalInClass'
  | 'pupilTwice'
  | 'codeOfAnotherPupil'
  | 'pupilOfOtherClass'
  | 'leftSchoolMark'
  | 'averageDiffers'
  | 'missingFromGradebook';

export type GradebookRemark = {
  sheet?: string;
  row: number;
  column: string;
  value: string;
  code: GradebookReason;
  wholeRow?: boolean;
  /** Fills the sentence. */
  data?: Record<string, string>;
};
