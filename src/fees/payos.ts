import {
  type BankService,
  hmacHex,
  isRecord,
  parseJson,
  readBankTime,
  readText,
  readWhole,
  sameText,
} from './bank-told.ts';
import { inOrder } from './casso.ts';

/**
 * payOS's webhook: the signature stands in the body and covers all keys of `data`, also those that we do not know
 * (facts/domain.md §3.4). It has no time in it; a replay is known by its id.
 */
export const payos: BankService = {
  name: 'payos',
  proofs: ['signature'],

  isGenuine({ raw }, secret) {
    const body = parseJson(raw);
    if (!isRecord(body) || !isRecord(body.data) || typeof body.signature !== 'string') return false;
    return sameText(body.signature, hmacHex('sha256', secret, signedText(body.data)));
  },

  read(payload) {
    if (!isRecord(payload) || !isRecord(payload.data)) return null;
    const { data } = payload;
    const amount = readWhole(data.amount);
    const at = readBankTime(data.transactionDateTime);
    const reference = readText(data.reference);
    const link = readText(data.paymentLinkId) || readText(data.orderCode);
    if (amount === null || amount <= 0 || !at || (!reference && !link)) return null;
    return {
      externalId: `${link}/${reference}`,
      accountNo: readText(data.accountNumber),
      subAccount: readText(data.virtualAccountNumber),
      // Only what succeeded has brought money.
      direction: data.code === undefined || data.code === '00' ? 'in' : 'out',
      amount,
      memo: readText(data.description),
      bankRef: reference,
      at,
    };
  },
};

/** `key=value` pairs in the order of their keys, joined with `&`; what is absent is empty. */
export function signedText(data: Record<string, unknown>): string {
  return Object.keys(data)
    .sort()
    .map((key) => `${key}=${shown(data[key])}`)
    .join('&');
}

function shown(value: unknown): string {
  if (value === null || value === undefined || value === 'null' || value === 'undefined') return '';
  return typeof value === 'object' ? inOrder(value) : String(value);
}
