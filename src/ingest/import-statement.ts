import { HubError } from '../errors.ts';
import { type BookRules, bookStatement } from '../fees/index.ts';
import type { AccountId } from '../store/ids.ts';
import type { PrismaClient } from '../store/prisma/client.ts';
import type { Clock } from '../time/index.ts';
import { badFile } from './bad-file.ts';
import { readStatement } from './read-statement.ts';
import { readWorkbook } from './read-workbook.ts';
import type { ReportEntry } from './report.ts';
import { foldedColumns, STATEMENT_MEANINGS, type StatementColumns } from './statement-columns.ts';
import { type Say, tell } from './tell.ts';

export type ImportStatement = {
  schoolId: string;
  bytes: Uint8Array;
  fileName: string;
  actor: string;
  clock: Clock;
  texts: Say;
  rules: BookRules;
  dryRun: boolean;
  /** Left out: the receiving account whose number stands above the table, or the only one. */
  accountNo?: string;
  /** Header texts by meaning; remembered for files with the same headers. */
  columns?: StatementColumns;
};

export type StatementReport = {
  file: string;
  accountNo: string;
  lines: number;
  /** Money that came in: new to the hub, and known already; of the new, how much found its bill. */
  fresh: number;
  known: number;
  matched: number;
  /** Money that went out: not looked at. */
  out: number;
  refused: ReportEntry[];
  lanes: AccountId[];
};

/** Ends the transaction of a dry run without a trace. */
const rollBack = new Error('dry run');

/**
 * Imports a bank's statement (.xlsx, .xls, .csv): the way to know of payments without any service. A dry run gives the
 * same report and writes nothing.
 * @throws HubError `badFile` with `reason` and `file`; `badInput` when it cannot be told whose account it is
 */
export async function importStatement(
  prisma: PrismaClient,
  options: ImportStatement,
): Promise<StatementReport> {
  const { schoolId, fileName, dryRun, clock, actor, rules } = options;
  let report: StatementReport | undefined;
  try {
    await prisma.$transaction(
      async (tx) => {
        const rows = await tx.statementMapping.findMany({ where: { schoolId } });
        const mappings = new Map(rows.map((row) => [row.headerKey, row.columns as StatementColumns]));
        const read = readStatement(readWorkbook(options.bytes), options.columns, (key) => mappings.get(key));
        const accounts = await tx.receivingAccount.findMany({
          where: { schoolId },
          select: { accountNo: true, closedAt: true },
        });
        const accountNo = chooseAccount(options.accountNo, read.above, accounts);
        if (options.columns && Object.keys(options.columns).length) {
          const where = { schoolId_headerKey: { schoolId, headerKey: read.headerKey } };
          const { headerKey } = read;
          const columns = { ...mappings.get(headerKey), ...foldedColumns(options.columns) };
          await tx.statementMapping.upsert({
            where,
            create: { schoolId, headerKey, columns },
            update: { columns },
          });
        }
        const who = { schoolId, actor, at: clock.now() };
        const { counts, lanes } = await bookStatement(tx, rules, who, accountNo, read.lines);
        const refused = read.refused.map((remark) => tell(remark, options.texts));
        const lines = read.lines.length + refused.length;
        report = { file: fileName, accountNo, lines, ...counts, refused, lanes: dryRun ? [] : lanes };
        if (dryRun) throw rollBack;
      },
      { timeout: 120_000, maxWait: 60_000 },
    );
  } catch (error) {
    if (error instanceof HubError && error.code === 'badFile')
      throw new HubError('badFile', { ...error.data, file: fileName }, { cause: error });
    if (error !== rollBack) throw error;
  }
  if (!report) throw badFile('noLines');
  return report;
}

/** @throws HubError `badInput` */
function chooseAccount(
  given: string | undefined,
  above: string,
  accounts: readonly { accountNo: string; closedAt: Date | null }[],
): string {
  const fail = (problem: string): never => {
    throw new HubError('badInput', { problem });
  };
  const known = [...new Set(accounts.map((one) => one.accountNo))];
  const open = new Set(accounts.filter((one) => one.closedAt === null).map((one) => one.accountNo));
  if (given !== undefined) return known.includes(given) ? given : fail(`--account ${given}`);
  const digits = above.replace(/[\s.-]/g, '');
  const named = known.filter((accountNo) => digits.includes(accountNo));
  const [only, ...more] = named.length ? named : open;
  return only === undefined || more.length ? fail('--account') : only;
}

/** @throws HubError `badInput` for a meaning that does not exist */
export function readColumns(given: readonly string[]): StatementColumns {
  const columns: StatementColumns = {};
  for (const one of given) {
    const [meaning = '', header = ''] = one.split(/=(.*)/s);
    const known = STATEMENT_MEANINGS.find((name) => name === meaning.trim());
    if (known === undefined || header.trim() === '')
      throw new HubError('badInput', { problem: `--column ${STATEMENT_MEANINGS.join('|')}=<header>` });
    columns[known] = header.trim();
  }
  return columns;
}
