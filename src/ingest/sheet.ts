export type CellKind = 'text' | 'number' | 'date' | 'formula' | 'error' | 'other';

/** One cell as a person sees it, before anybody has decided what it means. */
export type Cell = {
  kind: CellKind;
  /** Text as it stands; a number in full digits, never rounded by a display format; a date as "yyyy-mm-dd". */
  text: string;
};

export type SheetRow = {
  /** 1-based, as the spreadsheet program shows it. */
  number: number;
  /** Column (0-based) → cell. Cells without anything but spaces are left out. */
  cells: ReadonlyMap<number, Cell>;
};

/** Cells that were merged into one; 1-based rows, 0-based columns, ends included. */
export type Merge = { fromRow: number; toRow: number; fromColumn: number; toColumn: number };

export type Sheet = {
  name: string;
  /** Rows with something in them, top down. */
  rows: SheetRow[];
  merges: Merge[];
};
