import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AHEAD_MOST, DAYS_MOST, readDays } from '../../src/conversation/absence/read-days.ts';

/** A Tuesday. */
const TODAY = new Date('2026-11-24');
const DAY_MS = 86_400_000;

function read(text: string, today = TODAY): string {
  const days = readDays(text, today);
  if ('problem' in days) return days.problem;
  const day = (at: Date) => at.toISOString().slice(0, 10);
  const [from, to] = [day(days.from), day(days.to)];
  return [from, ...(to === from ? [] : [to]), ...(days.part ? [days.part] : [])].join(' ');
}

describe('The days that a parent types', () => {
  it.each([
    ['mai', '2026-11-25'],
    ['Ngày Mai', '2026-11-25'],
    ['ngay mai.', '2026-11-25'],
    ['hôm nay', '2026-11-24'],
    ['mốt', '2026-11-26'],
    ['tomorrow', '2026-11-25'],
    ['Friday', '2026-11-27'],
    ['thứ 6', '2026-11-27'],
    ['Thứ sáu', '2026-11-27'],
    ['t6', '2026-11-27'],
    ['thứ ba', '2026-11-24'],
    ['thứ hai', '2026-11-30'],
    ['thứ 6 tuần sau', '2026-12-04'],
    ['25/11', '2026-11-25'],
    ['25-11', '2026-11-25'],
    ['25.11', '2026-11-25'],
    ['25 / 11', '2026-11-25'],
    ['ngày 25', '2026-11-25'],
    ['26 tháng 11', '2026-11-26'],
    ['25/11/2026', '2026-11-25'],
    ['25-11-26', '2026-11-25'],
    ['5/1', '2027-01-05'],
    ['3', '2026-12-03'],
    ['25-27/11', '2026-11-25 2026-11-27'],
    ['25 – 27 / 11', '2026-11-25 2026-11-27'],
    ['25-27', '2026-11-25 2026-11-27'],
    ['25/11-27/11', '2026-11-25 2026-11-27'],
    ['25/11 đến 27/11', '2026-11-25 2026-11-27'],
    ['từ 25/11 đến hết 27/11', '2026-11-25 2026-11-27'],
    ['từ mai đến thứ 6', '2026-11-25 2026-11-27'],
    ['thứ 6 đến thứ 2', '2026-11-27 2026-11-30'],
    ['30/12-3/1', '2026-12-30 2027-01-03'],
    ['chiều mai', '2026-11-25 afternoon'],
    ['sáng thứ 5', '2026-11-26 morning'],
    ['mai cả ngày', '2026-11-25 wholeDay'],
    ['25/11 buổi sáng', '2026-11-25 morning'],
    ['xin nghỉ mai', '2026-11-25'],
  ])('"%s" is %s', (text, days) => {
    expect(read(text)).toBe(days);
  });

  it.each([
    ['31/02', 'noSuchDay'],
    ['0/11', 'noSuchDay'],
    ['31/11 - 2/12', 'noSuchDay'],
    ['20/11', 'past'],
    ['23/11', 'past'],
    ['24/11/2025', 'past'],
    ['1/3', 'tooFar'],
    ['24/11/2027', 'tooFar'],
    ['25/11-30/12', 'tooLong'],
    ['27/11-25/11', 'backwards'],
    ['chủ nhật', 'noSchool'],
    ['29/11', 'noSchool'],
    ['', 'unknown'],
    ['con ốm', 'unknown'],
    ['hôm nọ', 'unknown'],
    ['1'.repeat(300), 'unknown'],
    [`${'- '.repeat(30)}`, 'unknown'],
  ])('"%s" is refused: %s', (text, problem) => {
    expect(read(text)).toBe(problem);
  });

  it('asks for the part of the day where several days are named with one', () => {
    expect(read('chiều mai đến thứ 6')).toBe('2026-11-25 2026-11-27');
  });

  const today = fc.integer({ min: 20_000, max: 24_000 }).map((days) => new Date(days * DAY_MS));
  const ahead = fc.integer({ min: 0, max: AHEAD_MOST });
  const two = (count: number) => String(count).padStart(2, '0');
  const typed = (day: Date) => [day.getUTCDate(), day.getUTCMonth() + 1] as const;

  it('are read as they were meant, on every day of every year, however they are written', () => {
    const form = fc.constantFrom<(d: number, m: number, y: number) => string>(
      (d, m) => `${d}/${m}`,
      (d, m) => `${two(d)}/${two(m)}`,
      (d, m, y) => `${d}.${m}.${y}`,
      (d, m, y) => `ngày ${d}/${m}/${y}`,
      (d, m) => `${d} tháng ${m}`,
    );
    fc.assert(
      fc.property(today, ahead, form, (now, days, write) => {
        const day = new Date(now.getTime() + days * DAY_MS);
        const result = read(write(...typed(day), day.getUTCFullYear()), now);
        expect(result).toBe(day.getUTCDay() === 0 ? 'noSchool' : day.toISOString().slice(0, 10));
      }),
    );
  });

  it('are never in the past, too far off, too many or upside down, whatever is typed', () => {
    const words = fc.constantFrom(
      'mai',
      'thứ',
      '6',
      '25',
      '/',
      '-',
      '11',
      ' ',
      'đến',
      'từ',
      'chiều',
      'tuần sau',
      '.',
      'nay',
      'x',
    );
    const text = fc.oneof(
      fc.string({ maxLength: 20 }),
      fc.array(words, { maxLength: 8 }).map((all) => all.join(' ')),
      fc.array(words, { maxLength: 8 }).map((all) => all.join('')),
    );
    fc.assert(
      fc.property(today, text, (now, said) => {
        const days = readDays(said, now);
        if ('problem' in days) return;
        expect(days.from.getTime()).toBeGreaterThanOrEqual(now.getTime());
        expect(days.from.getTime()).toBeLessThanOrEqual(now.getTime() + AHEAD_MOST * DAY_MS);
        expect(days.to.getTime()).toBeGreaterThanOrEqual(days.from.getTime());
        expect(days.to.getTime()).toBeLessThan(days.from.getTime() + DAYS_MOST * DAY_MS);
      }),
      { numRuns: 300 },
    );
  });
});
