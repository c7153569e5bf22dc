/** A column: its head, and what it shows of a row. */
export type Column<Row> = [string, (row: Row) => string];

/** A Markdown table that is read as easily in a terminal: cells are padded to the width of their column. */
export function markdownTable<Row>(columns: readonly Column<Row>[], all: readonly Row[]): string {
  const rows = [columns.map(([name]) => name), ...all.map((one) => columns.map(([, show]) => show(one)))];
  const widths = columns.map((_, column) => Math.max(3, ...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map((row) => `| ${row.map((cell, n) => cell.padEnd(widths[n] ?? 0)).join(' | ')} |`);
  lines.splice(1, 0, `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`);
  return lines.join('\n');
}
