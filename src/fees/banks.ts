import { readFileSync } from 'node:fs';
import { inPackage } from '../store/index.ts';

export type Bank = {
  /** The State Bank's number of a bank, six digits. */
  bin: string;
  code: string;
  shortName: string;
  name: string;
};

// Data, so that a bank that merges or is renamed is one line (the State Bank's list: official letter 1589 of 2024).
let banks: readonly Bank[] | undefined;

/** Every bank that can receive by VietQR. */
export function allBanks(): readonly Bank[] {
  banks ??= JSON.parse(readFileSync(inPackage('src', 'fees', 'banks.json'), 'utf8')) as Bank[];
  return banks;
}

/** The bank's name as families know it; its number when the list does not have it. */
export const bankName = (bin: string): string =>
  allBanks().find((bank) => bank.bin === bin)?.shortName ?? bin;

const squeeze = (text: string): string => text.toLowerCase().replace(/\s+/g, '');

/** By number, code or short name, as a cashier types it. */
export function findBank(typed: string): Bank | undefined {
  const key = squeeze(typed);
  return allBanks().find(
    (bank) => bank.bin === key || squeeze(bank.code) === key || squeeze(bank.shortName) === key,
  );
}
