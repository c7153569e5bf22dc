// What a list changes about one pupil's guardians. Decided on the working roster, no I/O.

import { hasPhone, isPlaceholder, matchGuardian, type OwnGuardian } from './match-guardian.ts';
import { nameKey as keyOf } from './name.ts';
import type { KnownGuardian, KnownGuardianship, KnownPupil } from './present-roster.ts';
import type { RemarkList } from './remarks.ts';
import type { GuardianFact, PupilFact } from './roster-facts.ts';
import type { MailContactRow } from './roster-plan.ts';
import { add, countWard, indexPhone, pushTo, set, type WorkingRoster } from './working-roster.ts';

export type GuardianPlanning = {
  roster: WorkingRoster;
  remarks: RemarkList;
  mayInviteByMail: boolean;
  newMailContacts: MailContactRow[];
  /** Guardian → numbers that this list has told. */
  told: Map<string, ReadonlySet<string>>;
};

type Own = OwnGuardian & { guardianship: KnownGuardianship };

const byId = (a: { id: string }, b: { id: string }): number => (a.id < b.id ? -1 : 1);

/** In the order of their ids, as they come from the database: the order must not depend on when they were made. */
function ownGuardians(roster: WorkingRoster, pupilId: string): Own[] {
  return [...(roster.guardianshipsOf.get(pupilId) ?? [])].sort(byId).flatMap((guardianship) => {
    const guardian = roster.guardians.all.get(guardianship.guardianId);
    if (!guardian) return [];
    return [{ guardian, guardianship, relation: guardianship.relation, closed: guardianship.closed }];
  });
}

function othersWithPhone(roster: WorkingRoster, pupilId: string, phone: string | undefined): KnownGuardian[] {
  if (phone === undefined) return [];
  const own = new Set(roster.guardianshipsOf.get(pupilId)?.map((one) => one.guardianId));
  return [...(roster.guardiansByPhone.get(phone) ?? [])]
    .filter((one) => hasPhone(one, phone) && !own.has(one.id) && (roster.openWards.get(one.id) ?? 0) > 0)
    .sort(byId);
}

function newGuardian(roster: WorkingRoster): KnownGuardian {
  return add(roster.guardians, {
    id: roster.newId(),
    fullName: null,
    nameKey: null,
    phone: null,
    secondPhone: null,
    emails: [],
    spokenFor: false,
    linked: false,
  });
}

function join(
  roster: WorkingRoster,
  pupil: KnownPupil,
  guardian: KnownGuardian,
  relation: GuardianFact['relation'],
): void {
  const guardianship = add(roster.guardianships, {
    id: roster.newId(),
    guardianId: guardian.id,
    pupilId: pupil.id,
    relation,
    closed: false,
  });
  pushTo(roster.guardianshipsOf, pupil.id, guardianship);
  countWard(roster, guardian.id, 1);
}

type Phones = Pick<KnownGuardian, 'phone' | 'secondPhone'>;

/**
 * A guardian's phones after a list told some: a blank cell erases none; a new number comes first and the old one
 * second; numbers that the same list has told already (`told`) are not pushed out, or a list that gives one parent
 * three numbers in three children's rows would change something every time it comes.
 */
function phonesAfter(guardian: KnownGuardian, [first, second]: string[], told: ReadonlySet<string>): Phones {
  const after: Phones = { phone: guardian.phone, secondPhone: guardian.secondPhone };
  const keeps = (phone: string | null): boolean => phone !== null && told.has(phone);
  if (first !== undefined && !hasPhone(guardian, first)) {
    if (!keeps(after.phone)) {
      if (!keeps(after.secondPhone)) after.secondPhone = after.phone ?? after.secondPhone;
      after.phone = first;
    } else if (!keeps(after.secondPhone)) after.secondPhone = first;
  }
  if (second !== undefined && after.phone !== second) after.secondPhone ??= second;
  return after;
}

