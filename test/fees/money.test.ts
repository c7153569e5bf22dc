import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readAmount, showAmount } from '../../src/fees/index.ts';

describe('An amount', () => {
  it.each([
    ['450.000', 450_000],
    ['450,000', 450_000],
    ['450000', 450_000],
    ['450 000', 450_000],
    ['450\u00a0000', 450_000],
    ['450k', 450_000],
    ['450K', 450_000],
    ['450 nghìn', 450_000],
    ['450.000 đ', 450_000],
    ['450.000đ', 450_000],
    ['450.000 đồng', 450_000],
    ['450,000 VND', 450_000],
    ['1.250.000', 1_250_000],
    ['1,250,000 VNĐ', 1_250_000],
    ['631800', 631_800],
  ])('typed as %j is %i', (typed, amount) => {
    expect(readAmount(typed)).toEqual({ amount });
  });

  it.each([
    ['-5000', 'notPositive'],
    ['−5.000', 'notPositive'],
    ['(5.000)', 'notPositive'],
    ['0', 'notPositive'],
    ['bốn trăm', 'notAnAmount'],
    ['', 'notAnAmount'],
    ['450.00', 'notAnAmount'],
    ['1.250,000', 'notAnAmount'],
    ['4.5k', 'notAnAmount'],
    ['450.000.', 'notAnAmount'],
    ['450000.5', 'notAnAmount'],
    ['4e5', 'notAnAmount'],
    ['450', 'tooSmall'],
    ['999', 'tooSmall'],
    ['1.000.000.001', 'tooLarge'],
    ['99999999999999999999', 'tooLarge'],
  ])('typed as %j is refused: %s', (typed, problem) => {
    expect(readAmount(typed)).toEqual({ amount: null, problem });
  });

  it('that was shown is read as the same', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1000, max: 1_000_000_000 }), (amount) => {
        expect(readAmount(`${showAmount(amount)} đồng`)).toEqual({ amount });
      }),
    );
  });
});
