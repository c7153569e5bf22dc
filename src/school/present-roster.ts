// What the hub knows of a school before a list is applied: just enough to decide, as plain data.
import type { GuardianRelation } from './roster-facts.ts';

export type KnownYear = { id: string; label: string; current: boolean };
export type KnownClass = { id: string; name: string; nameKey: string; grade: number };

export type KnownEnrolment = {
  id: string;
  pupilId: string;
  classId: string;
  yearLabel: string;
  closed: boolean;
};

export type KnownPupil = {
  id: string;
  code: string;
  fullName: string;
  nameKey: string;
  bornOn: string | null;
  left: boolean;
};

export type KnownGuardian = {
  id: string;
  fullName: string | null;
  nameKey: string | null;
  phone: string | null;
  secondPhone: string | null;
  /** E-mail addresses on record, whatever their state. */
  emails: string[];
  /** Has a chat or mailbox, or a code on paper that still works: somebody may be this guardian already. */
  spokenFor: boolean;
  /** Has any chat or mailbox. */
  linked: boolean;
};

export type KnownGuardianship = {
  id: string;
  guardianId: string;
  pupilId: string;
  relation: GuardianRelation;
  closed: boolean;
};

export type PresentRoster = {
  years: KnownYear[];
  /** Classes of the list's school year. */
  classes: KnownClass[];
  /** Pupils named in the list by code, and all who are in its classes now. */
  pupils: KnownPupil[];
  enrolments: KnownEnrolment[];
  /** Guardians of these pupils, and all of the school who have a phone of the list. */
  guardians: KnownGuardian[];
  guardianships: KnownGuardianship[];
};
