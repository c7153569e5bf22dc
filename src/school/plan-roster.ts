import { classKey } from './class-name.ts';
import { nameKey } from './name.ts';
import { planEnrolment } from './plan-enrolment.ts';
import { type GuardianPlanning, planGuardians } from './plan-guardians.ts';
import type { KnownClass, KnownPupil, KnownYear, PresentRoster } from './present-roster.ts';
import { collectRemarks, type RemarkList } from './remarks.ts';
import type { PupilFact, RosterList } from './roster-facts.ts';
import type { PupilOutcome, RosterPlan } from './roster-plan.ts';
import { add, openWorkingRoster, set, type WorkingRoster, writesOf } from './working-roster.ts';

export type PlanOptions = {
  newId: () => string;
  /** Whether a mail account is connected, so that addresses can be kept and asked to confirm. */
  mayInviteByMail: boolean;
};

/** The list's school year; the newest one a school has is the current one. */
function planYear(present: PresentRoster, label: string, newId: () => string): KnownYear | null {
  if (present.years.some((year) => year.label === label)) return null;
  return { id: newId(), label, current: present.years.every((year) => year.label < label) };
}

function classOf(roster: WorkingRoster, fact: PupilFact): KnownClass {
  const key = classKey(fact.className);
  const known = roster.classes.get(key);
  if (known) return known;
  const made = { id: roster.newId(), name: fact.className, nameKey: key, grade: fact.grade };
  roster.classes.set(key, made);
  roster.newClasses.push(made);
  return made;
}

/** Without a code: only folded name and day of birth within the class tell who it is, never the name alone. */
function findByName(roster: WorkingRoster, fact: PupilFact): KnownPupil[] {
  const schoolClass = roster.classes.get(classKey(fact.className));
  if (!schoolClass || fact.bornOn === null) return [];
  const key = nameKey(fact.fullName);
  return [...roster.pupils.all.values()].filter(
    (pupil) =>
      pupil.nameKey === key &&
      pupil.bornOn === fact.bornOn &&
      roster.enrolmentsOf.get(pupil.id)?.some((one) => one.classId === schoolClass.id),
  );
}

type Found = { pupil: KnownPupil | null } | { refused: true };

function findPupil(roster: WorkingRoster, remarks: RemarkList, list: RosterList, fact: PupilFact): Found {
  if (fact.code === null) {
    const [pupil, ...more] = findByName(roster, fact);
    if (pupil && more.length === 0) return { pupil };
    remarks.refuse(fact, fact.columns.fullName, fact.fullName, pupil ? 'severalByName' : 'notFoundByName');
    return { refused: true };
  }
  const pupil = roster.pupilByCode.get(fact.code) ?? null;
  if (pupil === null || pupil.nameKey === nameKey(fact.fullName)) return { pupil };
  // The name is another one. Whose code it is, the day of birth must settle.
  const sameDay = fact.bornOn !== null && fact.bornOn === pupil.bornOn;
  const unknownDay = fact.bornOn === null || pupil.bornOn === null;
  if (sameDay || (unknownDay && list.authority === 'register')) {
    remarks.warn(
      fact,
      fact.columns.fullName,
      fact.fullName,
      list.authority === 'register' ? 'nameChanged' : 'nameDiffers',
    );
    return { pupil };
  }
  remarks.refuse(fact, fact.columns.code, fact.code, 'codeOfAnother');
  return { refused: true };
}

/** New pupil, or the register's newer name and day of birth. */
function planPerson(
  roster: WorkingRoster,
  list: RosterList,
  fact: PupilFact,
  known: KnownPupil | null,
): { pupil: KnownPupil; changes: string[] } {
  if (known === null) {
    const pupil = add(roster.pupils, {
      id: roster.newId(),
      code: fact.code ?? '',
      fullName: fact.fullName,
      nameKey: nameKey(fact.fullName),
      bornOn: fact.bornOn,
      left: false,
    });
    roster.pupilByCode.set(pupil.code, pupil);
    return { pupil, changes: ['pupil'] };
  }
  const changes: string[] = [];
  const mayRename = list.authority === 'register';
  if (mayRename && set(roster.pupils, known, { fullName: fact.fullName, nameKey: nameKey(fact.fullName) }))
    changes.push('name');
  const mayDate = fact.bornOn !== null && (mayRename || known.bornOn === null);
  if (mayDate && set(roster.pupils, known, { bornOn: fact.bornOn })) changes.push('bornOn');
  return { pupil: known, changes };
}

