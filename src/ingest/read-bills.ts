// A list of what families owe: pupil, item, period, amount, due day (facts/domain.md §3.1).
import type { BillFact, BillReason } from '../fees/index.ts';
import { readAmount } from '../fees/index.ts';
import { fold, tidyName } from '../school/index.ts';
import { badFile } from './bad-file.ts';
import { type BillSchool, billColumns } from './bill-columns.ts';
import type { ColumnMeaning } from './columns.ts';
import { columnsWith } from './find-header.ts';
import type { FoundLists } from './read-lists.ts';
import { isPupilRow } from './read-pupil.ts';
import { readCode, readDay, saysExempt } from './read-values.ts';
import { readWideBills } from './read-wide-bills.ts';
import { type Remarks, type RowReader, readerOf } from './row-reader.ts';

const NEEDED: readonly ColumnMeaning[] = [
  'code',
  'fullName',
  'familyName',
  'givenName',
  'billItem',
  'period',
  'amount',
  'dueOn',
  'note',
  'basis',
];

export type ReadBills = { facts: BillFact[]; rows: number; remarks: Remarks };

/** The facts of all rows, of a row per bill or of a row per pupil; what cannot be read is refused row by row. @throws HubError `badFile`: noCodeColumn, noPupils */
export function readBills(found: FoundLists, school: BillSchool): ReadBills {
  const remarks: Remarks = { refused: [], warnings: [] };
  const facts: BillFact[] = [];
  let rows = 0;
  for (const list of found.lists) {
    if (columnsWith(list.header, 'code').length === 0) throw badFile('noCodeColumn');
    const sheetName = found.lists.length > 1 ? list.sheet.name : undefined;
    const wide =
      columnsWith(list.header, 'billItem').length === 0
        ? billColumns(list, school, remarks, sheetName)
        : null;
    for (const row of list.sheet.rows) {
      if (row.number < list.header.dataFromRow) continue;
      const read = readerOf(row, list.header, remarks, sheetName);
      if (isPupilRow(read) !== 'yes') continue;
      rows++;
      const fact = wide ? readWideBills(row, read, wide, remarks) : readBill(read);
      facts.push(...[fact ?? []].flat());
    }
  }
  if (rows === 0) throw badFile('noPupils');
  for (const sheet of found.ignored)
    remarks.warnings.push({ row: 0, column: '', value: sheet.name, code: 'ignoredSheet' });
  return { facts, rows, remarks };
}

function readBill(read: RowReader): BillFact | null {
  const refuse = (
    meaning: ColumnMeaning,
    code: BillReason | 'noCode' | 'badCode' | 'formula' | 'errorValue',
  ) => {
    read.refuseRow(meaning, code);
    return null;
  };
  for (const meaning of NEEDED) {
    const kind = read.cell(meaning)?.kind;
    if (kind === 'formula') return refuse(meaning, 'formula');
    if (kind === 'error') return refuse(meaning, 'errorValue');
  }
  const code = readCode(read.text('code'));
  if (code.code === null) return refuse('code', code.bad ? 'badCode' : 'noCode');
  if (code.zeroRestored) read.warn('code', 'codeZeroRestored');
  const item = tidy(read.text('billItem'));
  if (item === '') return refuse('billItem', 'noItem');
  const note = fold(read.text('note'));
  const exempt = saysExempt(note);
  const amount = readAmount(read.text('amount'));
  const nothing = read.text('amount').trim() === '' || /^0+([.,]0+)?$/.test(read.text('amount').trim());
  if (amount.amount === null && !(exempt && nothing)) return refuse('amount', amount.problem);
  const cell = read.cell('dueOn');
  const due = cell ? readDay(cell) : { day: null, problem: null };
  if (due.day === null && due.problem !== null) return refuse('dueOn', 'badDueDay');
  const named = tidyName(read.text('fullName'));
  return {
    ...(read.sheet === undefined ? {} : { sheet: read.sheet }),
    row: read.row,
    pupilCode: code.code,
    fullName: named === '' ? tidyName(`${read.text('familyName')} ${read.text('givenName')}`) : named,
    item,
    note,
    basis: tidy(read.text('basis')),
    period: tidy(read.text('period')),
    amount: amount.amount ?? 0,
    dueOn: due.day,
    exempt,
    columns: {
      code: read.header('code'),
      fullName: read.header('fullName') || read.header('familyName'),
      item: read.header('billItem'),
      dueOn: read.header('dueOn'),
    },
  };
}

const tidy = (text: string): string => text.normalize('NFC').replace(/\s+/gu, ' ').trim();
