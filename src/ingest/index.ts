// ingest: files in. What a school's own systems export, or its staff keep in Excel.
//
// In: the bytes of an .xlsx, old .xls or .csv. Out: the school's roster brought to what the file says, and a report that
// counts every row and names every cell that was left out, with the reason in both languages. It promises: a bad file is
// refused as a whole before anything is written; nothing is half-imported; the same file a second time changes nothing;
// a dry run shows exactly what the import would do; columns that the hub does not need are never stored and never logged;
// what a file can do to this process's memory is bounded. It sends nothing and links nobody.

export { type BadFileReason, badFile } from './bad-file.ts';
export { type ImportFile, importFile } from './import-file.ts';
export {
  type ImportStatement,
  importStatement,
  readColumns,
  type StatementReport,
} from './import-statement.ts';
export { FILE_LIMITS, type FileLimits } from './limits.ts';
export { readWorkbook } from './read-workbook.ts';
export type { ListKind } from './recognise.ts';
export type { ImportReport, RemarkCode, ReportChange, ReportEntry } from './report.ts';
export { type Say, tellBadFile } from './tell.ts';
