import { readFileSync } from 'node:fs';
import { type CellObject, utils, type WorkSheet, write } from '@e965/xlsx';
import { HubError } from '../../src/errors.ts';
import { type ImportFile, type ImportReport, importFile } from '../../src/ingest/index.ts';
import { openTexts } from '../../src/render/texts.ts';
import { nameKey } from '../../src/school/index.ts';
import type { Database } from '../../src/store/database.ts';

const FOLDER = new URL('../../demo/school/', import.meta.url);

export const sample = (name: string): Buffer => readFileSync(new URL(name, FOLDER));

export type TruthPupil = {
  code: string;
  name: string;
  phone: string;
  phone2?: string;
  status: string;
  fatherMail?: string;
  motherMail?: string;
  motherPhone?: string;
};
export const truth = JSON.parse(sample('truth.json').toString()) as {
  school: string;
  classes: Record<'6A1' | '7B' | '3A', TruthPupil[]>;
};

export const texts = openTexts(new URL('../../locales', import.meta.url).pathname);
export const now = new Date('2026-09-07T03:00:00Z');

export async function newSchool(database: Database, name = 'Trường TH&THCS Hoa Mai'): Promise<string> {
  const { id } = await database.prisma.orgUnit.create({
    data: { kind: 'school', name, nameKey: nameKey(name) },
  });
  return id;
}

export async function mailAccount(database: Database, schoolId: string): Promise<string> {
  const { id } = await database.prisma.channelAccount.create({
    data: {
      orgUnitId: schoolId,
      channel: 'email',
      name: `${schoolId}@example.com`,
      sealedSecret: new Uint8Array(),
      perSecond: 10,
    },
  });
  return id;
}

/** Imports bytes into a school, with everything at its default that a test does not care about. */
export function importer(database: Database, schoolId: string, mailAccountId: string | null = null) {
  return (bytes: Uint8Array, more: Partial<ImportFile> = {}): Promise<ImportReport> =>
    importFile(database, {
      schoolId,
      bytes,
      fileName: 'tep.xlsx',
      dryRun: false,
      actor: 'cli',
      clock: { now: () => now },
      texts,
      mailAccountId,
      ...more,
    });
}

/** The reason for which a file is refused as a whole. */
export async function refusalOf(work: Promise<unknown>): Promise<unknown> {
  try {
    await work;
  } catch (error) {
    if (error instanceof HubError && error.code === 'badFile') return error.data.reason;
    throw error;
  }
  return 'not refused';
}

export type Value = string | number | CellObject | null;

export function sheetOf(rows: Value[][]): WorkSheet {
  return utils.aoa_to_sheet(rows as unknown[][]);
}

/** A workbook of our own making, in any format that the hub reads. */
export function workbook(sheets: Record<string, WorkSheet>, bookType: 'xlsx' | 'biff8' = 'xlsx'): Buffer {
  const book = utils.book_new();
  for (const [name, sheet] of Object.entries(sheets)) utils.book_append_sheet(book, sheet, name);
  return write(book, { type: 'buffer', bookType, compression: true }) as Buffer;
}

export const xlsx = (rows: Value[][]): Buffer => workbook({ Sheet1: sheetOf(rows) });

export const HEADER = [
  'STT',
  'Mã định danh Bộ GD&ĐT',
  'Họ tên',
  'Ngày sinh',
  'Trạng thái',
  'SĐT liên hệ',
  'Lớp học',
  'Khối học',
];
export const TITLE = ['DANH SÁCH HỌC SINH LỚP 6A1 - NĂM HỌC 2026-2027'];

/** A class list with these rows under the usual header; data begin in row 3. */
export const classList = (...rows: Value[][]): Buffer => xlsx([TITLE, HEADER, ...rows]);

/** Everything that the roster tables hold, as one text. */
export async function everything(database: Database): Promise<string> {
  const { prisma } = database;
  const tables = await Promise.all([
    prisma.schoolYear.findMany(),
    prisma.schoolClass.findMany(),
    prisma.pupil.findMany(),
    prisma.enrolment.findMany(),
    prisma.guardian.findMany(),
    prisma.guardianship.findMany(),
    prisma.contact.findMany(),
    prisma.importRun.findMany(),
  ]);
  const audits = await prisma.auditEntry.findMany();
  return JSON.stringify([tables, audits], (_key, value) =>
    typeof value === 'bigint' ? String(value) : value,
  );
}
