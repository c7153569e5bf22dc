import type { AttendanceReason } from '../attendance/index.ts';
import type { BillReason } from '../fees/index.ts';
import type { GradebookReason } from '../grades/index.ts';
import type { PhoneNote, Remark, RosterReason } from '../school/index.ts';
import type { ListKind } from './recognise.ts';

/** Why a cell or a row was left out, or deserves a look. Sentences: locales/*\/ingest.json "reason". */
export type RemarkCode =
  | RosterReason
  | PhoneNote
  | GradebookReason
  | BillReason
  | AttendanceReason
  | 'notACount'
  | 'otherClassInRow'
  | 'unknownClassInRow'
  | 'formula'
  | 'errorValue'
  | 'noCode'
  | 'badCode'
  | 'codeZeroRestored'
  | 'noName'
  | 'badDate'
  | 'yearOnly'
  | 'badEmail'
  | 'unknownStatus'
  | 'noClassInRow'
  | 'gradeDiffers'
  | 'unknownGrade'
  | 'ignoredRow'
  | 'ignoredSheet'
  | 'yearAssumed';

/** `data` fills the sentence. */
export type ReadRemark = Remark<RemarkCode> & { data?: Record<string, string> };

/** One entry of `refused` or `warnings`. May hold personal data: for the school's person, never for a log. */
export type ReportEntry = {
  /** Set when the file has several sheets with lists. */
  sheet?: string;
  /** 1-based, as the spreadsheet program shows it; 0: the file as a whole. */
  row: number;
  /** Header text of the column; "" when it is about the row or the file. */
  column: string;
  value: string;
  /** The Vietnamese sentence, " / ", the English one. */
  reason: string;
  /** The stable code of the reason. */
  code: RemarkCode;
  /** The whole row was left out, not just this cell. Always false in warnings. */
  wholeRow: boolean;
};

export type ReportChange = {
  sheet?: string;
  row: number;
  code: string | null;
  pupil: string;
  result: 'created' | 'updated';
  /**
   * "pupil", "name", "bornOn", "class", "left", "returned", "guardian", "phone", "email"; of a gradebook: what stands
   * where, "Toán, học kỳ I, Kiểm tra giữa kỳ: 5,4 → 7,5"; of attendance: "absence", "leave"; of bills: "bill", "amount", "dueOn", "exempt", "reopened".
   */
  changes: string[];
};

/** What a gradebook changed. */
export type ReportMarks = {
  added: number;
  corrected: number;
  withdrawn: number;
  /** Averages that follow from the marks where the file gives none; tenths. */
  averages: { sheet?: string; row: number; subject: string; term: number; tenths: number }[];
};

/**
 * What an import did, or in a dry run would do. created + updated + unchanged + wholly refused rows = rows;
 * of bills with a column per item, what is created, updated and unchanged are bills, and rows are pupils.
 */
export type ImportReport = {
  file: string;
  kind: ListKind;
  rows: number;
  created: number;
  updated: number;
  unchanged: number;
  refused: ReportEntry[];
  warnings: ReportEntry[];
  /** Dry run only. */
  changes?: ReportChange[];
  /** Gradebooks only. */
  marks?: ReportMarks;
};
