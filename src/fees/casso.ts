import {
  type BankService,
  hmacHex,
  isRecent,
  isRecord,
  parseJson,
  readBankTime,
  readText,
  readWhole,
  sameText,
} from './bank-told.ts';

/** Casso's webhook v2: HMAC-SHA512 over the time and the body with its keys in order (facts/domain.md §3.4). */
export const casso: BankService = {
  name: 'casso',
  proofs: ['signature'],

  isGenuine({ raw, header }, secret, _proof, now) {
    const [, milliseconds = '', given = ''] =
      /^t=(\d{1,15}),\s*v1=([0-9a-f]{128})$/.exec(header('x-casso-signature') ?? '') ?? [];
    if (!milliseconds || !isRecent(Number(milliseconds), now)) return false;
    const body = parseJson(raw);
    return body !== null && sameText(given, hmacHex('sha512', secret, `${milliseconds}.${inOrder(body)}`));
  },

  read(payload) {
    if (!isRecord(payload) || !isRecord(payload.data)) return null;
    const { data } = payload;
    const amount = readWhole(data.amount);
    const at = readBankTime(data.transactionDateTime);
    const externalId = readText(data.id);
    if (!externalId || amount === null || amount === 0 || !at) return null;
    return {
      externalId,
      accountNo: readText(data.accountNumber),
      subAccount: readText(data.virtualAccountNumber),
      // Money that goes out has a minus.
      direction: amount > 0 ? 'in' : 'out',
      amount: Math.abs(amount),
      memo: readText(data.description),
      bankRef: readText(data.reference),
      at,
    };
  },
};

/** JSON with the keys of every object in order. */
export function inOrder(value: unknown): string {
  const sorted = (one: unknown): unknown => {
    if (Array.isArray(one)) return one.map(sorted);
    if (!isRecord(one)) return one;
    return Object.fromEntries(
      Object.keys(one)
        .sort()
        .map((key) => [key, sorted(one[key])]),
    );
  };
  return JSON.stringify(sorted(value));
}
