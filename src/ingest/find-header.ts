// Finds the header by what it says, not by where it stands (facts/domain.md §2.3 rule 1).
import { type ColumnMeaning, meaningOf } from './columns.ts';
import type { Merge, Sheet, SheetRow } from './sheet.ts';

/** Title lines and notes may stand above; the sector's exports have the header in rows 4–8. */
const LAST_HEADER_ROW = 30;
/** Fewer known columns than this is a coincidence. */
const LEAST_COLUMNS = 3;

export type Column = { index: number; meaning: ColumnMeaning; header: string };

export type Header = {
  columns: Column[];
  /** 1-based row from which data may come. */
  dataFromRow: number;
  /** 1-based row of the header's first line; everything above is title. */
  row: number;
  /** Columns whose header says nothing that the hub knows; a list of bills may name its items there. */
  others: { index: number; header: string }[];
};

const NAMING: ReadonlySet<ColumnMeaning> = new Set(['code', 'vendorCode', 'fullName', 'familyName']);

/** The text over a column in a row, also where a merged cell reaches over it. */
function textOver(row: SheetRow, column: number, merges: readonly Merge[]): string {
  const own = row.cells.get(column)?.text;
  if (own !== undefined) return own;
  const merge = merges.find(
    (one) =>
      one.fromRow === row.number &&
      one.fromColumn < column &&
      column <= one.toColumn &&
      one.toRow === row.number,
  );
  return (merge && row.cells.get(merge.fromColumn)?.text) ?? '';
}

function textLeftOf(row: SheetRow, column: number): string {
  const left = [...row.cells.keys()].filter((index) => index < column);
  return left.length === 0 ? '' : (row.cells.get(Math.max(...left))?.text ?? '');
}

function columnsOf(headers: ReadonlyMap<number, string[]>): Column[] {
  const columns: Column[] = [];
  for (const [index, candidates] of [...headers].sort(([a], [b]) => a - b)) {
    for (const header of candidates) {
      const meaning = meaningOf(header);
      if (meaning === null) continue;
      columns.push({ index, meaning, header: header.normalize('NFC').replace(/\s+/gu, ' ').trim() });
      break;
    }
  }
  return columns;
}

function single(row: SheetRow): Column[] {
  return columnsOf(new Map([...row.cells].map(([index, cell]) => [index, [cell.text]])));
}

/** Two lines read as one: "Cha" over "SĐT" is "Cha SĐT". */
function joined(upper: SheetRow, lower: SheetRow, merges: readonly Merge[]): Column[] {
  const headers = new Map<number, string[]>();
  for (const index of new Set([...upper.cells.keys(), ...lower.cells.keys()])) {
    const below = lower.cells.get(index)?.text ?? '';
    // A .csv has lost its merges: a bare number belongs to the text left above it.
    const above =
      textOver(upper, index, merges) || (/^\d{1,2}$/.test(below.trim()) ? textLeftOf(upper, index) : '');
    headers.set(index, [`${above} ${below}`, below]);
  }
  return columnsOf(headers);
}

function score(columns: readonly Column[]): number {
  const meanings = new Set(columns.map((column) => column.meaning));
  // "Tên" alone is the name of a child where marks stand beside it.
  const names =
    [...meanings].some((meaning) => NAMING.has(meaning)) ||
    (meanings.has('givenName') && (meanings.has('mark') || meanings.has('level')));
  return names && meanings.size >= LEAST_COLUMNS ? meanings.size : 0;
}

/** A line of printed column numbers, 1 2 3 …: looks like data, is not. */
function isColumnNumbers(row: SheetRow, header: SheetRow): boolean {
  // The numbers of single marks all stand under one heading.
  if ([...row.cells.keys()].filter((index) => header.cells.has(index)).length < 2) return false;
  const numbers = [...row.cells].sort(([a], [b]) => a - b).map(([, cell]) => cell.text.trim());
  return (
    numbers.length >= 3 &&
    numbers.every(
      (text, index) => /^\(?\d{1,3}\)?$/.test(text) && index + 1 === Number(text.replace(/\D/g, '')),
    )
  );
}

/** The lower line of a two-line header: nothing in it looks like a pupil. */
function continues(
  upper: SheetRow,
  lower: SheetRow | undefined,
  merges: readonly Merge[],
): lower is SheetRow {
  if (lower?.number !== upper.number + 1 || isColumnNumbers(lower, upper)) return false;
  const spans = merges.some(
    (one) => one.fromRow === upper.number && (one.toColumn > one.fromColumn || one.toRow > one.fromRow),
  );
  const pupilLike = [...lower.cells.values()].some(
    (cell) => cell.kind === 'date' || /\d{6}|\d[./-]\d{1,2}[./-]/.test(cell.text),
  );
  const markNumbers = [...lower.cells.values()].every((cell) => /^\d{1,2}$/.test(cell.text.trim()));
  return (spans || markNumbers) && !pupilLike;
}

/** The header of a sheet, or null when nothing in its first 30 rows reads like one. */
export function findHeader(sheet: Sheet): Header | null {
  let best: { columns: Column[]; rows: number; row: SheetRow; at: number; score: number } | null = null;
  for (const [at, row] of sheet.rows.entries()) {
    if (row.number > LAST_HEADER_ROW) break;
    const next = sheet.rows[at + 1];
    const one = single(row);
    const two = continues(row, next, sheet.merges) ? joined(row, next, sheet.merges) : [];
    // Two lines count only if they tell more: a data row under a header tells nothing.
    const useTwo = two.length > 0 && score(two) >= score(one);
    const found = useTwo ? two : one;
    if (score(found) > (best?.score ?? 0))
      best = { columns: found, rows: useTwo ? 2 : 1, row, at, score: score(found) };
  }
  if (best === null) return null;
  const after = sheet.rows[best.at + best.rows];
  const skip = after && isColumnNumbers(after, best.row) ? 1 : 0;
  const last = sheet.rows[best.at + best.rows - 1 + skip];
  return {
    columns: best.columns,
    row: best.row.number,
    dataFromRow: (last?.number ?? best.row.number) + 1,
    others: othersOf(best.columns, sheet.rows.slice(best.at, best.at + best.rows)),
  };
}

/** The lowest line names a column: what stands above it is the heading of several. */
function othersOf(columns: readonly Column[], lines: readonly SheetRow[]): Header['others'] {
  const known = new Set(columns.map(({ index }) => index));
  const texts = new Map(lines.flatMap((line) => [...line.cells].map(([index, cell]) => [index, cell.text])));
  return [...texts]
    .filter(([index]) => !known.has(index))
    .sort(([a], [b]) => a - b)
    .map(([index, text]) => ({ index, header: text.normalize('NFC').replace(/\s+/gu, ' ').trim() }));
}

/** The columns of one meaning, left to right. */
export function columnsWith(header: Header, meaning: ColumnMeaning): Column[] {
  return header.columns.filter((column) => column.meaning === meaning);
}
