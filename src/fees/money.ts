/** Most that one bill may be: far above any school's, far below what a number holds. */
export const AMOUNT_MOST = 1_000_000_000;

/** Nothing costs less; Excel, though, makes 450 of 450.000. */
const AMOUNT_LEAST = 1000;

export type ReadAmount =
  | { amount: number }
  | { amount: null; problem: 'notAnAmount' | 'notPositive' | 'tooSmall' | 'tooLarge' };

const GROUPED = /^\d{1,3}([.,])\d{3}(?:\1\d{3})*$/;

/**
 * An amount in whole đồng as schools write it: 450.000, 450,000, 450000, 450 000, 450k, with or without đ, đồng, VND.
 * A sign that parts thousands must do so everywhere: "450.00" and "1.5" are no amounts.
 */
export function readAmount(typed: string): ReadAmount {
  const text = typed
    .normalize('NFKC')
    .toLowerCase()
    .replace(/(?:vnđ|vnd|đồng|dong|đ|₫|d)\.?$/u, '')
    .replace(/[\s'’]+/g, '');
  const minus = /^[-−–(]/.test(text);
  const [, number = '', thousand] = /^[-−–(+]?([\d.,]+)(k|nghìn|ngàn)?\)?$/u.exec(text) ?? [];
  const digits = GROUPED.test(number) ? number.replace(/[.,]/g, '') : number;
  if (!/^\d+$/.test(digits)) return { amount: null, problem: 'notAnAmount' };
  const amount = Number(digits) * (thousand ? 1000 : 1);
  if (minus || amount === 0) return { amount: null, problem: 'notPositive' };
  if (amount < AMOUNT_LEAST) return { amount: null, problem: 'tooSmall' };
  return amount > AMOUNT_MOST ? { amount: null, problem: 'tooLarge' } : { amount };
}

/** 450000 → "450.000": the Vietnamese way, in every language, since it is what stands in the bank's app. */
export const showAmount = (amount: number): string => String(amount).replace(/\B(?=(\d{3})+$)/g, '.');
