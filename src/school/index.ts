// school: who is who. Units, years, classes, pupils, guardians, enrolments.
//
// In: lists whose rows have been read and cleaned (ingest), questions of the later parts. Out: the roster in the
// database, and a plan that tells per row what changed. It promises: a pupil is known by the Ministry's code, never by
// the name alone; nobody is deleted, only closed; the same list a second time changes nothing; a phone is neither a
// chat nor a consent; the state of a contact is never changed by a list. It does not read files and sends nothing.

export { type ApplyRoster, applyRoster } from './apply-roster.ts';
export { classInTitle, classKey, readGrade, tidyClassName } from './class-name.ts';
export { readEmails } from './email.ts';
export { type FindClass, type FoundClass, findClass } from './find-class.ts';
export { type FoundSchool, findSchool } from './find-school.ts';
export { fold, isTyped, wordsOf } from './fold.ts';
export { guardianTitle } from './guardian-title.ts';
export { type IssuedCode, issueCodes } from './issue-codes.ts';
export { issueOwnCode } from './issue-own-code.ts';
export { findLinkCode, newLinkCode, readLinkCode, showLinkCode } from './link-code.ts';
export { byClassList, givenName, nameKey, tidyName } from './name.ts';
export { type PhoneNote, readPhones } from './phone.ts';
export type {
  FactColumns,
  GuardianFact,
  GuardianRelation,
  PupilFact,
  Remark,
  RosterList,
  RosterReason,
} from './roster-facts.ts';
export type { PupilOutcome, RosterPlan } from './roster-plan.ts';
export { schoolKey } from './school-name.ts';
export {
  addStaff,
  issueStaffCode,
  onDuty,
  type StaffMember,
  staffNamed,
  type Teacher,
  teachersOf,
} from './staff.ts';
export { readSchoolYear } from './year.ts';
