// The school's calendar as far as the school has told it: terms and days without school.

import { audit } from '../security/index.ts';
import type { Prisma } from '../store/prisma/client.ts';
import type { CalendarKind } from '../store/prisma/enums.ts';

type Tx = Prisma.TransactionClient;

export type CalendarEntry = { id: string; kind: CalendarKind; name: string; fromOn: Date; toOn: Date };
export type SchoolCalendar = { yearLabel: string; entries: CalendarEntry[] };

/** Of the present school year; null: the school has none. First day first. */
export async function calendarOf(
  db: Pick<Tx, 'schoolYear' | 'calendarEntry'>,
  schoolId: string,
): Promise<SchoolCalendar | null> {
  const year = await db.schoolYear.findFirst({ where: { schoolId, current: true } });
  if (!year) return null;
  const entries = await db.calendarEntry.findMany({
    where: { schoolYearId: year.id },
    select: { id: true, kind: true, name: true, fromOn: true, toOn: true },
    orderBy: [{ fromOn: 'asc' }, { kind: 'asc' }],
  });
  return { yearLabel: year.label, entries };
}

/** A Sunday, or a day that the school has told to be free. */
export const isDayOff = (day: Date, calendar: SchoolCalendar | null): boolean =>
  day.getUTCDay() === 0 ||
  (calendar?.entries ?? []).some(
    ({ kind, fromOn, toOn }) => kind === 'holiday' && day >= fromOn && day <= toOn,
  );

/** Adds a term or days without school to the present year; the same again changes its days. */
export async function setCalendarEntry(
  tx: Tx,
  schoolId: string,
  entry: Omit<CalendarEntry, 'id'>,
  actor: string,
  now: Date,
): Promise<boolean> {
  const year = await tx.schoolYear.findFirst({ where: { schoolId, current: true } });
  if (!year) return false;
  const { kind, name, fromOn, toOn } = entry;
  const key = { schoolYearId: year.id, kind, name };
  const { id } = await tx.calendarEntry.upsert({
    where: { schoolYearId_kind_name: key },
    create: { ...key, schoolId, fromOn, toOn },
    update: { fromOn, toOn },
  });
  await audit(tx, {
    orgUnitId: schoolId,
    at: now,
    actor,
    action: 'calendar.set',
    subject: `calendarEntry:${id}`,
  });
  return true;
}

/** @returns false: there is no such entry at this school */
export async function dropCalendarEntry(
  tx: Tx,
  schoolId: string,
  id: string,
  actor: string,
  now: Date,
): Promise<boolean> {
  const { count } = await tx.calendarEntry.deleteMany({ where: { id, schoolId } });
  if (count)
    await audit(tx, {
      orgUnitId: schoolId,
      at: now,
      actor,
      action: 'calendar.drop',
      subject: `calendarEntry:${id}`,
    });
  return count > 0;
}
