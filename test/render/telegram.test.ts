import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileTemplate, plainText, renderText, toTelegram } from '../../src/render/index.ts';
import { readMarkup } from '../../src/sandbox/telegram/markup.ts';
import { letters, typedText } from './texts.ts';

const template = compileTemplate(
  {
    id: 'telegram-test',
    subject: '',
    body: '**{{ title }}**\n\nKính gửi {{ name }}:\n{{ text }}\n\n**Hết** & cảm ơn',
  },
  ['title', 'name', 'text'],
);
const limit = fc.oneof(fc.integer({ min: 8, max: 120 }), fc.constant(4096));

describe('a text for Telegram', () => {
  it('loses no letter, keeps each part within the limit, and Telegram can read every part', () => {
    fc.assert(
      fc.property(typedText, typedText, typedText, limit, (title, name, text, max) => {
        const { document } = renderText(template, { title, name, text }, { language: 'vi' });
        const parts = toTelegram(document, max);
        for (const part of parts) {
          const seen = readMarkup(part.markup, 'HTML');
          expect(seen.text).toBe(part.plain.trim());
          expect(seen.text.length).toBeGreaterThan(0);
          expect(part.plain.length).toBeLessThanOrEqual(max);
          expect(part.plain).not.toMatch(/\p{Surrogate}/u);
          expect(seen.entities.every((entity) => entity.type === 'bold')).toBe(true);
        }
        expect(letters(parts.map((part) => part.plain).join(''))).toBe(letters(plainText(document)));
        expect(letters(plainText(document))).toBe(letters(`${title}Kính gửi ${name}:${text}Hết & cảm ơn`));
      }),
      { numRuns: 500 },
    );
  });

  it('never lets a value bring a tag of its own', () => {
    fc.assert(
      fc.property(typedText, (text) => {
        const compiled = compileTemplate({ id: 'bare', subject: '', body: '{{ text }}' }, ['text']);
        const parts = toTelegram(renderText(compiled, { text }, { language: 'vi' }).document);
        expect(parts.some((part) => /[<>]/.test(part.markup))).toBe(false);
      }),
    );
  });

  const partsOf = (text: string, max: number, bold = false) => {
    const body = bold ? '**{{ text }}**' : '{{ text }}';
    const compiled = compileTemplate({ id: `cut-${bold}`, subject: '', body }, ['text']);
    return toTelegram(renderText(compiled, { text }, { language: 'vi' }).document, max);
  };

  it('is one message up to the limit, counted as the phone shows it and not as it is escaped', () => {
    expect(partsOf('&'.repeat(4096), 4096)).toHaveLength(1);
    expect(partsOf('&'.repeat(4097), 4096)).toHaveLength(2);
  });

  it('is cut between paragraphs rather than lines, lines rather than words, words rather than letters', () => {
    expect(partsOf('aaa bbb\n\nccc\nddd eee', 16).map((part) => part.plain)).toEqual([
      'aaa bbb',
      'ccc\nddd eee',
    ]);
    expect(partsOf('aaaa bbbb\n\ncccc dddd eeee', 18).map((part) => part.plain)).toEqual([
      'aaaa bbbb',
      'cccc dddd eeee',
    ]);
    expect(partsOf('aaaa bbbb\ncccc dddd eeee', 18).map((part) => part.plain)).toEqual([
      'aaaa bbbb',
      'cccc dddd eeee',
    ]);
    expect(partsOf('aaaa bbbb cccc dddd eeee', 18).map((part) => part.plain)).toEqual([
      'aaaa bbbb cccc',
      'dddd eeee',
    ]);
    expect(partsOf('a bbbbbbbbbbbbbbbbbbbbbb', 10).map((part) => part.plain)).toEqual([
      'a',
      'bbbbbbbbbb',
      'bbbbbbbbbb',
      'bb',
    ]);
  });

  it('never parts a paragraph that fits into a part', () => {
    const word = fc.stringMatching(/^[a-z]{1,9}$/);
    const paragraph = fc
      .array(word, { minLength: 1, maxLength: 8 })
      .map((words) => words.join(' '))
      .filter((text) => text.length <= 40);
    fc.assert(
      fc.property(fc.array(paragraph, { minLength: 1, maxLength: 12 }), (paragraphs) => {
        const parts = partsOf(paragraphs.join('\n\n'), 40);
        expect(parts.flatMap((part) => part.plain.split('\n\n'))).toEqual(paragraphs);
      }),
    );
  });

  it('is never cut inside a letter, a family of emoji or a surrogate pair', () => {
    expect(partsOf('👍'.repeat(10), 7).map((part) => part.plain)).toEqual([
      '👍👍👍',
      '👍👍👍',
      '👍👍👍',
      '👍',
    ]);
    expect(partsOf('👨‍👩‍👧👨‍👩‍👧', 12).map((part) => part.plain)).toEqual(['👨‍👩‍👧', '👨‍👩‍👧']);
  });

  it('closes bold at a cut and opens it again behind it', () => {
    expect(partsOf('một hai ba bốn', 8, true).map((part) => part.markup)).toEqual([
      '<b>một hai</b>',
      '<b>ba bốn</b>',
    ]);
  });

  it('comes out in NFC', () => {
    expect(partsOf('Nguyễn'.normalize('NFD'), 4096)[0]?.plain).toBe('Nguyễn'.normalize('NFC'));
  });

  it('has no part when there is nothing to say', () => {
    expect(partsOf(' \n\n ', 4096)).toEqual([]);
  });
});
