// From the sheets of a gradebook to its facts. Pure: the classes of the year are handed in.
import {
  allowsOf,
  type GradebookRow,
  type GradebookSheet,
  isComment,
  isTermResult,
  type MarkFact,
  type MarkValue,
  readComment,
  readMark,
  type Scheme,
  type Subject,
  schemeOf,
  slotName,
  subjectIn,
  subjectOf,
  type Term,
} from '../grades/index.ts';
import { classInTitle, classKey, fold, tidyClassName, tidyName } from '../school/index.ts';
import { badFile } from './bad-file.ts';
import { columnsWith } from './find-header.ts';
import { type MarkColumn, markColumns, slotOf, termIn } from './gradebook-columns.ts';
import type { FoundList, FoundLists } from './read-lists.ts';
import { isPupilRow } from './read-pupil.ts';
import { readCode, readDay } from './read-values.ts';
import type { RemarkCode } from './report.ts';
import { type Remarks, type RowReader, readerOf } from './row-reader.ts';
import type { Cell, SheetRow } from './sheet.ts';

export type YearClass = { id: string; name: string; nameKey: string; grade: number };

/** What the caller names for files that do not. */
export type GradebookHints = { className: string | null; subject: string | null; term: Term | null };

/** What holds for a sheet. */
type Setting = {
  className: string | null;
  subject: Subject | null;
  term: Term;
  columns: MarkColumn[];
  classes: ReadonlyMap<string, YearClass>;
  yearLabel: string;
};

const titleLines = ({ sheet, header }: FoundList): string[] =>
  sheet.rows
    .filter((row) => row.number < header.row)
    .flatMap((row) => [...row.cells.values()].map((cell) => tidyName(cell.text)));

function first<Value>(lines: readonly string[], read: (line: string) => Value | null): Value | null {
  for (const line of lines) {
    const found = read(line);
    if (found !== null) return found;
  }
  return null;
}

/** "Môn học: Toán", "Môn Tiếng Việt - Năm học …", else a subject that the line names. */
function subjectInTitle(line: string): Subject | null {
  const named = /(?:^|[^\p{L}])m(?:ôn|on)(?:\s+h(?:ọ|o)c)?\s*[: ]\s*([^-–—|,;:()]+)/iu.exec(line)?.[1];
  // "NH 2026", but not "nhạc": \b takes every Vietnamese letter for the end of a word.
  const name = named
    ?.replace(/\s+(?:l(?:ớ|o)p|hk\d?|hki{1,2}|h(?:ọ|o)c k(?:ỳ|ì|y|i)|n(?:ă|a)m|nh)(?![\p{L}\p{N}]).*$/iu, '')
    .trim();
  return name ? subjectOf(name) : null;
}

function subjectFor(list: FoundList, lines: readonly string[], hints: GradebookHints): Subject | null {
  return (
    first(lines, subjectInTitle) ??
    first(lines, subjectIn) ??
    subjectIn(list.sheet.name) ??
    (hints.subject ? subjectOf(hints.subject) : null)
  );
}

/** @throws HubError `badFile`: noTerm, noSubject, otherTerm, otherClass, unknownClass */
function settingOf(
  list: FoundList,
  yearLabel: string,
  classes: ReadonlyMap<string, YearClass>,
  hints: GradebookHints,
): Setting {
  const lines = titleLines(list);
  const columns = markColumns(list.header);
  const titled = first(lines, termIn) ?? termIn(list.sheet.name);
  if (titled !== null && hints.term !== null && titled !== hints.term) throw badFile('otherTerm');
  const term = titled ?? hints.term ?? (columns.every((column) => column.term !== null) ? 0 : null);
  if (term === null) throw badFile('noTerm');
  const ofTerm = columns.every((column) => isTermResult(column.kind) || column.kind === 'comment');
  const subject = subjectFor(list, lines, hints);
  if (subject === null && !ofTerm) throw badFile('noSubject');
  const named = list.title.className ?? classInTitle(list.sheet.name);
  if (named !== null && hints.className !== null && classKey(named) !== classKey(hints.className))
    throw badFile('otherClass', { named, wanted: hints.className });
  const className = named ?? hints.className;
  if (className !== null && !classes.has(classKey(className)))
    throw badFile('unknownClass', { named: className });
  if (className === null && columnsWith(list.header, 'className').length === 0) throw badFile('noClass');
  return { className, subject, term, columns, classes, yearLabel };
}

type Refuse = (column: string, value: string, code: RemarkCode) => void;

function textFact(
  kind: MarkColumn['kind'],
  cell: Cell,
  refuse: (code: RemarkCode) => void,
): MarkValue | null | undefined {
  if (cell.kind === 'formula' || cell.kind === 'error') {
    refuse(cell.kind === 'formula' ? 'formula' : 'errorValue');
    return undefined;
  }
  const counts = kind === 'absentWithLeave' || kind === 'absentWithoutLeave';
  if (counts && cell.text.trim() !== '' && !/^\d{1,3}$/.test(cell.text.trim())) {
    refuse('notACount');
    return undefined;
  }
  return readComment(cell.text);
}

/** Marks of a cell; several regular ones may stand in one: "7,6 6,1 5,9". */
const marksIn = (text: string): string[] => text.split(/[\s;|/]+/u).filter((one) => one !== '');

/** At least as many regular places as a sheet with several in one cell may fill: what is not there any more is blank. */
const REGULAR_PLACES = 5;

