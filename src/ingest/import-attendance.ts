import { applyAttendance } from '../attendance/index.ts';
import type { Database } from '../store/index.ts';
import type { Prisma } from '../store/prisma/client.ts';
import { badFile } from './bad-file.ts';
import type { ImportFile } from './import-file.ts';
import { readAttendance } from './read-attendance.ts';
import { type FoundLists, yearOf } from './read-lists.ts';
import type { ImportReport } from './report.ts';
import { reportOf } from './report-of.ts';

/** Adds what a school's attendance says. Called by importFile, which has recognised it. */
export async function importAttendance(
  db: Pick<Database, 'prisma'>,
  options: ImportFile,
  found: FoundLists,
  record: (tx: Prisma.TransactionClient, report: ImportReport, at: Date) => Promise<void>,
): Promise<ImportReport> {
  const year = await currentYear(db, options, found);
  const read = readAttendance(found);
  return db.prisma.$transaction(
    async (tx) => {
      const { schoolId, actor, dryRun } = options;
      const at = options.clock.now();
      const plan = await applyAttendance(tx, { schoolId, year, facts: read.facts, at, actor, dryRun });
      const report = reportOf(options, found.kind, { ...read, ...read.remarks }, plan);
      if (!dryRun) await record(tx, report, at);
      return report;
    },
    { timeout: 60_000, maxWait: 60_000 },
  );
}

/** The school's current year; a file of another one is none of it. @throws HubError `badFile`: noYear, otherYear */
async function currentYear(
  db: Pick<Database, 'prisma'>,
  { schoolId, yearLabel }: ImportFile,
  found: FoundLists,
): Promise<{ id: string; label: string }> {
  const current = await db.prisma.schoolYear.findFirst({
    where: { schoolId, current: true },
    select: { id: true, label: true },
  });
  if (!current) throw badFile('noYear');
  for (const year of [yearOf(found), yearLabel ?? null])
    if (year !== null && year !== current.label) throw badFile('otherYear', { year, current: current.label });
  return current;
}
