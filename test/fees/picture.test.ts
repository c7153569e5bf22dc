import { createCanvas, loadImage } from '@napi-rs/canvas';
import { describe, expect, it } from 'vitest';
import { billPicture, feePicture, type PicturedBill } from '../../src/fees/bill-picture.ts';
import { newCode, vietQr } from '../../src/fees/index.ts';
import { openPainter } from '../../src/render/index.ts';
import { readQr } from '../harness/read-qr.ts';

const painter = openPainter();
const bill = (change: Partial<PicturedBill> = {}): PicturedBill => ({
  item: 'Bảo hiểm y tế học sinh',
  period: 'Năm học 2026-2027',
  open: 631_800,
  code: newCode('BH'),
  bankBin: '970405',
  bank: 'Agribank',
  accountNo: '8300201012345',
  holder: 'TRUONG TH&THCS HOA MAI',
  news: null,
  ...change,
});
const textOf = ({ bankBin, accountNo, open, code }: PicturedBill) =>
  vietQr({ bankBin: bankBin ?? '', accountNo: accountNo ?? '', amount: open, memo: code });

async function shrunk(png: Buffer, width: number): Promise<Buffer> {
  const image = await loadImage(png);
  const canvas = createCanvas(width, Math.round((image.height * width) / image.width));
  canvas.getContext('2d').drawImage(image, 0, 0, canvas.width, canvas.height);
  return canvas.toBuffer('image/png');
}

describe('The picture of a bill', () => {
  it('is read by another reader, also when a phone shows it small', async () => {
    const one = bill();
    const { png } = (await billPicture(painter, [one])) ?? { png: Buffer.alloc(0) };
    expect(await readQr(png)).toEqual([textOf(one)]);
    expect(await readQr(await shrunk(png, 240))).toEqual([textOf(one)]);
  });

  it('of several bills has a code for each, in order; no more than four', async () => {
    const bills = Array.from({ length: 6 }, (_, index) => bill({ open: 1000 * (index + 1) }));
    const { png, alt } = (await billPicture(painter, bills)) ?? { png: Buffer.alloc(0), alt: '' };
    expect(await readQr(png)).toEqual(bills.slice(0, 4).map(textOf));
    expect(alt).toContain(`Bảo hiểm y tế học sinh: 4.000 đồng, ${bills[3]?.code}`);
  });

  it('of siblings says whose each code is; of one child it need not', async () => {
    const drawn: string[][] = [];
    const make = feePicture({
      paint: async (card) => {
        drawn.push(card.map(({ lines }) => lines[0]?.text ?? ''));
        return Buffer.alloc(0);
      },
    });
    const parts = [
      { name: 'Nông Văn An', bills: [bill()] },
      { name: 'Nông Thị Mai', bills: [bill()] },
    ];
    await make({ parts });
    await make({ parts: parts.slice(1) });
    expect(drawn).toEqual([['Nông Văn An', 'Nông Thị Mai'], [expect.stringContaining('Bảo hiểm y tế')]]);
  });

  it('is not drawn for what is not to be paid by transfer', async () => {
    for (const change of [{ accountNo: null }, { open: 0 }, { news: 'cancelled' }, { news: 'exempt' }])
      expect(await billPicture(painter, [bill(change)])).toBeNull();
  });
});
