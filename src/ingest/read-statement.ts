// A bank's statement: a day, money in or out, a text, the bank's reference (facts/domain.md §3.4). Pure.
import type { StatementLine } from '../fees/index.ts';
import { badFile } from './bad-file.ts';
import { readDay } from './read-values.ts';
import type { ReadRemark } from './report.ts';
import type { Cell, Sheet, SheetRow } from './sheet.ts';
import {
  foldedColumns,
  headerKey,
  isEnough,
  knownColumns,
  type StatementColumns,
} from './statement-columns.ts';

/** Banks put a page of addresses above the table. */
const LAST_HEADER_ROW = 40;

export type ReadStatement = {
  lines: StatementLine[];
  refused: ReadRemark[];
  /** The headers that this file has, as one key: how the school's own mapping is found again. */
  headerKey: string;
  /** The text above the table, where banks write whose account it is. */
  above: string;
};

/** What a school has said of headers like these, by their key; asked for every row that may be the header. */
export type Remembered = (key: string) => StatementColumns | undefined;

/**
 * The lines of a statement. A row without a day is none (sums, carried-over balances, notes).
 * @param given header texts by meaning, as a person names them; they count before what is remembered and what is known
 * @throws HubError `badFile`: noStatementColumns, noLines
 */
export function readStatement(
  sheets: readonly Sheet[],
  given: StatementColumns = {},
  remembered: Remembered = () => undefined,
): ReadStatement {
  for (const sheet of sheets) {
    for (const row of sheet.rows) {
      if (row.number > LAST_HEADER_ROW) break;
      const headers = [...row.cells].map(([index, cell]) => ({ index, key: headerKey(cell.text) }));
      const key = headers.map((one) => one.key).join('|');
      const columns = chooseColumns(
        headers.map((one) => one.key),
        given,
        remembered(key),
      );
      if (!isEnough(columns)) continue;
      const indexOf = (meaning: keyof StatementColumns) =>
        headers.find((one) => one.key === columns[meaning])?.index;
      const read = readRows(sheet, row, indexOf);
      if (!read.lines.length && !read.refused.length) throw badFile('noLines');
      const above = sheet.rows
        .filter((one) => one.number < row.number)
        .flatMap((one) => [...one.cells.values()].map((cell) => cell.text))
        .join(' ');
      return { ...read, headerKey: key, above };
    }
  }
  throw badFile('noStatementColumns');
}

function chooseColumns(
  headers: readonly string[],
  given: StatementColumns,
  remembered: StatementColumns | undefined,
): StatementColumns {
  const own = foldedColumns(given);
  if (Object.values(own).some((header) => !headers.includes(header))) return {};
  const chosen = { ...knownColumns(headers), ...remembered, ...own };
  // One column with a sign, when a person says so, stands before two that were found.
  if ((own.amount ?? remembered?.amount) !== undefined && (own.in ?? remembered?.in) === undefined) {
    const { in: _in, out: _out, ...signed } = chosen;
    return signed;
  }
  return chosen;
}

type IndexOf = (meaning: keyof StatementColumns) => number | undefined;

function readRows(
  sheet: Sheet,
  header: SheetRow,
  indexOf: IndexOf,
): { lines: StatementLine[]; refused: ReadRemark[] } {
  const lines: StatementLine[] = [];
  const refused: ReadRemark[] = [];
  const headerOf = (meaning: keyof StatementColumns) =>
    header.cells.get(indexOf(meaning) ?? -1)?.text.trim() ?? '';
  for (const row of sheet.rows) {
    if (row.number <= header.number) continue;
    const cellOf = (meaning: keyof StatementColumns): Cell | undefined =>
      row.cells.get(indexOf(meaning) ?? -1);
    const refuse = (meaning: keyof StatementColumns, code: 'badDate' | 'notAnAmount') =>
      refused.push({
        row: row.number,
        column: headerOf(meaning),
        value: cellOf(meaning)?.text ?? '',
        code,
        wholeRow: true,
      });
    const dayCell = cellOf('day');
    if (!dayCell) continue;
    const at = readWhen(dayCell);
    const money = readMoney(cellOf);
    // A line of words under the table, or the printed numbers of columns.
    if (at === null && (money === 'none' || !/\d[/.-]\d/.test(dayCell.text))) continue;
    if (at === null) refuse('day', 'badDate');
    else if (money === 'bad')
      refuse(indexOf('in') !== undefined && cellOf('in') ? 'in' : 'amount', 'notAnAmount');
    else if (money !== 'none')
      lines.push({ ...money, at, memo: textOf(cellOf('memo')), bankRef: textOf(cellOf('ref')) });
  }
  return { lines, refused };
}

const textOf = (cell: Cell | undefined): string => (cell?.text ?? '').replace(/\s+/gu, ' ').trim();

type Money = { direction: 'in' | 'out'; amount: number };

function readMoney(cellOf: (meaning: keyof StatementColumns) => Cell | undefined): Money | 'none' | 'bad' {
  const own = { in: signedAmount(textOf(cellOf('in'))), out: signedAmount(textOf(cellOf('out'))) };
  if (own.in === null || own.out === null) return 'bad';
  if (own.in !== 0) return { direction: own.in > 0 ? 'in' : 'out', amount: Math.abs(own.in) };
  if (own.out !== 0) return { direction: 'out', amount: Math.abs(own.out) };
  const signed = signedAmount(textOf(cellOf('amount')));
  if (signed === null) return 'bad';
  if (signed === 0) return 'none';
  return { direction: signed > 0 ? 'in' : 'out', amount: Math.abs(signed) };
}

/** Whole đồng with a sign: "450.000", "+450,000.00 VND", "-20000"; "" and "-" are 0; null: no amount. */
export function signedAmount(text: string): number | null {
  const bare = text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[\s'’]+/g, '')
    .replace(/(?:vnđ|vnd|đồng|đ|₫)$/u, '')
    .replace(/^[−–]/, '-');
  if (bare === '' || bare === '-') return 0;
  const [, minus, number = ''] = /^(-?)\+?([\d.,]+)$/.exec(bare) ?? [];
  // Hundredths of a đồng do not exist; statements print them all the same.
  const whole = number.replace(/[.,]0{1,2}$/, '');
  const digits = /^\d{1,3}([.,])\d{3}(?:\1\d{3})*$/.test(whole) ? whole.replace(/[.,]/g, '') : whole;
  if (!/^\d{1,13}$/.test(digits)) return null;
  return Number(digits) * (minus ? -1 : 1);
}

/** "02/11/2026 08:15:30", "2026-11-02", a real date; a day without a time is its noon at school. */
function readWhen(cell: Cell): Date | null {
  const text = cell.text.trim().replace(/\s+/g, ' ');
  const [, dayText = text, clock] =
    /^(.*?\d{4}(?:-\d\d-\d\d)?)[ T,-]*(\d{1,2}:\d\d(?::\d\d)?)?$/.exec(text) ?? [];
  const { day } = readDay({ kind: cell.kind === 'date' ? 'date' : 'text', text: dayText.trim() });
  if (day === null) return null;
  const time =
    clock === undefined ? '12:00:00' : `${clock.padStart(clock.length < 6 ? 5 : 8, '0')}:00`.slice(0, 8);
  const at = new Date(`${day}T${time}+07:00`);
  return Number.isNaN(at.getTime()) ? null : at;
}
