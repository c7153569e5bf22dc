import fc from 'fast-check';
import { QRPay } from 'vietnam-qr-pay';
import { describe, expect, it } from 'vitest';
import { allBanks, bankName, crc16, findBank, type Transfer, vietQr } from '../../src/fees/index.ts';

// facts/domain.md §3.3: the specification's own examples recomputed, those of the library's README, and the school's.
const VECTORS: [string, Transfer, string][] = [
  [
    'NAPAS §6.1.3',
    {
      bankBin: '970403',
      accountNo: '0011012345678',
      amount: 180_000,
      billNumber: 'NPS6869',
      memo: 'thanh toan don hang',
    },
    '00020101021238570010A00000072701270006970403011300110123456780208QRIBFTTA530370454061800005802VN62340107NPS68690819thanh toan don hang63042E2E',
  ],
  [
    'a static code without a memo',
    { bankBin: '970416', accountNo: '257678859' },
    '00020101021138530010A0000007270123000697041601092576788590208QRIBFTTA53037045802VN6304AE9F',
  ],
  [
    'a dynamic code',
    { bankBin: '970416', accountNo: '257678859', amount: 10_000, memo: 'Chuyen tien' },
    '00020101021238530010A0000007270123000697041601092576788590208QRIBFTTA53037045405100005802VN62150811Chuyen tien630453E6',
  ],
  [
    'a bill at Agribank',
    { bankBin: '970405', accountNo: '8300201012345', amount: 450_000, memo: 'HP4F7K2M9Q' },
    '00020101021238570010A00000072701270006970405011383002010123450208QRIBFTTA530370454064500005802VN62140810HP4F7K2M9Q6304687A',
  ],
  [
    'a memo with more than the code',
    { bankBin: '970415', accountNo: '113366668888', amount: 680_400, memo: 'BHYT 7Q2MK4F9 6A1' },
    '00020101021238560010A0000007270126000697041501121133666688880208QRIBFTTA530370454066804005802VN62210817BHYT 7Q2MK4F9 6A16304B0E6',
  ],
  [
    'a static code with a memo',
    { bankBin: '970436', accountNo: '0011001234567', memo: 'HP4F7K2M9Q' },
    '00020101021138570010A00000072701270006970436011300110012345670208QRIBFTTA53037045802VN62140810HP4F7K2M9Q63042139',
  ],
];

const school = { bankBin: '970405', accountNo: '8300201012345' };

describe('The text of a VietQR code', () => {
  it.each(VECTORS)('is to the letter what %s asks for', (_name, transfer, text) => {
    expect(vietQr(transfer)).toBe(text);
  });

  it('takes the specification’s longest memo where a school allows it', () => {
    const transfer = {
      bankBin: '970422',
      accountNo: '0123456789',
      amount: 1_250_000,
      memo: 'SCH20260901AB12CD34EF56GH',
    };
    expect(vietQr(transfer, { memoMost: 25 })).toBe(
      '00020101021238540010A00000072701240006970422011001234567890208QRIBFTTA5303704540712500005802VN62290825SCH20260901AB12CD34EF56GH6304FA2A',
    );
    expect(() => vietQr(transfer)).toThrow('badInput');
    expect(() => vietQr({ ...transfer, memo: 'x'.repeat(26) }, { memoMost: 99 })).toThrow('badInput');
  });

  it('ends with CRC-16/CCITT-FALSE', () => {
    expect(crc16('123456789')).toBe('29B1');
  });

  it('is what an independent library builds, and reads back, for any transfer', () => {
    const memo = fc
      .stringMatching(/^[A-Za-z0-9][A-Za-z0-9 .-]{0,18}$/)
      .filter((text) => text.trim() === text);
    fc.assert(
      fc.property(
        fc.constantFrom(...allBanks().map((bank) => bank.bin)),
        fc.stringMatching(/^[A-Z0-9]{1,19}$/),
        fc.option(fc.integer({ min: 1, max: 999_999_999_999 })),
        fc.option(memo),
        (bankBin, accountNo, amount, purpose) => {
          const text = vietQr({
            bankBin,
            accountNo,
            ...(amount === null ? {} : { amount }),
            ...(purpose === null ? {} : { memo: purpose }),
          });
          const theirs = QRPay.initVietQR({
            bankBin,
            bankNumber: accountNo,
            ...(amount === null ? {} : { amount: String(amount) }),
            ...(purpose === null ? {} : { purpose }),
          });
          expect(text).toBe(theirs.build());
          const read = new QRPay(text);
          expect(read.isValid).toBe(true);
          expect([read.consumer.bankBin, read.consumer.bankNumber]).toEqual([bankBin, accountNo]);
          expect(read.amount ?? null).toEqual(amount === null ? null : String(amount));
          expect(read.additionalData.purpose ?? null).toBe(purpose);
        },
      ),
    );
  });

  it.each<[string, Transfer]>([
    ['a memo with diacritics', { ...school, amount: 1000, memo: 'Bảo hiểm' }],
    ['a memo over 19 signs', { ...school, amount: 1000, memo: 'x'.repeat(20) }],
    ['a memo of blanks', { ...school, amount: 1000, memo: ' ' }],
    ['a line end in the memo', { ...school, amount: 1000, memo: 'HP\n1' }],
    ['nothing to pay', { ...school, amount: 0 }],
    ['less than nothing', { ...school, amount: -5000 }],
    ['half a đồng', { ...school, amount: 0.5 }],
    ['no number at all', { ...school, amount: Number.NaN }],
    ['14 digits', { ...school, amount: 10_000_000_000_000 }],
    ['an account of 20 digits', { ...school, accountNo: '1'.repeat(20) }],
    ['no account', { ...school, accountNo: '' }],
    ['an account with blanks', { ...school, accountNo: '8300 2010' }],
    ['a bank number of five digits', { ...school, bankBin: '97040' }],
  ])('is never built from %s', (_what, transfer) => {
    expect(() => vietQr(transfer)).toThrow('badInput');
  });
});

describe('The banks', () => {
  it('each have a number of their own', () => {
    const bins = allBanks().map((bank) => bank.bin);
    expect(new Set(bins).size).toBe(bins.length);
    for (const bin of bins) expect(bin).toMatch(/^\d{6}$/);
  });

  // facts/domain.md §3.3, frequent numbers.
  it.each([
    ['Agribank', '970405'],
    ['BIDV', '970418'],
    ['VietinBank', '970415'],
    ['Vietcombank', '970436'],
    ['MBBank', '970422'],
    ['Techcombank', '970407'],
    ['ACB', '970416'],
    ['Sacombank', '970403'],
  ])('have %s as %s', (name, bin) => {
    expect(findBank(name)?.bin).toBe(bin);
    expect(findBank(bin)).toBe(findBank(name));
  });

  it('that we do not know keep their number', () => {
    expect(bankName('970405')).toBe('Agribank');
    expect(bankName('000000')).toBe('000000');
  });
});
