// Every limit on what the hub reads from a file, on one page. A school of 2 500 pupils with 25 columns needs about
// 1 MB packed, 6 MB unpacked and 2 500 rows.

const MB = 1024 * 1024;

export const FILE_LIMITS = {
  /** Size of the file. */
  fileBytes: 20 * MB,
  /** All parts of an .xlsx together, unpacked; really inflated and counted, not believed. */
  unpackedBytes: 30 * MB,
  /** Unpacked to packed, of files that unpack to more than `ratioFromBytes`. Office packs tables at 5–30 to 1. */
  unpackRatio: 150,
  ratioFromBytes: 10 * MB,
  /** Parts in an .xlsx. */
  parts: 2_000,
  /** Size of an old .xls, which is not packed: more cells to the byte. */
  oldBytes: 8 * MB,
  /** Cells with something in them, of a .csv. */
  cells: 600_000,
  /** Rows with something in them, per sheet. */
  rows: 20_000,
  /** Highest column, per sheet. */
  columns: 256,
  sheets: 200,
} as const;

export type FileLimits = { [Key in keyof typeof FILE_LIMITS]: number };
