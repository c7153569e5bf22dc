import type { BillKind } from '../store/prisma/enums.ts';

/** Days from the due day on which families are told: before it, on it, after it. "When issued" comes before all. */
export const DEFAULT_DAYS: Readonly<Record<BillKind, readonly number[]>> = {
  compulsory: [-7, -1, 0, 3, 10],
  service: [-7, -1, 0, 3, 10],
  // Worded as voluntary, told once, never reminded of (facts/domain.md §3.1).
  voluntary: [],
};

export const DAY_MS = 86_400_000;

/** A day of the calendar, as midnight UTC: what a `date` column holds. */
export const addDays = (day: Date, days: number): Date => new Date(day.getTime() + days * DAY_MS);

export type Scheduled = {
  kind: BillKind;
  /** Null: no day by which it is due, so it is told once. */
  dueOn: Date | null;
  /** How many steps are done: 0 nothing, 1 told when issued, 2 the first of `days` … */
  step: number;
};

/** The step after this one, and on which day it is due; null: never more, it is the cashier's now. */
export function nextStep(
  bill: Scheduled,
  days: readonly number[],
  today: Date,
): { step: number; on: Date } | null {
  if (bill.step === 0) return { step: 1, on: today };
  const steps = daysOf(bill, days);
  for (let step = bill.step + 1; step <= steps.length + 1; step++) {
    const on = steps[step - 2];
    if (on !== undefined && on.getTime() > today.getTime()) return { step, on };
  }
  return null;
}

/**
 * After the message of today: all steps that are due by now are done with it, also those that a hub which was off has
 * missed: a family is told once, not once for each.
 */
export function afterTelling(
  bill: Scheduled,
  days: readonly number[],
  today: Date,
): { step: number; nextOn: Date | null } {
  const steps = daysOf(bill, days);
  const done = 1 + steps.filter((on) => on.getTime() <= today.getTime()).length;
  const step = Math.max(bill.step, done);
  const next = nextStep({ ...bill, step }, days, today);
  return { step, nextOn: next?.on ?? null };
}

function daysOf({ kind, dueOn }: Scheduled, days: readonly number[]): Date[] {
  if (dueOn === null || kind === 'voluntary') return [];
  return [...new Set(days)].sort((a, b) => a - b).map((day) => addDays(dueOn, day));
}