function learn(planning: GuardianPlanning, guardian: KnownGuardian, fact: GuardianFact): string[] {
  const { roster } = planning;
  const learned: string[] = [];
  if (guardian.fullName === null && fact.fullName !== null) {
    set(roster.guardians, guardian, { fullName: fact.fullName, nameKey: keyOf(fact.fullName) });
    learned.push('guardian');
  }
  const told = planning.told.get(guardian.id) ?? new Set();
  if (set(roster.guardians, guardian, phonesAfter(guardian, fact.phones, told))) learned.push('phone');
  planning.told.set(guardian.id, new Set([...told, ...fact.phones]));
  indexPhone(roster, guardian);
  return learned;
}

function learnEmails(
  planning: GuardianPlanning,
  row: PupilFact,
  guardian: KnownGuardian,
  fact: GuardianFact,
): string[] {
  const unknown = fact.emails.filter((email) => !guardian.emails.includes(email));
  if (unknown.length === 0) return [];
  if (!planning.mayInviteByMail) {
    for (const value of unknown) planning.remarks.warn(row, fact.columns.email, value, 'noMailAccount');
    return [];
  }
  guardian.emails = [...guardian.emails, ...unknown];
  for (const address of unknown) {
    planning.newMailContacts.push({ id: planning.roster.newId(), guardianId: guardian.id, address });
  }
  return ['email'];
}

function planOne(
  planning: GuardianPlanning,
  row: PupilFact,
  pupil: KnownPupil,
  fact: GuardianFact,
  taken: Set<string>,
): string[] {
  const { roster, remarks } = planning;
  const phone = fact.phones[0];
  const own = ownGuardians(roster, pupil.id);
  const free = own.filter((one) => !taken.has(one.guardian.id));
  // Two columns with one phone and no name: one person.
  const again =
    fact.fullName === null && own.some((one) => taken.has(one.guardian.id) && hasPhone(one.guardian, phone));
  if (again) return [];
  const key = fact.fullName === null ? null : keyOf(fact.fullName);
  const match = matchGuardian(fact, key, free, othersWithPhone(roster, pupil.id, phone));
  if (match.is === 'ended') {
    remarks.warn(
      row,
      fact.columns.phone ?? fact.columns.email,
      phone ?? fact.emails[0] ?? '',
      'guardianshipEnded',
    );
    return [];
  }
  if (match.is === 'new' && match.shared)
    remarks.warn(row, fact.columns.phone, phone ?? '', 'phoneOfSeveral');
  const known = match.is === 'known' ? roster.guardians.all.get(match.guardianId) : undefined;
  const guardian = known ?? newGuardian(roster);
  taken.add(guardian.id);
  const held = own.find((one) => one.guardian.id === guardian.id)?.guardianship;
  const changes = [...learn(planning, guardian, fact), ...learnEmails(planning, row, guardian, fact)];
  if (!held) {
    join(roster, pupil, guardian, fact.relation);
    return [...changes, 'guardian'];
  }
  const named = held.relation === 'guardian' && fact.relation !== 'guardian';
  return named && set(roster.guardianships, held, { relation: fact.relation })
    ? [...changes, 'guardian']
    : changes;
}

/** A placeholder whose place a real guardian has taken, and that nobody holds a code for, is closed. */
function closeSuperseded(roster: WorkingRoster, pupil: KnownPupil): boolean {
  const open = ownGuardians(roster, pupil.id).filter((one) => !one.closed);
  const real = open.some((one) => one.guardian.fullName !== null || one.guardian.phone !== null);
  if (!real) return false;
  const superseded = open.filter((one) => isPlaceholder(one.guardian) && !one.guardian.spokenFor);
  for (const one of superseded) {
    set(roster.guardianships, one.guardianship, { closed: true });
    countWard(roster, one.guardian.id, -1);
  }
  return superseded.length > 0;
}

/** Returns what changed: "guardian", "phone", "email". */
export function planGuardians(planning: GuardianPlanning, row: PupilFact, pupil: KnownPupil): string[] {
  const { roster } = planning;
  const taken = new Set<string>();
  const changes = row.guardians.flatMap((fact) => planOne(planning, row, pupil, fact, taken));
  const hasAny = roster.guardianshipsOf.get(pupil.id)?.some((one) => !one.closed) ?? false;
  if (!hasAny && !pupil.left) {
    join(roster, pupil, newGuardian(roster), 'guardian');
    changes.push('guardian');
  }
  if (closeSuperseded(roster, pupil)) changes.push('guardian');
  return changes;
}
