// The text of a VietQR code, by NAPAS "Quy định về định dạng VietQR" v1.0 of September 2021 (facts/domain.md §3.3):
// fields of two digits id, two digits length, value.

import { HubError } from '../errors.ts';

export type Transfer = {
  /** Six digits (banks.json). */
  bankBin: string;
  /** 1–19 letters or digits. */
  accountNo: string;
  /** Whole đồng above 0; left out: the payer types it. */
  amount?: number;
  /** ASCII, at most `memoMost`; left out: none. */
  memo?: string;
  /** A bill number of the merchant's own, beside the memo. ASCII, at most 25. */
  billNumber?: string;
};

/** The specification allows 25; one widely used service takes no more than 19 (facts/domain.md §3.3). */
const MEMO_MOST = 19;
const FIELD_MOST = 25;
/** 13 digits in field 54. */
const AMOUNT_MOST = 9_999_999_999_999;

const NAPAS = 'A000000727';
const TO_ACCOUNT = 'QRIBFTTA';

/**
 * The text for a transfer. Everything is guarded before it is built: a wrong length would give a code that reads as
 * something else.
 * @param limits memoMost 1–25, for a school whose banks take more than the default of 19
 * @throws HubError `badInput` that names what is wrong
 */
export function vietQr(transfer: Transfer, limits: { memoMost: number } = { memoMost: MEMO_MOST }): string {
  check(transfer, limits.memoMost);
  const { bankBin, accountNo, amount, memo, billNumber } = transfer;
  const account = field('00', NAPAS) + field('01', field('00', bankBin) + field('01', accountNo));
  const additional = (billNumber ? field('01', billNumber) : '') + (memo ? field('08', memo) : '');
  const body = [
    field('00', '01'),
    // 11: may be used again and again; 12: for this payment.
    field('01', amount === undefined ? '11' : '12'),
    field('38', account + field('02', TO_ACCOUNT)),
    field('53', '704'),
    amount === undefined ? '' : field('54', String(amount)),
    field('58', 'VN'),
    additional ? field('62', additional) : '',
    '6304',
  ].join('');
  return body + crc16(body);
}

function check({ bankBin, accountNo, amount, memo, billNumber }: Transfer, memoMost: number): void {
  const wrong = (problem: string): never => {
    throw new HubError('badInput', { problem });
  };
  if (!/^\d{6}$/.test(bankBin)) wrong('bank BIN');
  if (!/^[A-Za-z0-9]{1,19}$/.test(accountNo)) wrong('account number');
  if (amount !== undefined && !(Number.isSafeInteger(amount) && amount > 0 && amount <= AMOUNT_MOST))
    wrong('amount');
  if (memo !== undefined && !fits(memo, Math.min(memoMost, FIELD_MOST))) wrong('memo');
  if (billNumber !== undefined && !fits(billNumber, FIELD_MOST)) wrong('bill number');
}

/** Printable ASCII: what counts as one sign is one byte, and no bank has to guess at diacritics. */
const fits = (text: string, most: number): boolean =>
  /^[\x20-\x7e]+$/.test(text) && text.trim() === text && text.length <= most;

const field = (id: string, value: string): string => `${id}${String(value.length).padStart(2, '0')}${value}`;

/** CRC-16/CCITT-FALSE: polynomial 0x1021, start 0xFFFF; of "123456789" it is 29B1. */
export function crc16(text: string): string {
  let crc = 0xffff;
  for (const byte of Buffer.from(text, 'latin1')) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit++) crc = (crc & 0x8000 ? (crc << 1) ^ 0x1021 : crc << 1) & 0xffff;
  }
  return crc.toString(16).toUpperCase().padStart(4, '0');
}
