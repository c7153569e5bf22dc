// How the three services sign what they tell (facts/domain.md §3.4), written here apart from the hub's own reading of it.

import { createHmac } from 'node:crypto';

export type BankServiceName = 'sepay' | 'casso' | 'payos';

/** Money that came into the account. */
export type Transfer = {
  id: number;
  accountNo: string;
  /** Whole đồng. */
  amount: number;
  memo: string;
  /** The bank's reference. */
  ref: string;
  /** "2026-11-20 08:15:30", the clock on a wall in Vietnam. */
  at: string;
};

export type Signed = { body: string; headers: Record<string, string> };

/** The request by which a service tells of a transfer. @param nowMs since 1970 */
export function signed(service: BankServiceName, transfer: Transfer, secret: string, nowMs: number): Signed {
  return { sepay, casso, payos }[service](transfer, secret, nowMs);
}

const hmac = (algorithm: string, secret: string, text: string): string =>
  createHmac(algorithm, secret).update(text, 'utf8').digest('hex');

function sepay({ id, accountNo, amount, memo, ref, at }: Transfer, secret: string, nowMs: number): Signed {
  const body = JSON.stringify({
    id,
    gateway: 'Agribank',
    transactionDate: at,
    accountNumber: accountNo,
    subAccount: null,
    code: null,
    content: memo,
    transferType: 'in',
    description: '',
    transferAmount: amount,
    accumulated: 0,
    referenceCode: ref,
  });
  const seconds = String(Math.floor(nowMs / 1000));
  return {
    body,
    headers: {
      'x-sepay-timestamp': seconds,
      'x-sepay-signature': `sha256=${hmac('sha256', secret, `${seconds}.${body}`)}`,
    },
  };
}

function casso({ id, accountNo, amount, memo, ref, at }: Transfer, secret: string, nowMs: number): Signed {
  // Its keys stand in order at every level, so that what is sent is what is signed.
  const body = JSON.stringify({
    data: {
      accountNumber: accountNo,
      amount,
      bankAbbreviation: 'VBA',
      bankName: 'Agribank',
      counterAccountBankId: '',
      counterAccountBankName: '',
      counterAccountName: '',
      counterAccountNumber: '',
      description: memo,
      id,
      reference: ref,
      runningBalance: 0,
      transactionDateTime: at,
      virtualAccountName: '',
      virtualAccountNumber: '',
    },
    error: 0,
  });
  return {
    body,
    headers: { 'x-casso-signature': `t=${nowMs},v1=${hmac('sha512', secret, `${nowMs}.${body}`)}` },
  };
}

function payos({ id, accountNo, amount, memo, ref, at }: Transfer, secret: string): Signed {
  const data: Record<string, string | number> = {
    accountNumber: accountNo,
    amount,
    code: '00',
    currency: 'VND',
    desc: 'success',
    description: memo,
    orderCode: id,
    paymentLinkId: `link-${id}`,
    reference: ref,
    transactionDateTime: at,
  };
  const text = Object.entries(data)
    .map(([key, value]) => `${key}=${value}`)
    .join('&');
  const signature = hmac('sha256', secret, text);
  return {
    body: JSON.stringify({ code: '00', desc: 'success', success: true, data, signature }),
    headers: {},
  };
}
