import type { ImportFile } from './import-file.ts';
import type { ListKind } from './recognise.ts';
import type { ImportReport, ReadRemark } from './report.ts';
import { tell } from './tell.ts';

type Remarks = { refused: readonly ReadRemark[]; warnings: readonly ReadRemark[] };

/** What became of a row; `fullName` is the pupil's. */
type Outcome = {
  sheet?: string;
  row: number;
  code: string | null;
  fullName: string;
  result: 'created' | 'updated' | 'unchanged' | 'refused';
  changes: string[];
};

/**
 * The report of an import.
 * @param read what reading the file had to say, and how many rows there were
 * @param plan what applying it came to
 */
export function reportOf(
  { fileName, dryRun, texts }: ImportFile,
  kind: ListKind,
  read: Remarks & { rows: number },
  plan: Remarks & { outcomes: readonly Outcome[] },
): ImportReport {
  const count = (result: string): number => plan.outcomes.filter((one) => one.result === result).length;
  const told = (...remarks: (readonly ReadRemark[])[]) =>
    remarks
      .flat()
      .sort((a, b) => a.row - b.row)
      .map((remark) => tell(remark, texts));
  const changes = plan.outcomes.flatMap(({ result, fullName, ...rest }) =>
    result === 'created' || result === 'updated' ? [{ ...rest, pupil: fullName, result }] : [],
  );
  return {
    file: fileName,
    kind,
    rows: read.rows,
    created: count('created'),
    updated: count('updated'),
    unchanged: count('unchanged'),
    refused: told(read.refused, plan.refused),
    warnings: told(read.warnings, plan.warnings),
    ...(dryRun ? { changes } : {}),
  };
}