/** A row that was accepted, and the pupil it is about. */
type Accepted = { fact: PupilFact; pupil: KnownPupil; outcome: PupilOutcome };

function planRow(
  planning: GuardianPlanning,
  list: RosterList,
  fact: PupilFact,
  seen: Map<string, Accepted>,
): PupilOutcome {
  const { roster, remarks } = planning;
  const { row, code, fullName } = fact;
  const where = { ...(fact.sheet === undefined ? {} : { sheet: fact.sheet }), row, code, fullName };
  const refused: PupilOutcome = { ...where, result: 'refused', changes: [] };
  const twice = (): PupilOutcome => {
    remarks.refuse(fact, fact.columns.code, code ?? '', 'sameCodeTwice');
    return refused;
  };
  const coded = code === null ? undefined : roster.pupilByCode.get(code);
  if (coded && seen.has(coded.id)) return twice();
  const found = findPupil(roster, remarks, list, fact);
  if ('refused' in found) return refused;
  if (found.pupil && seen.has(found.pupil.id)) return twice();
  const { pupil, changes } = planPerson(roster, list, fact, found.pupil);
  changes.push(...planEnrolment(roster, remarks, list, fact, pupil, classOf(roster, fact)));
  changes.push(...planGuardians(planning, fact, pupil));
  const result = found.pupil === null ? 'created' : changes.length > 0 ? 'updated' : 'unchanged';
  const outcome: PupilOutcome = { ...where, result, changes: [...new Set(changes)] };
  seen.set(pupil.id, { fact, pupil, outcome });
  return outcome;
}

const MOST_PASSES = 8;

/**
 * Later rows tell things that would have decided earlier ones otherwise (whose phone it is). The rows are gone through
 * again until they have nothing more to say, so that the same list a second time has nothing to say either.
 */
function settleGuardians(planning: GuardianPlanning, rows: Iterable<Accepted>): void {
  const quiet = { ...planning, remarks: collectRemarks() };
  for (let pass = 1, changed = true; changed && pass < MOST_PASSES; pass++) {
    changed = false;
    quiet.told = new Map();
    for (const { fact, pupil, outcome } of rows) {
      const changes = planGuardians(quiet, fact, pupil);
      if (changes.length === 0) continue;
      changed = true;
      if (outcome.result === 'unchanged') outcome.result = 'updated';
      outcome.changes = [...new Set([...outcome.changes, ...changes])];
    }
  }
}

/** A newer register that lacks a pupil may be a slip: nobody is closed for it, the school is told how many. */
function remarkMissing(
  roster: WorkingRoster,
  remarks: RemarkList,
  list: RosterList,
  seen: ReadonlyMap<string, Accepted>,
): void {
  if (list.authority !== 'register') return;
  for (const key of new Set(list.pupils.map((fact) => classKey(fact.className)))) {
    const schoolClass = roster.classes.get(key);
    const missing = [...roster.enrolments.all.values()].filter(
      (one) => one.classId === schoolClass?.id && !one.closed && !seen.has(one.pupilId),
    );
    if (schoolClass && missing.length > 0) {
      remarks.warn(null, undefined, `${schoolClass.name}: ${missing.length}`, 'missingFromList');
    }
  }
}

/**
 * Decides what a list changes. Pure: the same roster and list give the same plan, so a dry run shows exactly what the
 * import writes; a plan that was applied gives, planned again, no change.
 */
export function planRoster(present: PresentRoster, list: RosterList, options: PlanOptions): RosterPlan {
  const roster = openWorkingRoster(present, options.newId);
  const remarks = collectRemarks();
  const planning: GuardianPlanning = {
    roster,
    remarks,
    mayInviteByMail: options.mayInviteByMail,
    newMailContacts: [],
    told: new Map(),
  };
  const newYear = planYear(present, list.yearLabel, options.newId);
  const seen = new Map<string, Accepted>();
  const outcomes = list.pupils.map((fact) => planRow(planning, list, fact, seen));
  settleGuardians(planning, [...seen.values()]);
  remarkMissing(roster, remarks, list, seen);
  return {
    outcomes,
    refused: remarks.refused,
    warnings: remarks.warnings,
    newYear,
    newClasses: roster.newClasses,
    pupils: writesOf(roster.pupils),
    enrolments: writesOf(roster.enrolments),
    guardians: writesOf(roster.guardians),
    guardianships: writesOf(roster.guardianships),
    newMailContacts: planning.newMailContacts,
  };
}
