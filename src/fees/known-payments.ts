// One transaction counts once, whoever tells of it: a service, another service, a statement, the same statement again.

import { codesIn, memoKey } from './code.ts';

/** Below it, a beginning may be that of any reference. */
const REF_LEAST = 8;

export type Incoming = {
  accountNo: string;
  amount: number;
  /** yyyy-mm-dd at school. */
  day: string;
  memoKey: string;
  bankRef: string;
};
export type Known = Incoming & {
  id: string;
  source: string;
  alsoFrom: string | null;
  /** The day on which `alsoFrom` has it. */
  alsoDay: string | null;
};

/** What is known and was told of again from the other side, on this day. */
export type Twin = { id: string; source: string; day: string };

export type Sorted<T> = { fresh: T[]; twins: Twin[] };

const isStatement = (source: string): boolean => source === 'statement';

/**
 * Sorts out what is known already. By the bank's reference where both have one; else by account, day, amount and memo,
 * one for one: two equal transfers of one day stay two. What is left over is then compared with the days around: what a
 * service tells of on Saturday evening stands in the statement on Monday. Pure.
 */
export function sortKnown<T extends Incoming>(
  incoming: readonly T[],
  source: string,
  known: readonly Known[],
): Sorted<T> {
  const twins: Twin[] = [];
  const claimed = new Set<string>();
  const pair = (twin: Known, day: string): void => {
    claimed.add(twin.id);
    if (twin.alsoFrom === null && isStatement(twin.source) !== isStatement(source))
      twins.push({ id: twin.id, source, day });
  };
  const refs = new Set<string>();
  const twinOf = finderOf(source, known);
  const unpaired = incoming.filter((one) => {
    const refKey = `${placeOf(one)}/${one.bankRef}`;
    if (one.bankRef !== '' && refs.has(refKey)) return false;
    if (one.bankRef !== '') refs.add(refKey);
    const twin = twinOf(one, claimed);
    if (twin) pair(twin, one.day);
    return !twin;
  });
  const single = known.filter(
    ({ id, alsoFrom, source: from }) =>
      !claimed.has(id) && alsoFrom === null && isStatement(from) !== isStatement(source),
  );
  const fresh = unpaired.filter((one) => {
    const twin = single
      .filter((other) => !claimed.has(other.id) && isBookedLater(one, other, isStatement(source)))
      .sort((a, b) => daysBetween(one, a) - daysBetween(one, b))[0];
    if (twin) pair(twin, one.day);
    return !twin;
  });
  return { fresh, twins };
}

/** A bank books what comes at night, on a weekend or on a holiday (Tết has nine days) on its next working day. */
export const BOOKED_LATER_DAYS = 10;
const DAY_MS = 86_400_000;

const daysBetween = (one: Incoming, other: Incoming): number =>
  Math.abs(Date.parse(one.day) - Date.parse(other.day)) / DAY_MS;

/**
 * Whether a service and a statement speak of one transfer on different days: never by amount and day alone. The same
 * reference of the bank, or, where one of them gives none, the same code of a bill, booked after it was told.
 */
function isBookedLater(one: Incoming, other: Incoming, oneIsStatement: boolean): boolean {
  if (one.accountNo !== other.accountNo || one.amount !== other.amount) return false;
  if (daysBetween(one, other) > BOOKED_LATER_DAYS) return false;
  if (one.bankRef !== '' && other.bankRef !== '') return isSameRef(one.bankRef, other.bankRef);
  const [statement, service] = oneIsStatement ? [one, other] : [other, one];
  return statement.day > service.day && hasSameCode(one.memoKey, other.memoKey);
}

const placeOf = ({ accountNo, amount, day }: Incoming): string => `${accountNo}/${amount}/${day}`;

/** Also where the other teller has it, so that it is known when that one comes again. */
const placesOf = (known: Known): string[] =>
  [...new Set([known.day, known.alsoDay ?? known.day])].map((day) => placeOf({ ...known, day }));

/** The same reference is looked up; only between a statement and a service are the others looked through, one by one. */
function finderOf(
  source: string,
  known: readonly Known[],
): (one: Incoming, claimed: ReadonlySet<string>) => Known | undefined {
  const byRef = new Map(
    known.flatMap((other) => placesOf(other).map((place) => [`${place}/${other.bankRef}`, other] as const)),
  );
  const loose = new Map<string, Known[]>();
  for (const other of known) {
    if (!tellsAgain(source, other)) continue;
    for (const place of placesOf(other)) {
      const there = loose.get(place);
      if (there) there.push(other);
      else loose.set(place, [other]);
    }
  }
  return (one, claimed) => {
    const exact = one.bankRef === '' ? undefined : byRef.get(`${placeOf(one)}/${one.bankRef}`);
    if (exact) return exact;
    const others = (loose.get(placeOf(one)) ?? []).filter((other) => !claimed.has(other.id));
    const both = (other: Known) => one.bankRef !== '' && other.bankRef !== '';
    return (
      others.find((other) => both(other) && isSameRef(one.bankRef, other.bankRef)) ??
      others.find((other) => !both(other) && one.memoKey === other.memoKey) ??
      others.find((other) => !both(other) && isSameMemo(one.memoKey, other.memoKey))
    );
  };
}

/** A bank adds to its reference, or not, depending on who asks: "FT26324000001" and "FT26324000001\\BNK" are one. */
function isSameRef(one: string, other: string): boolean {
  const [shorter = '', longer = ''] = [memoKey(one), memoKey(other)].sort((a, b) => a.length - b.length);
  return shorter === longer || (shorter.length >= REF_LEAST && longer.startsWith(shorter));
}

/** A statement and a service show more or less of the same text: one holds the other, or both the same code. */
function isSameMemo(one: string, other: string): boolean {
  return (
    (one !== '' && other !== '' && (one.includes(other) || other.includes(one))) || hasSameCode(one, other)
  );
}

/** Text around a code may look like another one by chance; it seldom does so in both. */
function hasSameCode(one: string, other: string): boolean {
  const codes = new Set(codesIn(other));
  return codesIn(one).some((code) => codes.has(code));
}

/** Whether this source may be speaking of what is known: a service tells each transaction once, a statement again. */
function tellsAgain(source: string, other: Known): boolean {
  if (isStatement(source)) return true;
  return isStatement(other.source) && other.alsoFrom === null;
}
