// Compares the school's attendance with what is stored. Pure: the same file a second time plans nothing.
import { classKey, nameKey } from '../school/index.ts';
import type { DayPart } from '../store/prisma/enums.ts';
import type {
  AttendanceFact,
  AttendanceOutcome,
  AttendanceReason,
  AttendanceRemark,
} from './attendance-facts.ts';

export type AttendancePupil = {
  id: string;
  code: string;
  vendorCode: string | null;
  fullName: string;
  nameKey: string;
  /** Of the year's classes in which the pupil is, or was. */
  classKeys: readonly string[];
};

export type StoredSession = { pupilId: string; day: string; part: DayPart; excused: boolean };

export type AttendanceBefore = {
  pupils: readonly AttendancePupil[];
  stored: readonly StoredSession[];
  /** "2026-2027" */
  yearLabel: string;
  /** "yyyy-mm-dd", at school. */
  today: string;
};

export type PlannedSession = StoredSession & { isNew: boolean };

export type AttendancePlan = {
  sessions: PlannedSession[];
  outcomes: AttendanceOutcome[];
  refused: AttendanceRemark[];
  warnings: AttendanceRemark[];
};

/** A school year runs from August to the July after. */
const inYear = (day: string, label: string): boolean =>
  day >= `${label.slice(0, 4)}-08-01` && day < `${label.slice(5)}-08-01`;

const keyOf = ({ pupilId, day, part }: Omit<StoredSession, 'excused'>): string => `${pupilId}:${day}:${part}`;

export function planAttendance(facts: readonly AttendanceFact[], before: AttendanceBefore): AttendancePlan {
  const plan: AttendancePlan = { sessions: [], outcomes: [], refused: [], warnings: [] };
  const byCode = new Map(before.pupils.map((pupil) => [pupil.code, pupil]));
  const byVendorCode = new Map(
    before.pupils.flatMap((pupil) => (pupil.vendorCode === null ? [] : [[pupil.vendorCode, pupil]])),
  );
  const stored = new Map(before.stored.map((one) => [keyOf(one), one.excused]));
  const seen = new Set<string>();
  for (const fact of facts) {
    const refuse = (code: AttendanceReason, column: string, value: string) =>
      plan.refused.push({ ...placeOf(fact), column, value, code, wholeRow: true });
    const { columns, day, part, excused } = fact;
    const pupil = byCode.get(fact.pupilCode) ?? byVendorCode.get(fact.pupilCode);
    const wrong = pupil ? notTheirs(fact, pupil) : 'unknownPupil';
    if (!pupil || wrong) {
      const isClass = wrong === 'pupilOfOtherClass';
      refuse(
        wrong ?? 'unknownPupil',
        isClass ? columns.className : columns.code,
        isClass ? fact.className : fact.pupilCode,
      );
      continue;
    }
    if (!inYear(day, before.yearLabel) || day > before.today) {
      refuse('dayOutsideYear', columns.day, day);
      continue;
    }
    const session = { pupilId: pupil.id, day, part };
    const key = keyOf(session);
    if (seen.has(key)) {
      refuse('sameSessionTwice', columns.day, day);
      continue;
    }
    seen.add(key);
    const known = stored.get(key);
    const result = known === undefined ? 'created' : known === excused ? 'unchanged' : 'updated';
    if (result !== 'unchanged') plan.sessions.push({ ...session, excused, isNew: known === undefined });
    const changes = result === 'created' ? ['absence'] : result === 'updated' ? ['leave'] : [];
    plan.outcomes.push({ ...placeOf(fact), code: pupil.code, fullName: pupil.fullName, result, changes });
  }
  return plan;
}

const placeOf = ({ sheet, row }: AttendanceFact) => ({ ...(sheet === undefined ? {} : { sheet }), row });

/** A code alone may be mistyped: name and class, where the file has them, must agree. */
function notTheirs(fact: AttendanceFact, pupil: AttendancePupil): AttendanceReason | null {
  if (fact.fullName !== '' && nameKey(fact.fullName) !== pupil.nameKey) return 'codeOfAnotherPupil';
  if (fact.className !== '' && !pupil.classKeys.includes(classKey(fact.className)))
    return 'pupilOfOtherClass';
  return null;
}
