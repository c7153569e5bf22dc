// A list of bills with a row per pupil and a column per item: which columns are items, for which period, due when.
import { isFeeName, judgeItem, readAmount } from '../fees/index.ts';
import { fold } from '../school/index.ts';
import type { ColumnMeaning } from './columns.ts';
import { columnsWith, type Header } from './find-header.ts';
import type { FoundList } from './read-lists.ts';
import { readDay } from './read-values.ts';
import type { Remarks } from './row-reader.ts';
import type { Sheet } from './sheet.ts';

/** What the school says of itself. `yearLabel` stands in for a period that neither title nor column names. */
export type BillSchool = { items: ReadonlySet<string>; yearLabel: string | null };

export type ItemColumn = { index: number; header: string; item: string; period: string; forbidden: boolean };
export type BillColumns = {
  items: ItemColumn[];
  total: { index: number; header: string } | null;
  /** Columns that are neither; they may be part of the total. */
  unknown: { index: number; header: string }[];
  dueOn: string | null;
};

const TOTAL =
  /^(?:tong|tong cong|cong|tong tien|tong so|tong so tien|tong thu|(?:tong|tong so|tong cong|tong so tien) (?:phai )?(?:nop|thu)|tong cong tien)(?: dong| vnd)?$/;
const COLLECTING =
  /\b(?:khoan thu|thu tien|thu phi|cac khoan|hoc phi|thu ho|nop tien|phai nop|phai thu|thu bao hiem|thu bhyt)\b/;
/** Lists with these are of people or of marks, whatever else they hold. */
const OTHER_LISTS: readonly ColumnMeaning[] = [
  'mark',
  'level',
  'status',
  'phone',
  'email',
  'fatherPhone',
  'motherPhone',
  'guardianPhone',
  'absence',
];

/** "Nothing to pay" as lists write it. */
export const isNothing = (text: string): boolean => /^(?:|[-–—]|0+(?:[.,]0+)?)$/u.test(text.trim());

/**
 * Whether a sheet is such a list: a column is headed by a fee and holds mostly amounts, and a total or the title says
 * that money is collected. Strict, since a class list or a gradebook read as bills would ask families for money.
 */
export function isWideBills(sheet: Sheet, header: Header): boolean {
  if (OTHER_LISTS.some((meaning) => columnsWith(header, meaning).length > 0)) return false;
  if (columnsWith(header, 'billItem').length > 0) return false;
  const fees = header.others.filter((other) => isFeeName(splitHeader(other.header).item));
  if (fees.length === 0) return false;
  const says = totalOf(header) !== null || titleOf(sheet, header).some((line) => COLLECTING.test(fold(line)));
  if (!says) return false;
  const cells = sheet.rows
    .filter((row) => row.number >= header.dataFromRow)
    .flatMap((row) => fees.map(({ index }) => row.cells.get(index)?.text ?? ''))
    .filter((text) => !isNothing(text));
  const amounts = cells.filter((text) => readAmount(text).amount !== null).length;
  return amounts > 0 && amounts * 2 >= cells.length;
}

/** The columns of such a list; what the law forbids is refused here, once for its column. */
export function billColumns(
  list: FoundList,
  school: BillSchool,
  remarks: Remarks,
  sheet: string | undefined,
): BillColumns {
  const { header } = list;
  const place = { ...(sheet === undefined ? {} : { sheet }), row: header.row };
  const lines = titleOf(list.sheet, header);
  const year = list.title.yearLabel ?? school.yearLabel;
  const titled = periodIn(lines, year);
  const total = totalOf(header);
  const columns: BillColumns = { items: [], total, unknown: [], dueOn: dueIn(lines, remarks) };
  let assumed = false;
  for (const { index, header: text } of header.others) {
    if (index === total?.index) continue;
    const whole = { item: text, month: null, period: null };
    const named = school.items.has(fold(text)) ? whole : splitHeader(text);
    if (!school.items.has(fold(named.item)) && !isFeeName(named.item)) {
      columns.unknown.push({ index, header: text });
      const filled = list.sheet.rows.some(
        (row) =>
          row.number >= header.dataFromRow && readAmount(row.cells.get(index)?.text ?? '').amount !== null,
      );
      if (filled) remarks.warnings.push({ ...place, column: text, value: text, code: 'unknownItemColumn' });
      continue;
    }
    const judged = judgeItem(named.item);
    const forbidden = 'forbidden' in judged;
    if (forbidden)
      remarks.refused.push({ ...place, column: text, value: text, code: judged.forbidden, wholeRow: false });
    const own = named.month === null ? ofYear(named.period, year) : monthOf(named.month, year);
    const period = own ?? titled ?? (year === null ? '' : `Năm học ${year}`);
    assumed ||= own === null && titled === null && list.title.yearLabel === null && year !== null;
    columns.items.push({ index, header: text, item: named.item, period, forbidden });
  }
  if (assumed) remarks.warnings.push({ row: 0, column: '', value: year ?? '', code: 'yearAssumed' });
  return columns;
}

