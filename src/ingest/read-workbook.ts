import { type CellObject, CFB, read, SSF, type WorkBook, type WorkSheet } from '@e965/xlsx';
import { HubError } from '../errors.ts';
import { badFile } from './bad-file.ts';
import { checkZip } from './check-zip.ts';
import { decodeText, separatorOf, tableSize } from './decode-text.ts';
import { FILE_LIMITS, type FileLimits } from './limits.ts';
import type { Cell, Merge, Sheet, SheetRow } from './sheet.ts';

const OLE = Buffer.from([0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1]);
const ZIP = Buffer.from('PK\x03\x04', 'latin1');

/** Ids and phones must come out as typed: no text is turned into a number or a date, no formula is worked out. */
const OPTIONS = {
  dense: true,
  raw: true,
  cellNF: true,
  cellText: false,
  cellHTML: false,
  cellFormula: true,
} as const;

const inMegabytes = (bytes: number): number => Math.round(bytes / 1024 / 1024);

const startsWith = (bytes: Buffer, mark: Buffer): boolean => bytes.subarray(0, mark.length).equals(mark);

/** .xls, or an encrypted .xlsx: both are OLE containers (MS-CFB; MS-OFFCRYPTO §2.3 for "EncryptedPackage"). */
function readOle(bytes: Buffer, limits: FileLimits): WorkBook {
  if (bytes.length > limits.oldBytes) throw badFile('tooBig', { most: inMegabytes(limits.oldBytes) });
  const container = CFB.read(bytes, { type: 'buffer' });
  if (CFB.find(container, '/EncryptedPackage') || CFB.find(container, '/EncryptionInfo'))
    throw badFile('password');
  if (!CFB.find(container, '/Workbook') && !CFB.find(container, '/Book')) throw badFile('notSpreadsheet');
  return read(bytes, { ...OPTIONS, type: 'buffer' });
}

function readZip(bytes: Buffer, limits: FileLimits): WorkBook {
  const parts = checkZip(bytes, limits);
  if (!parts.some((name) => name.toLowerCase() === 'xl/workbook.xml')) throw badFile('notSpreadsheet');
  return read(bytes, { ...OPTIONS, type: 'buffer' });
}

function readCsv(bytes: Buffer, limits: FileLimits): WorkBook {
  const text = decodeText(bytes);
  if (text === null || /^\s*(?:<|%PDF|\{\\rtf)/.test(text)) throw badFile('notSpreadsheet');
  const declared = /^sep=(.)\r?\n/i.exec(text);
  const body = declared ? text.slice(declared[0].length) : text;
  const separator = declared?.[1] ?? separatorOf(body);
  const size = tableSize(body, separator);
  if (size.lines > limits.rows * 2 || size.cells > limits.cells)
    throw badFile('tooManyRows', { most: limits.rows });
  // The "sep=" line is for the reader: it names the sign, and keeps it from guessing what kind of file this is.
  return read(`sep=${separator}\n${body}`, { ...OPTIONS, type: 'string' });
}

function open(bytes: Buffer, limits: FileLimits): WorkBook {
  try {
    if (startsWith(bytes, OLE)) return readOle(bytes, limits);
    if (startsWith(bytes, ZIP)) return readZip(bytes, limits);
    return readCsv(bytes, limits);
  } catch (error) {
    if (error instanceof HubError) throw error;
    if (/password|encrypt/i.test(String((error as Error).message))) throw badFile('password', {}, error);
    throw badFile('damaged', {}, error);
  }
}

const twoDigits = (value: number): string => String(value).padStart(2, '0');

function dateText(serial: number, date1904: boolean): string | null {
  const day = SSF.parse_date_code(serial, { date1904 }) as { y: number; m: number; d: number } | null;
  return day ? `${String(day.y).padStart(4, '0')}-${twoDigits(day.m)}-${twoDigits(day.d)}` : null;
}

function cellOf(raw: CellObject, date1904: boolean): Cell | null {
  if (raw.f !== undefined || raw.F !== undefined) return { kind: 'formula', text: `=${raw.f ?? ''}` };
  if (raw.t === 'e') return { kind: 'error', text: '#' };
  if (raw.t === 'n' && typeof raw.v === 'number') {
    const day = typeof raw.z === 'string' && SSF.is_date(raw.z) ? dateText(raw.v, date1904) : null;
    return day === null ? { kind: 'number', text: String(raw.v) } : { kind: 'date', text: day };
  }
  const text = String(raw.v ?? '');
  if (text.trim() === '') return null;
  const literal = /^="([^"]*)"$/.exec(text);
  if (literal) return { kind: 'text', text: literal[1] ?? '' };
  if (/^=[A-Za-z(+-]/.test(text)) return { kind: 'formula', text };
  return { kind: raw.t === 's' ? 'text' : 'other', text };
}

function rowsOf(sheet: WorkSheet, date1904: boolean, limits: FileLimits): SheetRow[] {
  const rows: SheetRow[] = [];
  const data = (sheet['!data'] ?? []) as (CellObject | undefined)[][];
  // forEach skips what is not there: a sheet whose last row is 1 048 576 costs only the rows it has.
  data.forEach((cells, index) => {
    const kept = new Map<number, Cell>();
    cells?.forEach((raw, column) => {
      const cell = raw ? cellOf(raw, date1904) : null;
      if (cell) kept.set(column, cell);
      if (cell && column >= limits.columns) throw badFile('tooManyColumns', { most: limits.columns });
    });
    if (kept.size > 0) rows.push({ number: index + 1, cells: kept });
    if (rows.length > limits.rows) throw badFile('tooManyRows', { most: limits.rows });
  });
  return rows;
}

function mergesOf(sheet: WorkSheet): Merge[] {
  return (sheet['!merges'] ?? []).map(({ s, e }) => ({
    fromRow: s.r + 1,
    toRow: e.r + 1,
    fromColumn: s.c,
    toColumn: e.c,
  }));
}

/**
 * The sheets of an .xlsx, old .xls or .csv, every cell as text with its kind. What the file is, its bytes say, not its
 * name. Guards come before parsing: size, unpacked size (really counted), password.
 * @throws HubError `badFile` with a BadFileReason
 */
export function readWorkbook(bytes: Uint8Array, limits: FileLimits = FILE_LIMITS): Sheet[] {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (buffer.length > limits.fileBytes) throw badFile('tooBig', { most: inMegabytes(limits.fileBytes) });
  if (buffer.length === 0) throw badFile('empty');
  const workbook = open(buffer, limits);
  const date1904 = workbook.Workbook?.WBProps?.date1904 ?? false;
  const sheets = workbook.SheetNames.slice(0, limits.sheets).flatMap((name) => {
    const sheet = workbook.Sheets[name];
    return sheet ? [{ name, rows: rowsOf(sheet, date1904, limits), merges: mergesOf(sheet) }] : [];
  });
  if (sheets.every((sheet) => sheet.rows.length === 0)) throw badFile('empty');
  return sheets;
}
