import { utils, write } from '@e965/xlsx';

export type TableCell = string | number;
export type Table = { name: string; rows: readonly (readonly TableCell[])[]; widths?: readonly number[] };

/** What a spreadsheet program may take for the beginning of a formula, also after a save as .csv (OWASP, CSV injection). */
const FORMULA_START = /^[=+\-@\t\r]/;

/** A text that stays one: what begins like a formula gets an apostrophe before it. */
const asText = (text: string): string => (FORMULA_START.test(text) ? `'${text}` : text);

/** An .xlsx of tables. Texts are texts and numbers are numbers; nothing in it is worked out. */
export function workbook(tables: readonly Table[]): Buffer {
  const book = utils.book_new();
  for (const { name, rows, widths } of tables) {
    const cells = rows.map((row) =>
      row.map((cell) =>
        typeof cell === 'number'
          ? { t: 'n' as const, v: cell, z: '#,##0' }
          : { t: 's' as const, v: asText(cell) },
      ),
    );
    const sheet = utils.aoa_to_sheet(cells);
    if (widths) sheet['!cols'] = widths.map((wch) => ({ wch }));
    utils.book_append_sheet(book, sheet, name);
  }
  return write(book, { type: 'buffer', bookType: 'xlsx' }) as Buffer;
}
