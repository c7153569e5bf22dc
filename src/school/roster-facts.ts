// What a list says about pupils and their guardians, cleaned but not yet compared with what the hub knows.

export type GuardianRelation = 'father' | 'mother' | 'guardian';

/** Header texts of the columns that a fact came from, so that a remark can name them as the school wrote them. */
export type FactColumns = Partial<
  Record<'code' | 'fullName' | 'bornOn' | 'className' | 'status' | 'phone' | 'email', string>
>;

export type GuardianFact = {
  relation: GuardianRelation;
  /** Null: the list gives a number without a name. */
  fullName: string | null;
  /** "0912345678"; the second one is kept as the second phone. */
  phones: string[];
  /** Lower case. */
  emails: string[];
  columns: FactColumns;
};

export type PupilFact = {
  /** Set when the file has several sheets with lists. */
  sheet?: string;
  /** 1-based, as the spreadsheet program shows it. */
  row: number;
  /** Ten digits. Null: the list has none; then the pupil is sought by name and day of birth within the class. */
  code: string | null;
  fullName: string;
  /** "yyyy-mm-dd" */
  bornOn: string | null;
  className: string;
  grade: number;
  /** Null: the list does not say. */
  standing: 'studying' | 'left' | null;
  guardians: GuardianFact[];
  columns: FactColumns;
};

export type RosterList = {
  /** "2026-2027" */
  yearLabel: string;
  /**
   * register: the school's own register of classes; it decides names, classes and who has left.
   * contacts: a list of guardians; it adds to pupils and never renames, moves or closes one.
   */
  authority: 'register' | 'contacts';
  pupils: PupilFact[];
};

/** Why something of a list was left out, or deserves a look. Sentences: locales/*\/ingest.json "reason". */
export type RosterReason =
  | 'sameCodeTwice'
  | 'codeOfAnother'
  | 'nameDiffers'
  | 'notFoundByName'
  | 'severalByName'
  | 'nameChanged'
  | 'otherClass'
  | 'leftSchool'
  | 'phoneOfSeveral'
  | 'guardianshipEnded'
  | 'noMailAccount'
  | 'missingFromList';

/** One remark about one cell. `row` 0: about the file as a whole. */
export type Remark<Reason extends string = string> = {
  sheet?: string;
  row: number;
  /** Header text of the column. */
  column: string;
  value: string;
  code: Reason;
  /** Refusals only: the whole row was left out, not just this cell. */
  wholeRow?: boolean;
};
