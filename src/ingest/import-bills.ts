import { applyBills } from '../fees/index.ts';
import type { Database } from '../store/index.ts';
import type { Prisma } from '../store/prisma/client.ts';
import type { ImportFile } from './import-file.ts';
import { readBills } from './read-bills.ts';
import type { FoundLists } from './read-lists.ts';
import type { ImportReport, ReadRemark } from './report.ts';
import { tell } from './tell.ts';

/** Brings the bills to what a list says. Called by importFile, which has recognised it. */
export async function importBills(
  db: Pick<Database, 'prisma'>,
  options: ImportFile,
  found: FoundLists,
  record: (tx: Prisma.TransactionClient, report: ImportReport, at: Date) => Promise<void>,
): Promise<ImportReport> {
  const read = readBills(found);
  return db.prisma.$transaction(
    async (tx) => {
      const { schoolId, actor, dryRun } = options;
      const at = options.clock.now();
      const plan = await applyBills(tx, { schoolId, facts: read.facts, at, actor, dryRun });
      const told = (remarks: ReadRemark[]) =>
        remarks.sort((a, b) => a.row - b.row).map((remark) => tell(remark, options.texts));
      const count = (result: string) => plan.outcomes.filter((one) => one.result === result).length;
      const changes = plan.outcomes.flatMap(({ result, fullName, ...rest }) =>
        result === 'unchanged' ? [] : [{ ...rest, pupil: fullName, result }],
      );
      const report: ImportReport = {
        file: options.fileName,
        kind: found.kind,
        rows: read.rows,
        created: count('created'),
        updated: count('updated'),
        unchanged: count('unchanged'),
        refused: told([...read.remarks.refused, ...plan.refused]),
        warnings: told([...read.remarks.warnings, ...plan.warnings]),
        ...(dryRun ? { changes } : {}),
      };
      if (!dryRun) await record(tx, report, at);
      return report;
    },
    { timeout: 60_000, maxWait: 60_000 },
  );
}
