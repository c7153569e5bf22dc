import type { Table, TableCell, Texts } from '../render/index.ts';
import { workbook } from '../render/index.ts';
import type { FeeFigures, FeeTable } from './figures.ts';
import type { UnmatchedPayment } from './unmatched.ts';

/** The columns of the table, in order. Names: locales report:fees. */
export const TABLE_COLUMNS = [
  'bills',
  'issued',
  'paid',
  'open',
  'overdue',
  'cancelled',
  'exempt',
  'over',
  'paidBills',
  'partPaidBills',
  'overdueBills',
  'claims',
] as const satisfies readonly (keyof FeeFigures)[];

/** The cashier's figures and list as an .xlsx for Excel. */
export function feeWorkbook(
  { lines, total }: FeeTable,
  unmatched: readonly UnmatchedPayment[],
  texts: Texts,
  language: string,
): Buffer {
  const say = (key: string) => texts.say(language, `report:fees.${key}`);
  const figures = (of: FeeFigures): TableCell[] => TABLE_COLUMNS.map((name) => of[name]);
  const table: Table = {
    name: say('sheetTable'),
    rows: [
      [say('class'), say('item'), say('period'), ...TABLE_COLUMNS.map(say)],
      ...lines.map((line) => [line.className, line.item, line.period, ...figures(line)]),
      [say('total'), '', '', ...figures(total)],
    ],
    widths: [8, 28, 14, ...TABLE_COLUMNS.map(() => 14)],
  };
  const list: Table = {
    name: say('sheetUnmatched'),
    rows: [
      [say('number'), say('day'), say('amount'), say('memo'), say('reference'), say('why')],
      ...unmatched.map(({ id, at, amount, memo, bankRef, outcome }) => [
        Number(id),
        dayOf(at),
        amount,
        memo,
        bankRef,
        say(`outcome.${outcome}`),
      ]),
    ],
    widths: [8, 12, 14, 50, 24, 40],
  };
  return workbook([table, list]);
}

/** dd/mm/yyyy at school. */
export const dayOf = (at: Date): string =>
  new Date(at.getTime() + 7 * 3_600_000).toISOString().slice(0, 10).split('-').reverse().join('/');
