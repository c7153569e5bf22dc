import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addDays, afterTelling, DEFAULT_DAYS, nextStep, type Scheduled } from '../../src/fees/schedule.ts';

const day = (text: string) => new Date(`2026-${text}T00:00:00Z`);
const days = DEFAULT_DAYS.service;
const bill = (more: Partial<Scheduled> = {}): Scheduled => ({
  kind: 'service',
  dueOn: day('11-30'),
  step: 0,
  ...more,
});

/** The days on which a hub that looks every day tells of a bill issued on `from`. */
function toldOn(one: Scheduled, from: Date, off: readonly Date[] = []): Date[] {
  const told: Date[] = [];
  let now = one;
  let nextOn: Date | null = nextStep(one, days, from)?.on ?? null;
  for (let today = from; today < addDays(from, 400); today = addDays(today, 1)) {
    if (nextOn === null || nextOn > today || off.some((one) => one.getTime() === today.getTime())) continue;
    told.push(today);
    const after = afterTelling(now, days, today);
    now = { ...now, step: after.step };
    nextOn = after.nextOn;
  }
  return told;
}

describe('The schedule of a bill', () => {
  it('tells when issued, 7 and 1 days before, on the day, 3 and 10 days after, and never more', () => {
    expect(toldOn(bill(), day('11-02'))).toEqual(
      ['11-02', '11-23', '11-29', '11-30', '12-03', '12-10'].map(day),
    );
  });

  it('tells once for the days that are past when it is issued', () => {
    expect(toldOn(bill(), day('11-29'))).toEqual(['11-29', '11-30', '12-03', '12-10'].map(day));
    expect(toldOn(bill(), day('12-24'))).toEqual([day('12-24')]);
  });

  it('tells once for what a hub that was off has missed', () => {
    const off = [day('11-29'), day('11-30'), day('12-01')];
    expect(toldOn(bill(), day('11-02'), off)).toEqual(['11-02', '11-23', '12-02', '12-03', '12-10'].map(day));
  });

  it('tells once of what is voluntary or has no due day', () => {
    expect(toldOn(bill({ kind: 'voluntary', dueOn: null }), day('11-02'))).toEqual([day('11-02')]);
    expect(toldOn(bill({ kind: 'voluntary' }), day('11-02'))).toEqual([day('11-02')]);
    expect(toldOn(bill({ dueOn: null }), day('11-02'))).toEqual([day('11-02')]);
  });

  it('never tells more often than its rule has days, nor twice on one, whenever the hub was off', () => {
    const aDay = fc.integer({ min: 0, max: 60 }).map((number) => addDays(day('11-01'), number));
    fc.assert(
      fc.property(aDay, aDay, fc.array(aDay), (dueOn, issued, off) => {
        const told = toldOn(bill({ dueOn }), issued, off);
        expect(told.length).toBeLessThanOrEqual(1 + days.length);
        expect(new Set(told.map(Number)).size).toBe(told.length);
        for (const one of told) expect(one.getTime()).toBeGreaterThanOrEqual(issued.getTime());
      }),
    );
  });
});