function totalOf(header: Header): BillColumns['total'] {
  const found = header.others.find((other) => TOTAL.test(fold(other.header)));
  return found ?? columnsWith(header, 'amount')[0] ?? null;
}

const titleOf = (sheet: Sheet, header: Header): string[] =>
  sheet.rows
    .filter((row) => row.number < header.row)
    .flatMap((row) => [...row.cells.values()].map((cell) => cell.text.normalize('NFC').trim()));

const MONTH = /(?:^|[\s(,–-]+)(?:tháng|thang|t)\.?\s*(0?[1-9]|1[0-2])(?:\s*[/.-]\s*(20\d\d))?\s*\)?$/iu;
const PART =
  /(?:^|[\s(,–-]+)((?:học k[ỳì]|hk|đợt)\s*(?:i{1,2}|\d)|năm (?:học )?20\d\d(?:\s*[-–]\s*20\d\d)?)\s*\)?$/iu;

type Month = { month: number; year: number | null };
type Split = { item: string; month: Month | null; period: string | null };

/** "Tiền ăn T11" is the item "Tiền ăn" of a month; "Tiền nước (HK1)" one of a term. */
function splitHeader(header: string): Split {
  const month = MONTH.exec(header);
  if (month)
    return {
      item: header.slice(0, month.index).trim(),
      month: { month: Number(month[1]), year: month[2] === undefined ? null : Number(month[2]) },
      period: null,
    };
  const part = PART.exec(header);
  return {
    item: part ? header.slice(0, part.index).trim() : header,
    month: null,
    period: part?.[1] ?? null,
  };
}

/** A month of a school year stands in its first half from August on. @param label "2026-2027" */
function monthOf({ month, year }: Month, label: string | null): string {
  const of = year ?? (label === null ? null : Number(label.slice(month >= 8 ? 0 : -4).slice(0, 4)));
  return of === null ? `Tháng ${month}` : `Tháng ${month}/${of}`;
}

function periodIn(lines: readonly string[], label: string | null): string | null {
  for (const line of lines) {
    const month = /(?:^|\s)tháng\s*(0?[1-9]|1[0-2])(?!\d)(?:\s*(?:[/.-]|năm)\s*(20\d\d))?/iu.exec(line);
    // "Ngày 5 tháng 11" is the day of a letter.
    if (month && !/ngày\s*\d{1,2}\s*tháng/iu.test(line))
      return monthOf(
        { month: Number(month[1]), year: month[2] === undefined ? null : Number(month[2]) },
        label,
      );
    const term = /học k[ỳì]\s*(?:i{1,2}|1|2)(?![\p{L}\d])/iu.exec(line);
    if (term) return ofYear(term[0], label);
  }
  return null;
}

/** "HK1" comes every year: without the year, next year's list would change this year's bills. */
function ofYear(part: string | null, label: string | null): string | null {
  if (part === null || /20\d\d/.test(part)) return part;
  const term = /^h/iu.test(part);
  const name = term ? `Học kỳ ${/(?:ii|2)$/iu.test(part) ? 'II' : 'I'}` : part;
  return label === null ? name : `${name} ${label}`;
}

function dueIn(lines: readonly string[], remarks: Remarks): string | null {
  for (const line of lines) {
    if (!/\b(?:han (?:nop|thu|cuoi|chot)|thoi han|truoc ngay|den ngay|het ngay)\b/.test(fold(line))) continue;
    const text = /(\d{1,2}[/.-]\d{1,2}[/.-]\d{4})(?!.*\d[/.-]\d{1,2}[/.-]\d{4})/u.exec(line)?.[1];
    if (text === undefined) continue;
    const { day } = readDay({ kind: 'text', text });
    if (day !== null) return day;
    remarks.warnings.push({ row: 0, column: '', value: text, code: 'badDueDay' });
  }
  return null;
}
