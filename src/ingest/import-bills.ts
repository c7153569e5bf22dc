import { applyBills } from '../fees/index.ts';
import type { Database } from '../store/index.ts';
import type { Prisma } from '../store/prisma/client.ts';
import type { ImportFile } from './import-file.ts';
import { readBills } from './read-bills.ts';
import type { FoundLists } from './read-lists.ts';
import type { ImportReport } from './report.ts';
import { reportOf } from './report-of.ts';

/** Brings the bills to what a list says. Called by importFile, which has recognised it. */
export async function importBills(
  db: Pick<Database, 'prisma'>,
  options: ImportFile,
  found: FoundLists,
  record: (tx: Prisma.TransactionClient, report: ImportReport, at: Date) => Promise<void>,
): Promise<ImportReport> {
  const { schoolId: id } = options;
  const items = await db.prisma.feeItem.findMany({ where: { schoolId: id }, select: { nameKey: true } });
  const year = await db.prisma.schoolYear.findFirst({
    where: { schoolId: id, current: true },
    select: { label: true },
  });
  const read = readBills(found, {
    items: new Set(items.map((item) => item.nameKey)),
    yearLabel: options.yearLabel ?? year?.label ?? null,
  });
  return db.prisma.$transaction(
    async (tx) => {
      const { schoolId, actor, dryRun } = options;
      const at = options.clock.now();
      const plan = await applyBills(tx, { schoolId, facts: read.facts, at, actor, dryRun });
      const report = reportOf(options, found.kind, { ...read, ...read.remarks }, plan);
      if (!dryRun) await record(tx, report, at);
      return report;
    },
    { timeout: 60_000, maxWait: 60_000 },
  );
}
