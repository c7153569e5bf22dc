// Subject averages by Circular 22/2021 Art. 9.1.b (the same in 58/2011 as amended by 26/2020), in integer tenths.

/** Marks of one subject and term, tenths. Null: not there, or not a number (exempt, absent). */
export type TermMarks = {
  regular: readonly (number | null)[];
  midTerm: number | null;
  final: number | null;
};

/** Regular marks of a subject and term, at the least (Circular 22 Art. 6.2.b, by the number of lessons: 2, 3 or 4). */
export const REGULAR_LEAST = 2;

/** Half up, exact: `sum` tenths over `divisor`, both whole and not negative. */
export const roundHalfUp = (sum: number, divisor: number): number =>
  Math.floor((2 * sum + divisor) / (2 * divisor));

/**
 * ĐTBmhk = (sum of regular + 2 × mid-term + 3 × final) / (number of regular + 5), to one decimal, half up.
 * The circular names no rule for a part that is missing, so there is no average then.
 * @returns tenths, or null
 */
export function termAverage({ regular, midTerm, final }: TermMarks): number | null {
  if (midTerm === null || final === null || regular.length === 0) return null;
  let sum = 2 * midTerm + 3 * final;
  for (const mark of regular) {
    if (mark === null) return null;
    sum += mark;
  }
  return roundHalfUp(sum, regular.length + 5);
}

/** ĐTBmcn = (first term + 2 × second term) / 3, from the rounded averages. @returns tenths, or null */
export function yearAverage(first: number | null, second: number | null): number | null {
  return first === null || second === null ? null : roundHalfUp(first + 2 * second, 3);
}

const comma = (tenths: number): string => `${Math.trunc(tenths / 10)},${tenths % 10}`;

/** The working of a year's average, for staff: "(7,9 + 2 × 8,5) / 3 = 8,3". */
export const yearWorking = (first: number, second: number): string =>
  `(${comma(first)} + 2 × ${comma(second)}) / 3 = ${comma(roundHalfUp(first + 2 * second, 3))}`;

/** The working, for staff: "(7,3 + 7,7 + 6,4 + 2 × 4,1 + 3 × 7,5) / 8 = 6,5". */
export function working({ regular, midTerm, final }: TermMarks): string {
  const average = termAverage({ regular, midTerm, final });
  if (average === null || midTerm === null || final === null) return '';
  const parts = [...regular.map((mark) => comma(mark ?? 0)), `2 × ${comma(midTerm)}`, `3 × ${comma(final)}`];
  return `(${parts.join(' + ')}) / ${regular.length + 5} = ${comma(average)}`;
}
