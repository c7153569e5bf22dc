import { applyGradebook, type GradebookPlan, type PlannedChange, saySlot, sayTerm } from '../grades/index.ts';
import type { Database } from '../store/index.ts';
import type { Prisma } from '../store/prisma/client.ts';
import { badFile } from './bad-file.ts';
import type { ImportFile } from './import-file.ts';
import { readGradebook } from './read-gradebook.ts';
import { type FoundLists, yearOf } from './read-lists.ts';
import type { ImportReport, ReportMarks } from './report.ts';
import { reportOf } from './report-of.ts';

export const SETTLE_MS = 30 * 60_000;

/** An export in which so many marks are gone, and most of those that stood, is an empty form rather than a correction. */
const WITHDRAWN_MANY = 10;

/**
 * The current year of the school, which the title must name, or the caller.
 * @throws HubError `badFile`: noYear, otherYear
 */
async function currentYear(db: Pick<Database, 'prisma'>, options: ImportFile, found: FoundLists) {
  const current = await db.prisma.schoolYear.findFirst({
    where: { schoolId: options.schoolId, current: true },
    select: {
      id: true,
      label: true,
      classes: { select: { id: true, name: true, nameKey: true, grade: true } },
    },
  });
  if (!current) throw badFile('noYear');
  for (const year of [yearOf(found), options.yearLabel ?? null])
    if (year !== null && year !== current.label) throw badFile('otherYear', { year, current: current.label });
  return { ...current, assumed: yearOf(found) === null && options.yearLabel === undefined };
}

const shown = (mark: PlannedChange['after']): string => mark?.raw ?? '–';

/** "Toán, học kỳ I, Kiểm tra giữa kỳ", as the school says it. */
const placeOf = ({ texts }: ImportFile, { subject, term, slot }: PlannedChange): string =>
  [subject, sayTerm(texts, 'vi', term), saySlot(texts, 'vi', slot)].filter(Boolean).join(', ');

function marksOf(plan: GradebookPlan): ReportMarks {
  const count = (is: (one: PlannedChange) => boolean) => plan.changes.filter(is).length;
  return {
    added: count((one) => one.before === null),
    corrected: count((one) => one.before !== null && one.after !== null),
    withdrawn: count((one) => one.after === null),
    averages: plan.averages.map(({ pupilId: _, ...rest }) => rest),
  };
}

/** Brings the marks to what a gradebook says. Called by importFile, which has recognised it. */
export async function importGradebook(
  db: Pick<Database, 'prisma'>,
  options: ImportFile,
  found: FoundLists,
  record: (tx: Prisma.TransactionClient, report: ImportReport, at: Date) => Promise<void>,
): Promise<ImportReport> {
  const year = await currentYear(db, options, found);
  const read = readGradebook(found, year.label, year.classes, {
    className: options.className ?? null,
    subject: options.subject ?? null,
    term: options.term ?? null,
  });
  if (year.assumed)
    read.remarks.warnings.push({ row: 0, column: '', value: year.label, code: 'yearAssumed' });
  return db.prisma.$transaction(
    async (tx) => {
      const at = options.clock.now();
      const plan = await applyGradebook(tx, {
        schoolId: options.schoolId,
        schoolYearId: year.id,
        yearLabel: year.label,
        classes: year.classes,
        sheets: read.sheets,
        at,
        dryRun: options.dryRun,
        settleMs: options.settleMs ?? SETTLE_MS,
        check: ({ ofOtherClass, matched, changes, stood }) => {
          if (ofOtherClass > matched) throw badFile('otherClassPupils');
          const withdrawn = changes.filter((one) => one.after === null).length;
          if (!options.allowWithdrawals && withdrawn >= WITHDRAWN_MANY && withdrawn * 2 > stood)
            throw badFile('withdrawsMost', { count: withdrawn });
        },
      });
      const inWords = (one: PlannedChange): string =>
        `${placeOf(options, one)}: ${shown(one.before)} → ${shown(one.after)}`;
      const outcomes = plan.outcomes.map((one) => ({
        ...one,
        changes: options.dryRun ? one.changes.map(inWords) : [],
      }));
      const report: ImportReport = {
        ...reportOf(options, found.kind, { ...read, ...read.remarks }, { ...plan, outcomes }),
        marks: marksOf(plan),
      };
      if (!options.dryRun) await record(tx, report, at);
      return report;
    },
    { timeout: 60_000, maxWait: 60_000 },
  );
}
