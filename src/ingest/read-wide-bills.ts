// One row of a list with a column per item: the bills of one pupil.
import { type BillFact, readAmount, showAmount } from '../fees/index.ts';
import { fold, tidyName } from '../school/index.ts';
import { type BillColumns, type ItemColumn, isNothing } from './bill-columns.ts';
import { readCode, readDay, saysExempt } from './read-values.ts';
import type { RemarkCode } from './report.ts';
import type { Remarks, RowReader } from './row-reader.ts';
import type { SheetRow } from './sheet.ts';

/**
 * The bills of a pupil; null: the row is refused, with the remark made. A cell that cannot be read is refused alone.
 * Where the note says "miễn" it must say of what, or no family could be asked rightly: the row is refused.
 */
export function readWideBills(
  row: SheetRow,
  read: RowReader,
  columns: BillColumns,
  remarks: Remarks,
): BillFact[] | null {
  for (const meaning of ['code', 'fullName', 'familyName', 'givenName', 'period', 'dueOn', 'note'] as const) {
    const kind = read.cell(meaning)?.kind;
    if (kind !== 'formula' && kind !== 'error') continue;
    read.refuseRow(meaning, kind === 'formula' ? 'formula' : 'errorValue');
    return null;
  }
  const code = readCode(read.text('code'));
  if (code.code === null) {
    read.refuseRow('code', code.bad ? 'badCode' : 'noCode');
    return null;
  }
  if (code.zeroRestored) read.warn('code', 'codeZeroRestored');
  const due = read.cell('dueOn');
  const own = due ? readDay(due) : { day: null, problem: null };
  if (own.day === null && own.problem !== null) {
    read.refuseRow('dueOn', 'badDueDay');
    return null;
  }
  const freed = exemptByNote(row, fold(read.text('note')), columns.items);
  if (freed === null) {
    read.refuseRow('note', 'exemptOfWhat');
    return null;
  }
  const named = tidyName(read.text('fullName'));
  const pupil = {
    ...(read.sheet === undefined ? {} : { sheet: read.sheet }),
    row: read.row,
    pupilCode: code.code,
    fullName: named === '' ? tidyName(`${read.text('familyName')} ${read.text('givenName')}`) : named,
    note: '',
    basis: '',
    dueOn: own.day ?? columns.dueOn,
    oneOfRow: true as const,
  };
  const facts: BillFact[] = [];
  let sum: number | null = 0;
  for (const column of columns.items) {
    const cell = readCell(row, column, freed.has(column));
    if (cell === null) continue;
    if ('problem' in cell) {
      sum = null;
      if (!column.forbidden)
        remarks.refused.push({ ...placeOf(read, column, row, cell.problem), wholeRow: false });
      continue;
    }
    if (sum !== null && !cell.exempt) sum += cell.amount;
    if (column.forbidden) continue;
    facts.push({
      ...pupil,
      ...cell,
      item: column.item,
      period: read.text('period').trim() || column.period,
      columns: {
        code: read.header('code'),
        fullName: read.header('fullName') || read.header('familyName'),
        item: column.header,
        dueOn: read.header('dueOn') || column.header,
      },
    });
  }
  if (sum !== null) checkTotal(row, read, columns, sum, remarks);
  return facts;
}

type ReadCell = { amount: number; exempt: boolean } | { problem: RemarkCode } | null;

/** Null: this pupil does not owe the item. */
function readCell(row: SheetRow, { index }: ItemColumn, freed: boolean): ReadCell {
  const cell = row.cells.get(index);
  if (cell?.kind === 'formula') return { problem: 'formula' };
  if (cell?.kind === 'error') return { problem: 'errorValue' };
  const text = cell?.text ?? '';
  if (saysExempt(fold(text)) || (freed && isNothing(text))) return { amount: 0, exempt: true };
  if (isNothing(text)) return null;
  const { amount, ...rest } = readAmount(text);
  if (amount !== null) return { amount, exempt: freed };
  return { problem: 'problem' in rest ? rest.problem : 'notAnAmount' };
}

/** The columns that the note frees the pupil from; null: it frees from something, and nobody knows from what. */
function exemptByNote(
  row: SheetRow,
  note: string,
  items: readonly ItemColumn[],
): ReadonlySet<ItemColumn> | null {
  if (!saysExempt(note)) return new Set();
  const named = items.filter(({ item }) => note.includes(fold(item)));
  const textOf = ({ index }: ItemColumn) => row.cells.get(index)?.text ?? '';
  const inCell = items.some((item) => saysExempt(fold(textOf(item))));
  const owes = items.some((item) => !isNothing(textOf(item)));
  return named.length > 0 || inCell || !owes ? new Set(named) : null;
}

const placeOf = (
  read: RowReader,
  { index, header }: { index: number; header: string },
  row: SheetRow,
  code: RemarkCode,
) => ({
  ...(read.sheet === undefined ? {} : { sheet: read.sheet }),
  row: read.row,
  column: header,
  value: row.cells.get(index)?.text ?? '',
  code,
});

/** Only a warning: which of the two is right, the school knows. A formula's result is not worked out. */
function checkTotal(
  row: SheetRow,
  read: RowReader,
  { total, unknown }: BillColumns,
  sum: number,
  remarks: Remarks,
): void {
  const cell = total && row.cells.get(total.index);
  if (!total || !cell || cell.kind === 'formula' || cell.kind === 'error') return;
  const told = isNothing(cell.text) ? 0 : readAmount(cell.text).amount;
  const others = unknown.reduce(
    (all, { index }) => all + (readAmount(row.cells.get(index)?.text ?? '').amount ?? 0),
    0,
  );
  if (told === sum || told === sum + others) return;
  remarks.warnings.push({ ...placeOf(read, total, row, 'totalDiffers'), data: { sum: showAmount(sum) } });
}
