// The attendance that a school's software exports: pupil, form of absence, day (facts/domain.md §2.2 g). The note beside it
// ("Ốm") is a matter of health and is not even looked at.
import type { AttendanceFact } from '../attendance/index.ts';
import { fold, tidyClassName, tidyName } from '../school/index.ts';
import type { DayPart } from '../store/prisma/enums.ts';
import { badFile } from './bad-file.ts';
import type { ColumnMeaning } from './columns.ts';
import { columnsWith } from './find-header.ts';
import type { FoundLists } from './read-lists.ts';
import { isPupilRow } from './read-pupil.ts';
import { readCode, readDay } from './read-values.ts';
import { type Remarks, type RowReader, readerOf } from './row-reader.ts';

const NEEDED: readonly ColumnMeaning[] = ['code', 'vendorCode', 'fullName', 'className', 'absence', 'day'];

export type ReadAttendance = { facts: AttendanceFact[]; rows: number; remarks: Remarks };

/** What a form of absence says; null: no missed session (late, a lesson skipped) or nothing that is known. */
export function readForm(
  text: string,
): { excused: boolean; part: DayPart; assumed: boolean } | 'notASession' | 'unknownAbsence' {
  const form = fold(text);
  if (/\b(?:muon|tre|bo tiet|tron tiet|tiet)\b/.test(form)) return 'notASession';
  const without = /\b(?:khong phep|kp|k)\b/.test(form);
  const away = /\b(?:nghi|vang|phep)\b/.test(form) || /^(?:p|cp|k|kp)$/.test(form);
  if (!away || !(without || /\b(?:co phep|phep|cp|p)\b/.test(form))) return 'unknownAbsence';
  const part = /\bsang\b/.test(form) ? 'morning' : /\bchieu\b/.test(form) ? 'afternoon' : 'wholeDay';
  return { excused: !without, part, assumed: part === 'wholeDay' && !/\bngay\b/.test(form) };
}

/** The facts of all rows; what cannot be read is refused row by row. @throws HubError `badFile`: noCodeColumn, noPupils */
export function readAttendance(found: FoundLists): ReadAttendance {
  const remarks: Remarks = { refused: [], warnings: [] };
  const facts: AttendanceFact[] = [];
  let rows = 0;
  for (const list of found.lists) {
    const { header, sheet, title } = list;
    if (!columnsWith(header, 'code').length && !columnsWith(header, 'vendorCode').length)
      throw badFile('noCodeColumn');
    for (const row of sheet.rows) {
      if (row.number < header.dataFromRow) continue;
      const read = readerOf(row, header, remarks, found.lists.length > 1 ? sheet.name : undefined);
      if (isPupilRow(read) !== 'yes') continue;
      rows++;
      const fact = readRow(read, title.className);
      if (fact) facts.push(fact);
    }
  }
  if (rows === 0) throw badFile('noPupils');
  for (const sheet of found.ignored)
    remarks.warnings.push({ row: 0, column: '', value: sheet.name, code: 'ignoredSheet' });
  return { facts, rows, remarks };
}

function readRow(read: RowReader, titled: string | null): AttendanceFact | null {
  for (const meaning of NEEDED) {
    const kind = read.cell(meaning)?.kind;
    if (kind !== 'formula' && kind !== 'error') continue;
    read.refuseRow(meaning, kind === 'formula' ? 'formula' : 'errorValue');
    return null;
  }
  const code = codeOf(read);
  if (!code) return null;
  const form = readForm(read.text('absence'));
  if (typeof form === 'string') {
    read.refuseRow('absence', form);
    return null;
  }
  const cell = read.cell('day');
  const { day } = cell ? readDay(cell) : { day: null };
  if (day === null) {
    read.refuseRow('day', 'badAbsenceDay');
    return null;
  }
  if (form.assumed) read.warn('absence', 'wholeDayAssumed');
  const whole = tidyName(read.text('fullName'));
  return {
    ...(read.sheet === undefined ? {} : { sheet: read.sheet }),
    row: read.row,
    pupilCode: code.text,
    fullName: whole === '' ? tidyName(`${read.text('familyName')} ${read.text('givenName')}`) : whole,
    className: tidyClassName(read.text('className') || titled || ''),
    day,
    part: form.part,
    excused: form.excused,
    columns: {
      code: read.header(code.meaning),
      className: read.header('className'),
      day: read.header('day'),
    },
  };
}

/** The Ministry's code where there is one, else the software's own, which may be the Ministry's under another name. */
function codeOf(read: RowReader): { text: string; meaning: 'code' | 'vendorCode' } | null {
  for (const meaning of ['code', 'vendorCode'] as const) {
    const found = readCode(read.text(meaning));
    if (found.code !== null) {
      if (found.zeroRestored) read.warn(meaning, 'codeZeroRestored');
      return { text: found.code, meaning };
    }
    const own = read.text(meaning).trim();
    if (meaning === 'vendorCode' && own !== '') return { text: own, meaning };
    if (found.bad) {
      read.refuseRow(meaning, 'badCode');
      return null;
    }
  }
  read.refuseRow(read.header('code') ? 'code' : 'vendorCode', 'noCode');
  return null;
}
