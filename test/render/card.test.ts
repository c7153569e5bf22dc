import { createCanvas, loadImage } from '@napi-rs/canvas';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Card, openPainter } from '../../src/render/index.ts';
import { readQr } from '../harness/read-qr.ts';

const block = (qr: string): Card[number] => ({
  qr,
  lines: [
    { text: 'Bảo hiểm y tế học sinh, mười hai tháng của năm học 2026–2027', look: 'plain' },
    { text: '631.800 đồng', look: 'large' },
  ],
});
const sizeOf = async (png: Buffer) => {
  const { width, height } = await loadImage(png);
  return { width, height };
};

describe('a card', () => {
  it('carries any text that a bank code may hold, as an independent reader sees it', async () => {
    const painter = openPainter();
    const text = fc.string({ minLength: 1, maxLength: 300, unit: 'grapheme-ascii' });
    await fc.assert(
      fc.asyncProperty(text, async (qr) => {
        expect(await readQr(await painter.paint([block(qr)]))).toEqual([qr]);
      }),
      { numRuns: 25 },
    );
  });

  it('is read as well when a phone shows it small', async () => {
    const qr = '00020101021238570010A00000072701270006970405011383002010123450208QRIBFTTA6304687A';
    const picture = await loadImage(await openPainter().paint([block(qr)]));
    const [width, height] = [240, Math.round((picture.height * 240) / picture.width)];
    const small = createCanvas(width, height);
    small.getContext('2d').drawImage(picture, 0, 0, width, height);
    expect(await readQr(await small.encode('png'))).toEqual([qr]);
  });

  it('shows several codes below each other, each readable', async () => {
    expect(await readQr(await openPainter().paint([block('MOT'), block('HAI'), block('BA')]))).toEqual([
      'MOT',
      'HAI',
      'BA',
    ]);
  });

  it('grows with its words and never in width', async () => {
    const painter = openPainter();
    const short = await sizeOf(await painter.paint([{ qr: 'X', lines: [{ text: 'Ăn', look: 'plain' }] }]));
    const long = await sizeOf(
      await painter.paint([{ qr: 'X', lines: [{ text: 'Tiền ăn bán trú '.repeat(12), look: 'plain' }] }]),
    );
    expect(long.width).toBe(short.width);
    expect(long.height).toBeGreaterThan(short.height + 4 * 27);
  });

  it('has ink for every letter of Vietnamese, not the box of a missing one', async () => {
    const ink = async (text: string) => {
      const painted = await openPainter().paint([{ qr: 'X', lines: [{ text, look: 'large' }] }]);
      return painted.toString('base64');
    };
    const missing = await ink('\u{1F9FF}');
    const drawn = new Set<string>();
    const letters = 'ăâđêôơưẮẰẲẴẶẤẦẨẪẬĐỂỆỐỘỚỢỮỰỲỴ';
    for (const letter of letters) drawn.add(await ink(letter));
    expect(drawn.has(missing)).toBe(false);
    expect(drawn.size).toBe(letters.length);
  });

  it('is drawn once for all who need it, and again after a failure', async () => {
    let drawn = 0;
    const painter = openPainter(async (card) => {
      drawn++;
      if (drawn === 1) throw new Error('no memory');
      return Buffer.from(JSON.stringify(card));
    });
    await expect(painter.paint([block('A')])).rejects.toThrow('no memory');
    await Promise.all([painter.paint([block('A')]), painter.paint([block('A')])]);
    await painter.paint([block('A')]);
    expect(drawn).toBe(2);
    await painter.paint([block('B')]);
    expect(drawn).toBe(3);
  });
});
