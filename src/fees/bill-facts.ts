/** Why a row of a bill list was left out or deserves a look; sentences: locales ingest:reason. */
export type BillReason =
  | 'unknownPupil'
  | 'codeOfAnotherPupil'
  | 'leftSchoolBill'
  | 'noItem'
  | 'notAnAmount'
  | 'notPositive'
  | 'tooSmall'
  | 'tooLarge'
  | 'badDueDay'
  | 'noDueDay'
  | 'voluntaryDueDay'
  | 'classFund'
  | 'parentsQuota'
  | 'sameBillTwice'
  | 'totalDiffers'
  | 'unknownItemColumn'
  | 'exemptOfWhat'
  | 'noAccount';

/** One row of a bill list, or one pupil of a class for whom a bill is made. */
export type BillFact = {
  sheet?: string;
  /** 0: not from a file. */
  row: number;
  /** The Ministry's code. */
  pupilCode: string;
  /** As the list writes it; "" when it does not. Compared with the roster: money on the wrong child is worse than none. */
  fullName: string;
  item: string;
  /** What stands beside it: "Tự nguyện". Never kept. */
  note: string;
  /** The decision that the item rests on, as the list names it; left out or "": what the kind of item rests on. */
  basis?: string;
  period: string;
  /** Whole đồng; 0 only when exempt. */
  amount: number;
  /** "yyyy-mm-dd" */
  dueOn: string | null;
  /** A flag and nothing else: why a family is exempt is nobody's matter (facts/domain.md §5). */
  exempt: boolean;
  /** The row holds the pupil's other items as well: what is wrong with this one concerns its cell. */
  oneOfRow?: true;
  columns: { code: string; fullName: string; item: string; dueOn: string };
};

export type BillRemark = {
  sheet?: string;
  row: number;
  column: string;
  value: string;
  code: BillReason;
  wholeRow?: boolean;
};

export type BillResult = 'created' | 'updated' | 'unchanged';
export type BillOutcome = {
  sheet?: string;
  row: number;
  code: string;
  fullName: string;
  result: BillResult;
  /** "bill", "amount", "dueOn", "exempt", "reopened" */
  changes: string[];
};
