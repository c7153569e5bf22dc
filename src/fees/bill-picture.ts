import type { CardBlock, Painter } from '../render/index.ts';
import { showAmount } from './money.ts';
import { vietQr } from './vietqr.ts';

/** What a picture needs to know of a bill; as in a template's variables. */
export type PicturedBill = {
  item: string;
  period: string | null;
  open: number;
  code: string;
  bankBin: string | null;
  bank: string | null;
  accountNo: string | null;
  holder: string | null;
  /** Whose it is, where the picture shows bills of several children. */
  child?: string;
  /** What has become of it: what was cancelled or waived is not to be paid. */
  news: string | null;
};

/** More than that on one picture would be hard to scan; the rest is in the text, and behind /hocphi. */
const CODES_MOST = 4;

/** The card of one bill; null where it is not paid by transfer. */
export function billCard(bill: PicturedBill): CardBlock | null {
  const { bankBin, accountNo, holder, open: amount, code: memo } = bill;
  const isEnded = bill.news === 'cancelled' || bill.news === 'exempt';
  if (bankBin === null || accountNo === null || amount <= 0 || isEnded) return null;
  const item = bill.period ? `${bill.item} (${bill.period})` : bill.item;
  return {
    qr: vietQr({ bankBin, accountNo, amount, memo }),
    lines: [
      ...(bill.child === undefined ? [] : [{ text: bill.child, look: 'plain' as const }]),
      { text: item, look: 'plain' },
      { text: `${showAmount(amount)} đồng`, look: 'large' },
      { text: `${bill.bank ?? bankBin} · ${accountNo}`, look: 'plain' },
      { text: holder ?? '', look: 'plain' },
      { text: memo, look: 'strong' },
    ],
  };
}

/** The picture of a message about bills; null when none of them can be paid by transfer. */
export async function billPicture(
  painter: Painter,
  bills: readonly PicturedBill[],
): Promise<{ png: Buffer; alt: string } | null> {
  const shown = bills.slice(0, CODES_MOST).flatMap((bill) => {
    const card = billCard(bill);
    return card ? [{ bill, card }] : [];
  });
  if (!shown.length) return null;
  const png = await painter.paint(shown.map(({ card }) => card));
  const alt = shown.map(({ bill }) => `${bill.item}: ${showAmount(bill.open)} đồng, ${bill.code}`).join('; ');
  return { png, alt: `VietQR: ${alt}` };
}

/** For dispatch: from the variables of a message, of the children that it still tells of. */
export const feePicture =
  (painter: Painter) =>
  async ({ parts }: Record<string, unknown>): Promise<{ png: Buffer; alt: string } | null> =>
    Array.isArray(parts) ? billPicture(painter, billsOf(parts)) : null;

/** Siblings may owe the same for the same: then their names tell the codes apart. */
const billsOf = (parts: readonly { name: string; bills: PicturedBill[] }[]): PicturedBill[] =>
  parts.flatMap(({ name, bills }) =>
    parts.length > 1 ? bills.map((bill) => ({ ...bill, child: name })) : bills,
  );
