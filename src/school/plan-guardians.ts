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
};

type Own = OwnGuardian & { guardianship: KnownGuardianship };

function ownGuardians(roster: WorkingRoster, pupilId: string): Own[] {
  return (roster.guardianshipsOf.get(pupilId) ?? []).flatMap((guardianship) => {
    const guardian = roster.guardians.all.get(guardianship.guardianId);
    if (!guardian) return [];
    return [{ guardian, guardianship, relation: guardianship.relation, closed: guardianship.closed }];
  });
}

function othersWithPhone(roster: WorkingRoster, pupilId: string, phone: string | undefined): KnownGuardian[] {
  if (phone === undefined) return [];
  const own = new Set(roster.guardianshipsOf.get(pupilId)?.map((one) => one.guardianId));
  return [...(roster.guardiansByPhone.get(phone) ?? [])]
    .filter((guardian) => !own.has(guardian.id) && (roster.openWards.get(guardian.id) ?? 0) > 0)
    .sort((a, b) => (a.id < b.id ? -1 : 1));
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

/** Phones only grow or follow a named guardian's newer list; a blank cell never erases one. */
function phonesAfter(
  guardian: KnownGuardian,
  fact: GuardianFact,
): Pick<KnownGuardian, 'phone' | 'secondPhone'> {
  const [first, second] = fact.phones;
  if (first === undefined || guardian.secondPhone === first) return guardian;
  const phone = first;
  const kept = guardian.secondPhone ?? second ?? null;
  return { phone, secondPhone: kept === phone ? null : kept };
}

function learn(planning: GuardianPlanning, guardian: KnownGuardian, fact: GuardianFact): string[] {
  const { roster } = planning;
  const learned: string[] = [];
  if (guardian.fullName === null && fact.fullName !== null) {
    set(roster.guardians, guardian, { fullName: fact.fullName, nameKey: keyOf(fact.fullName) });
    learned.push('guardian');
  }
  const { phone, secondPhone } = phonesAfter(guardian, fact);
  if (set(roster.guardians, guardian, { phone, secondPhone })) learned.push('phone');
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
  for (const address of unknown) {
    guardian.emails.push(address);
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
