// One transaction counts once, whoever tells of it: a service, another service, a statement, the same statement again.

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
  const byPlace = new Map<string, Known[]>();
  const placeOf = ({ accountNo, amount, day }: Incoming) => `${accountNo}/${amount}/${day}`;
  for (const one of known) byPlace.set(placeOf(one), [...(byPlace.get(placeOf(one)) ?? []), one]);
  for (const one of incoming) {
    const refKey = `${placeOf(one)}/${one.bankRef}`;
    if (one.bankRef !== '' && refs.has(refKey)) continue;
    if (one.bankRef !== '') refs.add(refKey);
    const twin = (byPlace.get(placeOf(one)) ?? []).find((other) =>
      one.bankRef !== '' && other.bankRef !== ''
        ? one.bankRef === other.bankRef
        : one.memoKey === other.memoKey && !claimed.has(other.id) && tellsAgain(source, other),
    );
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

/** Whether this source may be speaking of what is known: a service tells each transaction once, a statement again. */
function tellsAgain(source: string, other: Known): boolean {
  if (isStatement(source)) return true;
  return isStatement(other.source) && other.alsoFrom === null;
}
