// Which known guardian a list means. Pure; the order of the rules is the rule (facts/domain.md §2.1, §2.3 rule 6).
import type { KnownGuardian } from './present-roster.ts';
import type { GuardianFact, GuardianRelation } from './roster-facts.ts';

export type OwnGuardian = { guardian: KnownGuardian; relation: GuardianRelation; closed: boolean };

export type GuardianMatch =
  | { is: 'known'; guardianId: string }
  /** The school has ended this guardianship; a list does not bring it back. */
  | { is: 'ended' }
  /** `shared`: several guardians of the school have this phone, so it tells nobody. */
  | { is: 'new'; shared: boolean };

/** Nobody has named them, they have no phone, nobody has linked them: made so that a paper code can be printed. */
export function isPlaceholder(guardian: KnownGuardian): boolean {
  return (
    guardian.fullName === null && guardian.phone === null && guardian.emails.length === 0 && !guardian.linked
  );
}

export function hasPhone(guardian: KnownGuardian, phone: string | undefined): boolean {
  return phone !== undefined && (guardian.phone === phone || guardian.secondPhone === phone);
}

function choose(own: readonly OwnGuardian[]): GuardianMatch | null {
  const open = own.find((one) => !one.closed);
  if (open) return { is: 'known', guardianId: open.guardian.id };
  return own.length > 0 ? { is: 'ended' } : null;
}

const fits = (relation: GuardianRelation, one: OwnGuardian): boolean =>
  relation === 'guardian' || one.relation === 'guardian' || one.relation === relation;

/** Those already known in this relation first: else a list would mean another one each time it comes. */
function byRelation(fact: GuardianFact, own: readonly OwnGuardian[]): OwnGuardian[] {
  return [...own].sort((a, b) => Number(b.relation === fact.relation) - Number(a.relation === fact.relation));
}

/** A phone (or an address) without a name: whose it is, is known only if exactly one guardian has it. */
function matchUnnamed(
  fact: GuardianFact,
  own: readonly OwnGuardian[],
  others: readonly KnownGuardian[],
): GuardianMatch {
  const phone = fact.phones[0];
  const fitting = byRelation(fact, own).filter((one) => fits(fact.relation, one));
  const sameMail = fitting.filter((one) => one.guardian.emails.some((email) => fact.emails.includes(email)));
  const sameRelation = fitting.filter(
    (one) => fact.relation !== 'guardian' && one.relation === fact.relation,
  );
  const found =
    choose(fitting.filter((one) => hasPhone(one.guardian, phone))) ??
    choose(sameMail) ??
    (phone === undefined ? choose(sameRelation) : null);
  if (found) return found;
  const [other, ...more] = others;
  if (other && more.length === 0) return { is: 'known', guardianId: other.id };
  const free = fitting.filter((one) => !one.closed && isPlaceholder(one.guardian));
  return choose(free) ?? { is: 'new', shared: more.length > 0 };
}

/** A named parent. A guardian who bears another name is never taken: two parents may share one phone. */
function matchNamed(
  fact: GuardianFact,
  nameKey: string,
  own: readonly OwnGuardian[],
  others: readonly KnownGuardian[],
): GuardianMatch {
  const phone = fact.phones[0];
  const sameName = byRelation(fact, own).filter((one) => one.guardian.nameKey === nameKey);
  const unnamed = byRelation(fact, own).filter(
    (one) => one.guardian.fullName === null && fits(fact.relation, one),
  );
  const found =
    choose(sameName.filter((one) => hasPhone(one.guardian, phone))) ??
    choose(unnamed.filter((one) => phone !== undefined && one.guardian.phone === phone)) ??
    choose(sameName);
  if (found) return found;
  const sibling = others.find((other) => other.nameKey === nameKey);
  if (sibling) return { is: 'known', guardianId: sibling.id };
  const [nameless, ...more] = others.filter((other) => other.fullName === null);
  if (nameless && more.length === 0) return { is: 'known', guardianId: nameless.id };
  const free = unnamed.filter((one) => !one.closed && isPlaceholder(one.guardian));
  return choose(free) ?? { is: 'new', shared: false };
}

/**
 * Finds the guardian whom a fact means.
 * @param own the pupil's guardians, without those that this row has already taken (father and mother are two people)
 * @param others guardians of other pupils of the school who have the fact's first phone
 */
export function matchGuardian(
  fact: GuardianFact,
  nameKey: string | null,
  own: readonly OwnGuardian[],
  others: readonly KnownGuardian[],
): GuardianMatch {
  return nameKey === null ? matchUnnamed(fact, own, others) : matchNamed(fact, nameKey, own, others);
}
