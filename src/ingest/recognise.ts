// What a list is, by the columns it has. A new kind is one line here and one in import-file.ts.
import type { ColumnMeaning } from './columns.ts';
import type { Header } from './find-header.ts';

export type ListKind = 'classList' | 'contactList' | 'gradebook' | 'bills' | 'attendance';

type Rule = { kind: ListKind; fits: (has: (...meanings: ColumnMeaning[]) => boolean) => boolean };

/** The first rule that fits decides; `has` is true when one of the named columns is there. */
const RULES: readonly Rule[] = [
  { kind: 'bills', fits: (has) => has('billItem') && has('amount') },
  { kind: 'attendance', fits: (has) => has('absence') && has('day') },
  { kind: 'gradebook', fits: (has) => has('mark') || (has('level') && !has('phone', 'status')) },
  {
    kind: 'contactList',
    fits: (has) =>
      has('fatherPhone', 'motherPhone', 'guardianPhone', 'fatherEmail', 'motherEmail', 'guardianEmail') ||
      (has('guardianName') && has('phone', 'email') && !has('fatherName', 'motherName')),
  },
  {
    kind: 'classList',
    fits: (has) => has('code', 'vendorCode') || (has('bornOn') && has('className', 'status')),
  },
];

/** Null: a table with names, but nothing that the hub knows. */
export function recognise(header: Header): ListKind | null {
  const meanings = new Set(header.columns.map((column) => column.meaning));
  const has = (...wanted: ColumnMeaning[]): boolean => wanted.some((meaning) => meanings.has(meaning));
  return RULES.find((rule) => rule.fits(has))?.kind ?? null;
}