function factsOf(row: SheetRow, setting: Setting, scheme: Scheme, refuse: Refuse): MarkFact[] {
  const facts: MarkFact[] = [];
  for (const column of setting.columns) {
    const cell = row.cells.get(column.index);
    const term = column.term ?? setting.term;
    const place = { term: scheme === 'TT27' && term === 0 ? (2 as const) : term, column: column.header };
    const allows = allowsOf(column.kind, scheme, setting.subject ?? subjectOf(''));
    const refuseCell = (code: RemarkCode, value = cell?.text ?? '') => refuse(column.header, value, code);
    if (isComment(column.kind) || isTermResult(column.kind) || allows === null) {
      const value = cell ? textFact(column.kind, cell, refuseCell) : null;
      if (value !== undefined) facts.push({ ...place, slot: slotOf(column), value });
      continue;
    }
    if (cell && (cell.kind === 'formula' || cell.kind === 'error' || cell.kind === 'date')) {
      refuseCell(cell.kind === 'date' ? 'notAMark' : cell.kind === 'formula' ? 'formula' : 'errorValue');
      continue;
    }
    const read = (text: string, slot: string): void => {
      const value = readMark(text, allows);
      if (typeof value === 'string') refuseCell(value, text);
      else facts.push({ ...place, slot, value });
    };
    const several = column.kind === 'regular' && column.seq === 0;
    if (!several) {
      read(cell?.text ?? '', slotOf(column));
      continue;
    }
    const texts = marksIn(cell?.text ?? '');
    for (let seq = 1; seq <= Math.max(REGULAR_PLACES, texts.length); seq++)
      read(texts[seq - 1] ?? '', slotName('regular', seq));
  }
  return facts;
}

function personOf(read: RowReader): Pick<GradebookRow, 'code' | 'vendorCode' | 'fullName' | 'bornOn'> | null {
  const code = readCode(read.text('code'));
  if (code.code === null && code.bad) {
    read.refuseRow('code', 'badCode');
    return null;
  }
  if (code.code !== null && code.zeroRestored) read.warn('code', 'codeZeroRestored');
  const born = read.cell('bornOn');
  const vendorCode = tidyName(read.text('vendorCode')).replace(/\s/g, '');
  const whole = tidyName(read.text('fullName'));
  return {
    code: code.code,
    vendorCode: vendorCode === '' ? null : vendorCode,
    fullName: whole === '' ? tidyName(`${read.text('familyName')} ${read.text('givenName')}`) : whole,
    bornOn: born ? readDay(born).day : null,
  };
}

/** The class of a row: its own cell, which must agree with the title, else the sheet's. */
function classOf(read: RowReader, setting: Setting): YearClass | null {
  const cell = tidyClassName(read.text('className'));
  const sheets = setting.className;
  if (cell !== '' && sheets !== null && classKey(cell) !== classKey(sheets)) {
    read.refuseRow('className', 'otherClassInRow');
    return null;
  }
  const found = setting.classes.get(classKey(cell === '' ? (sheets ?? '') : cell));
  if (!found) read.refuseRow('className', fold(cell) === '' ? 'noClassInRow' : 'unknownClassInRow');
  return found ?? null;
}

function readRow(row: SheetRow, read: RowReader, setting: Setting, remarks: Remarks): GradebookRow | null {
  const person = personOf(read);
  const schoolClass = person && classOf(read, setting);
  if (!person || !schoolClass) return null;
  const at = { ...(read.sheet === undefined ? {} : { sheet: read.sheet }), row: row.number };
  const facts = factsOf(row, setting, schemeOf(setting.yearLabel, schoolClass.grade), (column, value, code) =>
    remarks.refused.push({ ...at, column, value, code, wholeRow: false }),
  );
  const columns = {
    code: read.header('code') || read.header('vendorCode'),
    fullName: read.header('fullName') || read.header('familyName'),
    className: read.header('className'),
  };
  return { ...at, ...person, classId: schoolClass.id, facts, columns };
}

export type ReadGradebook = { sheets: GradebookSheet[]; rows: number; remarks: Remarks };

/**
 * The facts of all sheets, and remarks about what was left out.
 * @throws HubError `badFile`: noClass, unknownClass, otherClass, noSubject, noTerm, otherTerm, noPupils
 */
export function readGradebook(
  found: FoundLists,
  yearLabel: string,
  classes: readonly YearClass[],
  hints: GradebookHints,
): ReadGradebook {
  const remarks: Remarks = { refused: [], warnings: [] };
  const byKey = new Map(classes.map((one) => [one.nameKey, one]));
  const sheets: GradebookSheet[] = [];
  let rows = 0;
  for (const list of found.lists) {
    const setting = settingOf(list, yearLabel, byKey, hints);
    const sheet: GradebookSheet = { subject: setting.subject, rows: [] };
    for (const row of list.sheet.rows) {
      if (row.number < list.header.dataFromRow) continue;
      const read = readerOf(row, list.header, remarks, found.lists.length > 1 ? list.sheet.name : undefined);
      if (isPupilRow(read) !== 'yes') continue;
      rows++;
      const one = readRow(row, read, setting, remarks);
      if (one) sheet.rows.push(one);
    }
    sheets.push(sheet);
  }
  if (rows === 0) throw badFile('noPupils');
  for (const sheet of found.ignored)
    remarks.warnings.push({ row: 0, column: '', value: sheet.name, code: 'ignoredSheet' });
  return { sheets, rows, remarks };
}
