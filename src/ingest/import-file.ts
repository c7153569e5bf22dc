import { createHash } from 'node:crypto';
import { HubError } from '../errors.ts';
import type { Term } from '../grades/index.ts';
import { applyRoster, type RosterList } from '../school/index.ts';
import type { Database } from '../store/index.ts';
import type { Prisma } from '../store/prisma/client.ts';
import type { Clock } from '../time/index.ts';
import { badFile } from './bad-file.ts';
import { importAttendance } from './import-attendance.ts';
import { importBills } from './import-bills.ts';
import { importGradebook } from './import-gradebook.ts';
import { checkSchool, type FoundLists, findLists, type ReadLists, readLists, yearOf } from './read-lists.ts';
import { readWorkbook } from './read-workbook.ts';
import type { ListKind } from './recognise.ts';
import type { ImportReport, ReadRemark } from './report.ts';
import { reportOf } from './report-of.ts';
import type { Say } from './tell.ts';

export type ImportFile = {
  schoolId: string;
  bytes: Uint8Array;
  /** Shown in the report; what the file is, its content decides. */
  fileName: string;
  /** Computes the same report and writes nothing. */
  dryRun: boolean;
  /** "staff:<id>" or "cli"; stands in the audit. */
  actor: string;
  clock: Clock;
  /** The texts of locales/; `ingest.json` holds the reasons. */
  texts: Say;
  /** The school's mail account, where addresses of a contact list are kept as unconfirmed; null: not connected. */
  mailAccountId: string | null;
  /** For files that name no school year: "2026-2027". */
  yearLabel?: string;
  /** For files that name no class. */
  className?: string;
  /** For gradebooks that name no subject, or no term. */
  subject?: string;
  term?: Term;
  /** How long changed marks wait before families are told, ms. */
  settleMs?: number;
  /** Take a file whose title names another school. */
  allowOtherSchool?: boolean;
  /** Take a gradebook in which most marks are gone. */
  allowWithdrawals?: boolean;
};

type Read = { kind: ListKind; list: RosterList; rows: number; refused: ReadRemark[]; warnings: ReadRemark[] };

/** The title's year, else the caller's, else the school's current one. An older year's list would undo the present one. */
async function chooseYear(
  db: Pick<Database, 'prisma'>,
  options: ImportFile,
  titled: string | null,
  remarks: ReadLists['remarks'],
): Promise<string> {
  const current = await db.prisma.schoolYear.findFirst({
    where: { schoolId: options.schoolId, current: true },
    select: { label: true },
  });
  const year = titled ?? options.yearLabel ?? current?.label;
  if (year === undefined) throw badFile('noYear');
  if (current && year < current.label) throw badFile('olderYear', { year, current: current.label });
  if (titled === null && options.yearLabel === undefined) {
    remarks.warnings.push({ row: 0, column: '', value: year, code: 'yearAssumed' });
  }
  return year;
}

async function openFile(db: Pick<Database, 'prisma'>, options: ImportFile): Promise<FoundLists> {
  const school = await db.prisma.orgUnit.findUnique({
    where: { id: options.schoolId, kind: 'school' },
    select: { name: true },
  });
  if (!school) throw new HubError('notFound', { what: 'school' });
  const found = findLists(readWorkbook(options.bytes));
  if (!options.allowOtherSchool) checkSchool(found, school.name);
  return found;
}

async function readRoster(
  db: Pick<Database, 'prisma'>,
  options: ImportFile,
  found: FoundLists,
): Promise<Read> {
  const { list, rows, remarks } = readLists(found, options.className ?? null);
  const yearLabel = await chooseYear(db, options, yearOf(found), remarks);
  return { kind: found.kind, list: { ...list, yearLabel }, rows, ...remarks };
}

/** What is kept of a run: counts, and where something was refused and why; never the refused value. */
async function record(
  tx: Prisma.TransactionClient,
  options: ImportFile,
  report: ImportReport,
  at: Date,
): Promise<void> {
  const { kind, rows, created, updated, unchanged } = report;
  const counts = { kind, rows, created, updated, unchanged };
  const refused = report.refused.map(({ sheet, row, column, code, wholeRow }) => ({
    ...(sheet === undefined ? {} : { sheet }),
    row,
    column,
    code,
    wholeRow,
  }));
  const sha256 = createHash('sha256').update(options.bytes).digest('hex');
  const run = await tx.importRun.create({
    data: { schoolId: options.schoolId, file: options.fileName, sha256, ...counts, refused, at },
    select: { id: true },
  });
  const data = { ...counts, refused: refused.length };
  await tx.auditEntry.create({
    data: {
      orgUnitId: options.schoolId,
      at,
      actor: options.actor,
      action: 'import',
      subject: `importRun:${run.id}`,
      data,
    },
  });
}

/**
 * Imports one file of a school: recognises it, reads it, brings the roster to what it says, in one transaction. The same
 * file a second time changes nothing. A dry run gives the same report and writes nothing.
 * @throws HubError `badFile` with `reason` (BadFileReason) and `file`: nothing was written. `notFound`: no such school.
 */
export async function importFile(db: Pick<Database, 'prisma'>, options: ImportFile): Promise<ImportReport> {
  try {
    const found = await openFile(db, options);
    if (found.kind === 'gradebook')
      return await importGradebook(db, options, found, (tx, report, at) => record(tx, options, report, at));
    if (found.kind === 'bills')
      return await importBills(db, options, found, (tx, report, at) => record(tx, options, report, at));
    if (found.kind === 'attendance')
      return await importAttendance(db, options, found, (tx, report, at) => record(tx, options, report, at));
    const read = await readRoster(db, options, found);
    return await db.prisma.$transaction(async (tx) => {
      const { schoolId, mailAccountId, dryRun, clock } = options;
      const at = clock.now();
      const plan = await applyRoster(tx, { schoolId, list: read.list, mailAccountId, at, dryRun });
      const report = reportOf(options, read.kind, read, plan);
      if (!dryRun) await record(tx, options, report, at);
      return report;
    });
  } catch (error) {
    if (!(error instanceof HubError) || error.code !== 'badFile') throw error;
    throw new HubError('badFile', { ...error.data, file: options.fileName }, { cause: error });
  }
}
