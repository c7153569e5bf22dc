/** Which rules a mark is under. TT22: Circular 22/2021; TT58_26: 58/2011 as amended by 26/2020; TT27: primary, 27/2020. */
export type Scheme = 'TT22' | 'TT58_26' | 'TT27' | 'NONE';

/** The first school year (its first calendar year) in which a grade was under the new circular (facts/domain.md §1.1, §1.3). */
const TT27_FROM: Readonly<Record<number, number>> = { 1: 2020, 2: 2021, 3: 2022, 4: 2023, 5: 2024 };
const TT22_FROM: Readonly<Record<number, number>> = {
  6: 2021,
  7: 2022,
  8: 2023,
  9: 2024,
  10: 2022,
  11: 2023,
  12: 2024,
};
/** Circular 26/2020 came into force in October 2020. */
const TT26_FROM = 2020;

/** @param yearLabel "2026-2027" @param grade 0 (pre-school) to 12 */
export function schemeOf(yearLabel: string, grade: number): Scheme {
  const year = Number(yearLabel.slice(0, 4));
  const primary = TT27_FROM[grade];
  if (primary !== undefined) return year >= primary ? 'TT27' : 'NONE';
  const secondary = TT22_FROM[grade];
  if (secondary === undefined) return 'NONE';
  if (year >= secondary) return 'TT22';
  return year >= TT26_FROM ? 'TT58_26' : 'NONE';
}

/** Whether subjects have averages of numbers at all; primary school never does (Circular 27 Art. 7). */
export const hasAverages = (scheme: Scheme): boolean => scheme === 'TT22' || scheme === 'TT58_26';
