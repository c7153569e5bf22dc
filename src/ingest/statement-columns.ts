// Which column of a bank's statement is what. Banks write their own headers; what is not known a person says once.
import { fold } from '../school/index.ts';

export const STATEMENT_MEANINGS = ['day', 'in', 'out', 'amount', 'memo', 'ref'] as const;
/** `in`, `out`: money in a column of its own; `amount`: one column for both, what goes out with a minus. */
export type StatementMeaning = (typeof STATEMENT_MEANINGS)[number];

/** Meaning → header, folded. */
export type StatementColumns = Partial<Record<StatementMeaning, string>>;

/** Whole headers, folded; the first of a meaning that is there counts. */
const KNOWN: Record<StatementMeaning, readonly string[]> = {
  day: [
    'ngay giao dich',
    'ngay gio giao dich',
    'thoi gian giao dich',
    'ngay gd',
    'transaction date',
    'ngay hach toan',
    'ngay hieu luc',
    'ngay',
    'thoi gian',
    'date',
  ],
  in: [
    'so tien ghi co',
    'phat sinh co',
    'ghi co',
    'so tien co',
    'tien vao',
    'so tien vao',
    'co',
    'credit',
    'credit amount',
  ],
  out: [
    'so tien ghi no',
    'phat sinh no',
    'ghi no',
    'so tien no',
    'tien ra',
    'so tien ra',
    'no',
    'debit',
    'debit amount',
  ],
  amount: ['so tien', 'so tien gd', 'so tien giao dich', 'amount'],
  memo: [
    'noi dung giao dich',
    'noi dung chuyen khoan',
    'noi dung',
    'dien giai',
    'noi dung chi tiet',
    'mo ta',
    'description',
    'remark',
    'transaction details',
  ],
  ref: [
    'so tham chieu',
    'ma giao dich',
    'so but toan',
    'ma gd',
    'so giao dich',
    'so gd',
    'so chung tu',
    'reference',
    'reference no',
    'transaction id',
  ],
};

/** What the hub makes of headers by itself. */
export function knownColumns(headers: readonly string[]): StatementColumns {
  const keys = new Set(headers.map(headerKey));
  const columns: StatementColumns = {};
  for (const meaning of STATEMENT_MEANINGS) {
    const found = KNOWN[meaning].find((header) => keys.has(header));
    if (found !== undefined) columns[meaning] = found;
  }
  return columns;
}

/** "Số tiền ghi có (VND)" → "so tien ghi co" */
export const headerKey = (header: string): string =>
  fold(header.replace(/\(.*?\)/g, ' '))
    .replace(/\b(?:vnd|dong)\b/g, ' ')
    .replace(/ +/g, ' ')
    .trim();

/** Headers as a person has typed them, in the way in which they are compared and kept. */
export const foldedColumns = (columns: StatementColumns): StatementColumns =>
  Object.fromEntries(Object.entries(columns).map(([meaning, header]) => [meaning, headerKey(header)]));

/** A day, something of money that comes in, and a text: less is no statement. */
export const isEnough = (columns: StatementColumns): boolean =>
  columns.day !== undefined &&
  columns.memo !== undefined &&
  (columns.in !== undefined || columns.amount !== undefined);
