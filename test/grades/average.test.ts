import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { termAverage, yearAverage } from '../../src/grades/index.ts';

/** Exact rationals, slow and obvious: the sum of weighted tenths over the divisor, to the nearest tenth, ties up. */
function byRationals(weighted: readonly (readonly [tenths: number, weight: number])[]): number {
  const sum = weighted.reduce((all, [tenths, weight]) => all + BigInt(tenths) * BigInt(weight), 0n);
  const divisor = weighted.reduce((all, [, weight]) => all + BigInt(weight), 0n);
  // The largest n with n − 1/2 ≤ sum/divisor, found by trying: no rounding is done anywhere.
  for (let n = 100n; n >= 0n; n--) if ((2n * n - 1n) * divisor <= 2n * sum) return Number(n);
  throw new Error('below zero');
}

const tenths = (text: string): number => Math.round(Number(text.replace(',', '.')) * 10);

describe('The average of a term (Circular 22 Art. 9)', () => {
  it.each([
    ['8 9', '7', '8', '7,9'],
    ['8 8 8 8', '8', '8', '8,0'],
    ['8 7,5 9 8', '7,5', '8,3', '8,0'],
    ['9 8 7', '7', '8', '7,8'],
    ['6 8,6 4,2', '0,5', '6,6', '5,0'],
    ['4,9 10 4,6', '8,4', '4,3', '6,2'],
    ['5 5 6 4', '4,8', '5,1', '5,0'],
    ['10 10 10 10', '5', '5', '7,2'],
  ])('of %s, mid-term %s, final %s is %s', (regular, midTerm, final, expected) => {
    const marks = {
      regular: regular.split(' ').map(tenths),
      midTerm: tenths(midTerm),
      final: tenths(final),
    };
    expect(termAverage(marks)).toBe(tenths(expected));
  });

  it('agrees with exact rational arithmetic, whatever the marks', () => {
    const mark = fc.integer({ min: 0, max: 100 });
    fc.assert(
      fc.property(fc.array(mark, { minLength: 1, maxLength: 5 }), mark, mark, (regular, midTerm, final) => {
        const exact = byRationals([...regular.map((one) => [one, 1] as const), [midTerm, 2], [final, 3]]);
        expect(termAverage({ regular, midTerm, final })).toBe(exact);
      }),
      { numRuns: 2000 },
    );
  });

  it('rounds every one of the hundred ties up', () => {
    // With three regular marks the divisor is 8: a tie is a sum of tenths that is 4 more than a multiple of 8.
    for (let sum = 4; sum < 800; sum += 8) {
      const final = Math.min(100, Math.floor(sum / 3));
      const midTerm = Math.min(100, Math.floor((sum - 3 * final) / 2));
      let rest = sum - 3 * final - 2 * midTerm;
      const regular = [0, 0, 0].map(() => {
        const one = Math.min(100, rest);
        rest -= one;
        return one;
      });
      expect(rest).toBe(0);
      expect(termAverage({ regular, midTerm, final }), `sum ${sum}`).toBe((sum + 4) / 8);
    }
  });

  it('is not there while a part is missing, exempt or absent', () => {
    expect(termAverage({ regular: [80, 90], midTerm: null, final: 80 })).toBeNull();
    expect(termAverage({ regular: [80, 90], midTerm: 70, final: null })).toBeNull();
    expect(termAverage({ regular: [80, null], midTerm: 70, final: 80 })).toBeNull();
    expect(termAverage({ regular: [], midTerm: 70, final: 80 })).toBeNull();
  });
});

describe('The average of a year', () => {
  it.each([
    ['7,9', '8,5', '8,3'],
    ['6,4', '6,5', '6,5'],
    ['8,0', '7,9', '7,9'],
    ['4,9', '5,0', '5,0'],
  ])('of %s and %s is %s', (one, two, expected) => {
    expect(yearAverage(tenths(one), tenths(two))).toBe(tenths(expected));
  });

  it('agrees with exact rational arithmetic, and needs both terms', () => {
    for (let one = 0; one <= 100; one++)
      for (let two = 0; two <= 100; two++)
        expect(yearAverage(one, two)).toBe(
          byRationals([
            [one, 1],
            [two, 2],
          ]),
        );
    expect(yearAverage(null, 80)).toBeNull();
    expect(yearAverage(80, null)).toBeNull();
  });
});
