import {
  type BankService,
  hmacHex,
  isRecent,
  isRecord,
  readBankTime,
  readText,
  readWhole,
  sameText,
} from './bank-told.ts';

/** SePay's webhook, signed with HMAC or bearing an API key (facts/domain.md §3.4; developer.sepay.vn). */
export const sepay: BankService = {
  name: 'sepay',
  proofs: ['signature', 'apiKey'],

  isGenuine({ raw, header }, secret, proof, now) {
    if (proof === 'apiKey') return sameText(header('authorization') ?? '', `Apikey ${secret}`);
    const seconds = header('x-sepay-timestamp') ?? '';
    if (!/^\d{1,12}$/.test(seconds) || !isRecent(Number(seconds) * 1000, now)) return false;
    const right = `sha256=${hmacHex('sha256', secret, `${seconds}.`, raw)}`;
    return sameText(header('x-sepay-signature') ?? '', right);
  },

  read(payload) {
    if (!isRecord(payload)) return null;
    const amount = readWhole(payload.transferAmount);
    const at = readBankTime(payload.transactionDate);
    const externalId = readText(payload.id);
    const direction = payload.transferType;
    if (!externalId || amount === null || amount <= 0 || !at || (direction !== 'in' && direction !== 'out'))
      return null;
    return {
      externalId,
      accountNo: readText(payload.accountNumber),
      subAccount: readText(payload.subAccount),
      direction,
      amount,
      memo: readText(payload.content),
      bankRef: readText(payload.referenceCode),
      at,
    };
  },
};
