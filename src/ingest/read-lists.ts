// From sheets to one list: what the file is, which year, and the facts of its rows. Pure.
import { classInTitle, type PupilFact, type RosterList, schoolKey } from '../school/index.ts';
import { badFile } from './bad-file.ts';
import { isWideBills } from './bill-columns.ts';
import { CLASS_LIST_COLUMNS, readClassListRow } from './class-list.ts';
import type { ColumnMeaning } from './columns.ts';
import { CONTACT_LIST_COLUMNS, readContactListRow } from './contact-list.ts';
import { columnsWith, findHeader, type Header } from './find-header.ts';
import { isPupilRow, type ListSetting } from './read-pupil.ts';
import { readTitle, type Title } from './read-title.ts';
import { type ListKind, recognise } from './recognise.ts';
import { type Remarks, type RowReader, readerOf } from './row-reader.ts';
import type { Sheet } from './sheet.ts';

export type FoundList = { sheet: Sheet; header: Header; kind: ListKind; title: Title };
export type FoundLists = { kind: ListKind; lists: FoundList[]; ignored: Sheet[] };

/** How the rows of a kind are read into the roster; the other kinds have a reader of their own (import-file.ts). */
type RosterReading = {
  authority: RosterList['authority'];
  mayLackCode: boolean;
  needed: readonly ColumnMeaning[];
  readRow: (read: RowReader, setting: ListSetting) => PupilFact | null;
};
const ROSTER_KINDS: Partial<Record<ListKind, RosterReading>> = {
  classList: {
    authority: 'register',
    mayLackCode: false,
    needed: CLASS_LIST_COLUMNS,
    readRow: readClassListRow,
  },
  contactList: {
    authority: 'contacts',
    mayLackCode: true,
    needed: CONTACT_LIST_COLUMNS,
    readRow: readContactListRow,
  },
};

function findList(sheet: Sheet): FoundList | null {
  const header = findHeader(sheet);
  const kind = header && (isWideBills(sheet, header) ? 'bills' : recognise(header));
  if (!header || !kind) return null;
  return {
    sheet,
    header: kind === 'gradebook' ? withWholeNames(header) : header,
    kind,
    title: readTitle(sheet, header),
  };
}

/** Gradebooks that head the whole name with "Tên" (facts/domain.md §2.2 d); beside a family name it is the given one. */
function withWholeNames(header: Header): Header {
  const named = header.columns.some(({ meaning }) => meaning === 'fullName' || meaning === 'familyName');
  const columns = header.columns.map((column) =>
    column.meaning === 'givenName' ? { ...column, meaning: 'fullName' as const } : column,
  );
  return named ? header : { ...header, columns };
}

/**
 * What the sheets of a file are.
 * @throws HubError `badFile`: notRecognised, mixedLists
 */
export function findLists(sheets: readonly Sheet[]): FoundLists {
  const found = sheets.map((sheet) => ({ sheet, list: findList(sheet) }));
  const lists = found.flatMap(({ list }) => list ?? []);
  const [kind, ...more] = new Set(lists.map((list) => list.kind));
  if (more.length > 0) throw badFile('mixedLists');
  if (kind === undefined) throw badFile('notRecognised');
  const ignored = found.filter(({ sheet, list }) => list?.kind !== kind && sheet.rows.length > 0);
  return {
    kind,
    lists: lists.filter((list) => list.kind === kind),
    ignored: ignored.map(({ sheet }) => sheet),
  };
}

/** @throws HubError `badFile` otherSchool: a title names another school */
export function checkSchool(found: FoundLists, schoolName: string): void {
  for (const { title } of found.lists) {
    if (title.school === null || schoolKey(title.school) === schoolKey(schoolName)) continue;
    throw badFile('otherSchool', { named: title.school, school: schoolName });
  }
}

/** The one year that the titles name, or null. @throws HubError `badFile` severalYears */
export function yearOf(found: FoundLists): string | null {
  const [year, ...more] = new Set(found.lists.flatMap(({ title }) => title.yearLabel ?? []));
  if (more.length > 0) throw badFile('severalYears');
  return year ?? null;
}

function settingOf(list: FoundList, reading: RosterReading, className: string | null): ListSetting {
  if (reading.authority === 'register' && columnsWith(list.header, 'code').length === 0)
    throw badFile('noCodeColumn');
  // In a workbook with one sheet per class, the sheet's own name may be all that names it.
  const bySheet = list.title.className ?? classInTitle(list.sheet.name);
  if (columnsWith(list.header, 'className').length === 0 && bySheet === null && className === null)
    throw badFile('noClass');
  return {
    title: { ...list.title, className: bySheet },
    mayLackCode: reading.mayLackCode,
    needed: reading.needed,
    className,
  };
}

export type ReadLists = { list: Omit<RosterList, 'yearLabel'>; rows: number; remarks: Remarks };

/**
 * The facts of all rows, and remarks about what was left out. A pupil's row is counted whether or not it is refused.
 * @throws HubError `badFile`: noCodeColumn, noClass, noPupils
 */
export function readLists(found: FoundLists, className: string | null): ReadLists {
  const reading = ROSTER_KINDS[found.kind];
  if (!reading) throw badFile('notRecognised');
  const remarks: Remarks = { refused: [], warnings: [] };
  const pupils: PupilFact[] = [];
  let rows = 0;
  for (const list of found.lists) {
    const setting = settingOf(list, reading, className);
    for (const row of list.sheet.rows) {
      if (row.number < list.header.dataFromRow) continue;
      const read = readerOf(row, list.header, remarks, found.lists.length > 1 ? list.sheet.name : undefined);
      const is = isPupilRow(read);
      if (is === 'named')
        read.warn(columnsWith(list.header, 'fullName').length > 0 ? 'fullName' : 'familyName', 'ignoredRow');
      if (is !== 'yes') continue;
      rows++;
      const pupil = reading.readRow(read, setting);
      if (pupil) pupils.push(pupil);
    }
  }
  if (rows === 0) throw badFile('noPupils');
  for (const sheet of found.ignored) {
    remarks.warnings.push({ row: 0, column: '', value: sheet.name, code: 'ignoredSheet' });
  }
  return { list: { authority: reading.authority, pupils }, rows, remarks };
}
