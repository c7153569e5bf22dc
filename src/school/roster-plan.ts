// What applying a list would do: one outcome per row, and the rows to write. The dry run shows it, the import writes it.
import type { KnownClass, KnownYear } from './present-roster.ts';
import type { GuardianRelation, Remark, RosterReason } from './roster-facts.ts';

export type PupilOutcome = {
  sheet?: string;
  row: number;
  result: 'created' | 'updated' | 'unchanged' | 'refused';
  code: string | null;
  fullName: string;
  /** What changed: "pupil", "name", "bornOn", "class", "left", "returned", "guardian", "phone", "email". */
  changes: string[];
};

export type PupilRow = {
  id: string;
  code: string;
  fullName: string;
  nameKey: string;
  bornOn: string | null;
  left: boolean;
};
export type EnrolmentRow = { id: string; pupilId: string; classId: string; closed: boolean };
export type GuardianRow = {
  id: string;
  fullName: string | null;
  nameKey: string | null;
  phone: string | null;
  secondPhone: string | null;
};
export type GuardianshipRow = {
  id: string;
  guardianId: string;
  pupilId: string;
  relation: GuardianRelation;
  closed: boolean;
};
export type MailContactRow = { id: string; guardianId: string; address: string };

export type Writes<Row> = { created: Row[]; changed: Row[] };

export type RosterPlan = {
  outcomes: PupilOutcome[];
  refused: Remark<RosterReason>[];
  warnings: Remark<RosterReason>[];
  /** Null: the year is known and stays as it is. */
  newYear: KnownYear | null;
  newClasses: KnownClass[];
  pupils: Writes<PupilRow>;
  enrolments: Writes<EnrolmentRow>;
  guardians: Writes<GuardianRow>;
  guardianships: Writes<GuardianshipRow>;
  newMailContacts: MailContactRow[];
};
