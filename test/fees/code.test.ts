import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CODE_ALPHABET, CODE_LENGTH, prefixOf } from '../../src/fees/code.ts';
import { codesIn, hasTraceOf, isCode, newCode } from '../../src/fees/index.ts';

const codes = fc
  .tuple(
    fc.stringMatching(new RegExp(`^[${CODE_ALPHABET}]{2}$`)),
    fc.array(fc.nat(30), { minLength: 7, maxLength: 7 }),
  )
  .map(([prefix, numbers]) => {
    const left = [...numbers];
    return newCode(prefix, () => left.pop() ?? 0);
  });

describe('A payment code', () => {
  it('has ten symbols that cannot be taken for others, and fits every memo', () => {
    fc.assert(
      fc.property(codes, (code) => {
        expect(code).toMatch(/^[2-9A-HJKMNP-Z]{10}$/);
        expect(code.length).toBe(CODE_LENGTH);
        expect(isCode(code)).toBe(true);
      }),
    );
  });

  it('is known from the notes as one', () => {
    expect(isCode('HP4F7K2M9Q')).toBe(true);
  });

  it('is no code any more with one wrong symbol, or with two exchanged', () => {
    fc.assert(
      fc.property(codes, fc.nat(9), fc.nat(9), fc.nat(30), (code, one, other, wrong) => {
        const symbols = [...code];
        const changed = symbols.with(one, CODE_ALPHABET.charAt(wrong)).join('');
        if (changed !== code) expect(isCode(changed)).toBe(false);
        const swapped = symbols
          .with(one, symbols[other] ?? '')
          .with(other, symbols[one] ?? '')
          .join('');
        if (swapped !== code) expect(isCode(swapped)).toBe(false);
      }),
    );
  });

  it('is found in what banks make of a memo', () => {
    const around = fc.stringMatching(/^[a-z0-9 .,-]{0,30}$/);
    fc.assert(
      fc.property(codes, around, around, fc.boolean(), (code, before, after, small) => {
        const broken = `${code.slice(0, 4)} ${code.slice(4)}`;
        const memo = `${before}${small ? broken.toLowerCase() : code}${after}`;
        expect(codesIn(memo)).toContain(code);
      }),
    );
  });

  it('begins with the item’s letters, as far as they cannot be misread', () => {
    expect(prefixOf('bao hiem y te')).toBe('BH');
    expect(prefixOf('nuoc uong')).toBe('NU');
    expect(prefixOf('hoc phi')).toBe('HP');
    expect(prefixOf('loi')).toBe('XX');
    expect(prefixOf('')).toBe('XX');
  });

  it('leaves a trace when it was cut or one symbol went wrong, and none in other words', () => {
    const code = 'HP4F7K2M9Q';
    expect(hasTraceOf(code, 'MBVCB.88 HP4F7K2 chuyen tien')).toBe(true);
    expect(hasTraceOf(code, 'P4F7K2M9Q')).toBe(true);
    expect(hasTraceOf(code, 'HP4F7X2M9Q')).toBe(true);
    expect(hasTraceOf(code, 'HP4F chuyen tien')).toBe(false);
    expect(hasTraceOf(code, 'nop tien bao hiem y te em Nam 6A1')).toBe(false);
  });
});
