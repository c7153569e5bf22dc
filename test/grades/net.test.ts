import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type MarkValue, sameMark } from '../../src/grades/mark.ts';
import { type NotedChange, netChanges } from '../../src/grades/net.ts';
import { wordNews } from '../../src/grades/word-news.ts';

const mark = (tenths: number): MarkValue => ({ tenths, word: null, raw: String(tenths / 10) });
const change = (id: number, slot: string, before: number | null, after: number | null): NotedChange => ({
  id: BigInt(id),
  pupilId: 'p',
  term: 1,
  subjectKey: 'toan',
  subject: 'Toán',
  slot,
  before: before === null ? null : mark(before),
  after: after === null ? null : mark(after),
});

describe('Many changes of one place', () => {
  it('come to one: from the first old mark to the last new one', () => {
    expect(netChanges([change(1, 'midTerm', 54, 60), change(2, 'midTerm', 60, 75)])).toMatchObject([
      { before: mark(54), after: mark(75) },
    ]);
  });

  it('come to nothing when the mark is back where it was', () => {
    expect(netChanges([change(1, 'midTerm', 54, 75), change(2, 'midTerm', 75, 54)])).toEqual([]);
    expect(netChanges([change(1, 'final', null, 75), change(2, 'final', 75, null)])).toEqual([]);
  });

  it('always lead from what was told to what stands there, place by place', () => {
    const value = fc.option(fc.integer({ min: 0, max: 100 }), { nil: null });
    const step = fc.tuple(fc.constantFrom('regular1', 'regular2', 'midTerm'), value);
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const start = new Map<string, number | null>();
        const now = new Map<string, number | null>();
        const changes = steps.map(([slot, to], index) => {
          const before = now.get(slot) ?? null;
          if (!start.has(slot)) start.set(slot, before);
          now.set(slot, to);
          return change(index + 1, slot, before, to);
        });
        const net = new Map(netChanges(changes).map((one) => [one.slot, one]));
        for (const [slot, was] of start) {
          const is = now.get(slot) ?? null;
          if (was === is) expect(net.has(slot)).toBe(false);
          else {
            expect(sameMark(net.get(slot)?.before ?? null, was === null ? null : mark(was))).toBe(true);
            expect(sameMark(net.get(slot)?.after ?? null, is === null ? null : mark(is))).toBe(true);
          }
        }
      }),
    );
  });
});

describe('What a message says', () => {
  it('goes by the timetable, regular marks first, and tells new from corrected and withdrawn', () => {
    const of = (subjectKey: string, subject: string, one: NotedChange) => ({ ...one, subjectKey, subject });
    const news = wordNews(
      netChanges([
        of('tin hoc', 'Tin học', change(1, 'final', null, 80)),
        change(2, 'final', null, 66),
        change(3, 'regular2', 81, null),
        change(4, 'regular1', 68, 85),
        of('ngu van', 'Ngữ văn', change(5, 'midTerm', null, 70)),
      ]),
      new Map([['1/toan', 78]]),
    );
    expect(news.subjects.map((one) => one.name)).toEqual(['Ngữ văn', 'Toán', 'Tin học']);
    expect(news.subjects[1]?.lines.map(({ kind, seq, change: what }) => [kind, seq, what])).toEqual([
      ['regular', 1, 'corrected'],
      ['regular', 2, 'withdrawn'],
      ['final', 0, 'new'],
      ['computed', 0, 'new'],
    ]);
    expect(news.subjects[1]?.lines[0]?.values.map((one) => one.tenths)).toEqual([85, 68]);
    expect(news.corrects).toBe(true);
  });
});
