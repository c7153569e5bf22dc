// What the school's attendance says, read and not yet compared with what the hub knows.
import type { DayPart } from '../store/prisma/enums.ts';

export type AttendanceFact = {
  /** Set when the file has several sheets with lists. */
  sheet?: string;
  /** 1-based, as the spreadsheet program shows it. */
  row: number;
  /** The Ministry's code, or the school software's own. */
  pupilCode: string;
  /** "" : the file has no names. */
  fullName: string;
  /** "" : the file names no class. */
  className: string;
  /** "yyyy-mm-dd" */
  day: string;
  part: DayPart;
  /** With leave (có phép). */
  excused: boolean;
  /** Header texts, so that a remark can name the column as the school wrote it. */
  columns: { code: string; className: string; day: string };
};

/** Why a row was left out, or deserves a look. Sentences: locales/*\/ingest.json "reason". */
export type AttendanceReason =
  | 'unknownPupil'
  | 'codeOfAnotherPupil'
  | 'pupilOfOtherClass'
  | 'notASession'
  | 'unknownAbsence'
  | 'badAbsenceDay'
  | 'dayOutsideYear'
  | 'sameSessionTwice'
  | 'wholeDayAssumed'
  | 'wholeDayCounts';

export type AttendanceRemark = {
  sheet?: string;
  row: number;
  column: string;
  value: string;
  code: AttendanceReason;
  wholeRow?: boolean;
  data?: Record<string, string>;
};

export type AttendanceOutcome = {
  sheet?: string;
  row: number;
  code: string | null;
  fullName: string;
  result: 'created' | 'updated' | 'unchanged';
  changes: string[];
};
