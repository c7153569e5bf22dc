import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { plainText, readDocument, toStyled } from '../../src/render/index.ts';

const boldIn = (source: string, limit = 2000) =>
  toStyled(readDocument(source), limit).map(({ plain, bold = [] }) =>
    bold.map(({ start, length }) => plain.slice(start, start + length)),
  );

describe('A text for a channel that marks by place', () => {
  it('says where it is bold, also beyond a cut, and leaves the marks out', () => {
    const [part] = toStyled(readDocument('Kính mời **gia đình** đến **lớp 6A1**.'), 2000);
    expect(part).toEqual({
      markup: 'Kính mời gia đình đến lớp 6A1.',
      plain: 'Kính mời gia đình đến lớp 6A1.',
      bold: [
        { start: 9, length: 8 },
        { start: 22, length: 7 },
      ],
    });
    expect(boldIn('một **hai ba bốn** năm', 10)).toEqual([['hai ba'], ['bốn']]);
  });

  it('has no place where nothing is bold, and no part where nothing is said', () => {
    expect(toStyled(readDocument('Xin chào'), 2000)).toEqual([{ markup: 'Xin chào', plain: 'Xin chào' }]);
    expect(toStyled(readDocument(''), 2000)).toEqual([]);
  });

  it('counts and marks in composed letters, however they were typed', () => {
    const [part] = toStyled(readDocument('Tiếng **Việt**'.normalize('NFD')), 2000);
    expect(part?.plain).toBe('Tiếng Việt');
    expect(part?.bold).toEqual([{ start: 6, length: 4 }]);
  });

  it('keeps every letter, every limit and every place within its part', () => {
    const words = fc.array(fc.stringMatching(/^[a-zà-ỹ*\n ]{1,12}$/), { maxLength: 30 });
    fc.assert(
      fc.property(words, fc.integer({ min: 2, max: 60 }), (pieces, limit) => {
        const document = readDocument(pieces.join(' '));
        const parts = toStyled(document, limit);
        const letters = (text: string) => text.replace(/\s/g, '').normalize('NFC');
        expect(letters(parts.map(({ plain }) => plain).join(''))).toBe(letters(plainText(document)));
        for (const { plain, bold = [] } of parts) {
          expect(plain.length).toBeLessThanOrEqual(limit);
          for (const { start, length } of bold) {
            expect(start).toBeGreaterThanOrEqual(0);
            expect(length).toBeGreaterThan(0);
            expect(start + length).toBeLessThanOrEqual(plain.length);
          }
        }
      }),
    );
  });
});
