import { readEmails, readPhones } from '../school/index.ts';
import type { ColumnMeaning } from './columns.ts';
import { columnsWith, type Header } from './find-header.ts';
import type { ReadRemark, RemarkCode } from './report.ts';
import type { Cell, SheetRow } from './sheet.ts';

export type Remarks = { refused: ReadRemark[]; warnings: ReadRemark[] };

/** One row of a list, asked by meaning. Remarks about its cells are collected as they are read. */
export type RowReader = {
  row: number;
  sheet?: string;
  /** The first filled cell of that meaning. */
  cell(meaning: ColumnMeaning): Cell | undefined;
  text(meaning: ColumnMeaning): string;
  /** Header text, "" if there is no such column. */
  header(meaning: ColumnMeaning): string;
  phones(meaning: ColumnMeaning): string[];
  emails(meaning: ColumnMeaning): string[];
  refuseRow(meaning: ColumnMeaning, code: RemarkCode): void;
  refuseCell(meaning: ColumnMeaning, code: RemarkCode, value?: string): void;
  warn(meaning: ColumnMeaning, code: RemarkCode, value?: string): void;
};

export function readerOf(
  row: SheetRow,
  header: Header,
  remarks: Remarks,
  sheet: string | undefined,
): RowReader {
  const cellsOf = (meaning: ColumnMeaning): Cell[] =>
    columnsWith(header, meaning).flatMap((column) => row.cells.get(column.index) ?? []);
  const headerOf = (meaning: ColumnMeaning): string => columnsWith(header, meaning)[0]?.header ?? '';
  const textOf = (meaning: ColumnMeaning): string => cellsOf(meaning)[0]?.text ?? '';
  const remark = (meaning: ColumnMeaning, code: RemarkCode, value = textOf(meaning)): ReadRemark => ({
    ...(sheet === undefined ? {} : { sheet }),
    row: row.number,
    column: headerOf(meaning),
    value,
    code,
  });
  const refuseCell = (meaning: ColumnMeaning, code: RemarkCode, value?: string): void => {
    remarks.refused.push({ ...remark(meaning, code, value), wholeRow: false });
  };
  const warn = (meaning: ColumnMeaning, code: RemarkCode, value?: string): void => {
    remarks.warnings.push(remark(meaning, code, value));
  };
  return {
    row: row.number,
    ...(sheet === undefined ? {} : { sheet }),
    cell: (meaning) => cellsOf(meaning)[0],
    text: textOf,
    header: headerOf,
    phones(meaning) {
      const read = readPhones(
        cellsOf(meaning)
          .map((cell) => cell.text)
          .join('\n'),
      );
      for (const { note, value } of read.notes)
        (note === 'badPhone' ? refuseCell : warn)(meaning, note, value);
      return read.mobiles;
    },
    emails(meaning) {
      const read = readEmails(
        cellsOf(meaning)
          .map((cell) => cell.text)
          .join('\n'),
      );
      for (const value of read.bad) refuseCell(meaning, 'badEmail', value);
      return read.emails;
    },
    refuseRow: (meaning, code) => remarks.refused.push({ ...remark(meaning, code), wholeRow: true }),
    refuseCell,
    warn,
  };
}
