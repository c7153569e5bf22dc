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
export type Known = Incoming & { id: string; source: string; alsoFrom: string | null };

export type Sorted<T> = { fresh: T[]; twins: { id: string; source: string }[] };

const isStatement = (source: string): boolean => source === 'statement';

/**
 * Sorts out what is known already. By the bank's reference where both have one; else by account, day, amount and memo,
 * one for one: two equal transfers of one day stay two. Pure.
 */
export function sortKnown<T extends Incoming>(
  incoming: readonly T[],
  source: string,
  known: readonly Known[],
): Sorted<T> {
  const fresh: T[] = [];
  const twins: { id: string; source: string }[] = [];
  const claimed = new Set<string>();
  const refs = new Set<string>();
  const twinOf = finderOf(source, known);
  for (const one of incoming) {
    const refKey = `${placeOf(one)}/${one.bankRef}`;
    if (one.bankRef !== '' && refs.has(refKey)) continue;
    if (one.bankRef !== '') refs.add(refKey);
    const twin = twinOf(one, claimed);
    if (!twin) {
      fresh.push(one);
      continue;
    }
    claimed.add(twin.id);
    if (twin.alsoFrom === null && isStatement(twin.source) !== isStatement(source))
      twins.push({ id: twin.id, source });
  }
  return { fresh, twins };
}

const placeOf = ({ accountNo, amount, day }: Incoming): string => `${accountNo}/${amount}/${day}`;

/** The same reference is looked up; only between a statement and a service are the others looked through, one by one. */
function finderOf(
  source: string,
  known: readonly Known[],
): (one: Incoming, claimed: ReadonlySet<string>) => Known | undefined {
  const byRef = new Map(known.map((other) => [`${placeOf(other)}/${other.bankRef}`, other]));
  const loose = new Map<string, Known[]>();
  for (const other of known) {
    if (!tellsAgain(source, other)) continue;
    const there = loose.get(placeOf(other));
    if (there) there.push(other);
    else loose.set(placeOf(other), [other]);
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
  if (one !== '' && other !== '' && (one.includes(other) || other.includes(one))) return true;
  const codes = codesIn(other);
  return codes.length > 0 && codes.join() === codesIn(one).join();
}

/** Whether this source may be speaking of what is known: a service tells each transaction once, a statement again. */
function tellsAgain(source: string, other: Known): boolean {
  if (isStatement(source)) return true;
  return isStatement(other.source) && other.alsoFrom === null;
}
