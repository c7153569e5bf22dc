import {
  classKey,
  type FactColumns,
  type PupilFact,
  readGrade,
  tidyClassName,
  tidyName,
} from '../school/index.ts';
import type { ColumnMeaning } from './columns.ts';
import type { Title } from './read-title.ts';
import { readCode, readDay, readStanding } from './read-values.ts';
import type { RowReader } from './row-reader.ts';

export type ListSetting = {
  title: Title;
  /** A list without the Ministry's code may match by name and day of birth. */
  mayLackCode: boolean;
  /** Columns that this kind of list uses; a formula in one of them refuses the row. */
  needed: readonly ColumnMeaning[];
  /** For lists that name no class at all. */
  className: string | null;
};

/** Columns of a pupil that every list of people needs. */
export const PUPIL_COLUMNS: readonly ColumnMeaning[] = [
  'code',
  'fullName',
  'familyName',
  'givenName',
  'bornOn',
  'className',
  'grade',
  'status',
];

/** Name in one column, or in two: "Họ và tên đệm" and "Tên". */
function nameOf(read: RowReader): string {
  const whole = tidyName(read.text('fullName'));
  return whole === '' ? tidyName(`${read.text('familyName')} ${read.text('givenName')}`) : whole;
}

/** A formula is not worked out: what it showed depends on a program that the hub is not. */
function unreadable(read: RowReader, needed: readonly ColumnMeaning[]): boolean {
  for (const meaning of needed) {
    const kind = read.cell(meaning)?.kind;
    if (kind !== 'formula' && kind !== 'error') continue;
    read.refuseRow(meaning, kind === 'formula' ? 'formula' : 'errorValue');
    return true;
  }
  return false;
}

function codeOf(read: RowReader, mayLack: boolean): string | null | 'refused' {
  const found = readCode(read.text('code'));
  if (found.code !== null) {
    if (found.zeroRestored) read.warn('code', 'codeZeroRestored');
    return found.code;
  }
  if (!found.bad && mayLack) return null;
  read.refuseRow('code', found.bad ? 'badCode' : 'noCode');
  return 'refused';
}

function bornOn(read: RowReader): string | null {
  const cell = read.cell('bornOn');
  if (!cell) return null;
  const found = readDay(cell);
  if (found.day !== null) return found.day;
  if (found.problem === 'badDate') read.refuseCell('bornOn', 'badDate');
  if (found.problem === 'yearOnly') read.warn('bornOn', 'yearOnly');
  return null;
}

/** The class cell, else the title, else what the caller named. The grade cell wins over the class name. */
function placeOf(read: RowReader, setting: ListSetting): { className: string; grade: number } | null {
  const className = tidyClassName(
    read.text('className') || setting.title.className || setting.className || '',
  );
  if (classKey(className) === '') {
    read.refuseRow('className', 'noClassInRow');
    return null;
  }
  const [told, named] = [readGrade(read.text('grade')), readGrade(className)];
  const grade = told ?? named;
  if (grade === null) {
    read.refuseRow('className', 'unknownGrade');
    return null;
  }
  if (told !== null && named !== null && told !== named) read.warn('grade', 'gradeDiffers');
  return { className, grade };
}

function standingOf(read: RowReader): PupilFact['standing'] {
  const standing = readStanding(read.text('status'));
  if (standing !== 'unknown') return standing ?? 'studying';
  read.refuseCell('status', 'unknownStatus');
  return null;
}

function factColumns(read: RowReader): FactColumns {
  return {
    code: read.header('code'),
    fullName: read.header('fullName') || read.header('familyName'),
    bornOn: read.header('bornOn'),
    className: read.header('className'),
    status: read.header('status'),
  };
}

/** The pupil of one row, without guardians; null when the row is refused, with the remark made. */
export function readPupil(read: RowReader, setting: ListSetting): PupilFact | null {
  if (unreadable(read, setting.needed)) return null;
  const code = codeOf(read, setting.mayLackCode);
  if (code === 'refused') return null;
  const fullName = nameOf(read);
  if (fullName === '') {
    read.refuseRow('fullName', 'noName');
    return null;
  }
  const place = placeOf(read, setting);
  if (place === null) return null;
  return {
    ...(read.sheet === undefined ? {} : { sheet: read.sheet }),
    row: read.row,
    code,
    fullName,
    bornOn: bornOn(read),
    ...place,
    standing: standingOf(read),
    guardians: [],
    columns: factColumns(read),
  };
}

/** Whether a row below the header speaks of a pupil at all, or is a sum, a signature, a group's title. */
export function isPupilRow(read: RowReader): 'yes' | 'named' | 'no' {
  const named = read.text('fullName') !== '' || read.text('familyName') !== '';
  const evidence = (
    ['code', 'bornOn', 'className', 'phone', 'status', 'fatherPhone', 'motherPhone'] as const
  ).filter((meaning) => read.text(meaning) !== '');
  const counted = /^\d{1,4}\.?$/.test(read.text('ordinal').trim());
  if (evidence.includes('code') || (named && (counted || evidence.length > 0))) return 'yes';
  if (counted && evidence.length > 0) return 'yes';
  return named ? 'named' : 'no';
}
