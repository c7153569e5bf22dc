import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { keepAbsence, reasonOf, settleAbsence } from '../../src/attendance/index.ts';
import type { Database } from '../../src/store/index.ts';
import type { AbsenceState } from '../../src/store/prisma/enums.ts';
import { sealer, testDatabase } from '../harness/index.ts';

const now = new Date('2026-11-24T03:00:00Z');
const id = '00000000-0000-7000-8000-000000000001';
const other = '00000000-0000-7000-8000-000000000002';

let database: Database;
beforeAll(async () => {
  database = await testDatabase();
});

let updates = 1;
const newReport = (updateId = String(updates++)) =>
  database.prisma.$transaction((tx) =>
    keepAbsence(
      tx,
      sealer,
      {
        ...{ schoolId: id, pupilId: id, guardianId: id, accountId: id, address: '1', part: 'wholeDay' },
        fromOn: new Date('2026-11-25'),
        toOn: new Date('2026-11-25'),
        reason: { text: 'Cháu bị sốt' },
        attachmentId: null,
        updateId,
      },
      now,
    ),
  );
const settle = (report: string, to: AbsenceState, by = 'staff:1', schoolId = id) =>
  database.prisma.$transaction((tx) => settleAbsence(tx, { id: report, schoolId }, to, by, now));
const stateOf = async (report: string) =>
  (await database.prisma.absenceReport.findUniqueOrThrow({ where: { id: report } })).state;

describe('A report of absence', () => {
  it('is kept once, however often its update is handled, and its reason opens only in its own row', async () => {
    const updateId = String(updates++);
    const first = await newReport(updateId);
    expect(await newReport(updateId)).toEqual({ id: first.id, made: false });
    const row = await database.prisma.absenceReport.findUniqueOrThrow({ where: { id: first.id } });
    expect(reasonOf(sealer, row)).toEqual({ text: 'Cháu bị sốt' });
    expect(() => reasonOf(sealer, { ...row, updateId: row.updateId + 1n })).toThrow();
    expect(await database.prisma.auditEntry.count({ where: { subject: `absence:${first.id}` } })).toBe(1);
  });

  it('is decided once, by whoever is first of several at the same time, and at its own school only', async () => {
    const { id: report } = await newReport();
    expect(await settle(report, 'accepted', 'staff:1', other)).toBe(false);
    const all = await Promise.all(
      ['staff:1', 'staff:2', 'staff:3'].map((by) => settle(report, 'accepted', by)),
    );
    expect(all.filter(Boolean)).toHaveLength(1);
    expect(await settle(report, 'withdrawn', 'guardian:1')).toBe(false);
    const acts = await database.prisma.auditEntry.findMany({ where: { subject: `absence:${report}` } });
    expect(acts.map((one) => one.action)).toEqual(['absence.ask', 'absence.accepted']);
  });

  it('ends with the first acceptance or withdrawal, whatever is tried in whatever order', async () => {
    const tries = fc.array(fc.constantFrom<AbsenceState>('questioned', 'accepted', 'withdrawn'), {
      maxLength: 6,
    });
    await fc.assert(
      fc.asyncProperty(tries, async (all) => {
        const { id: report } = await newReport();
        for (const to of all) await settle(report, to);
        const over = all.find((to) => to !== 'questioned');
        expect(await stateOf(report)).toBe(over ?? (all.length ? 'questioned' : 'asked'));
      }),
      { numRuns: 25 },
    );
  });
});
