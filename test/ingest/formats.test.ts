import { read, utils, type WorkSheet } from '@e965/xlsx';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Database } from '../../src/store/database.ts';
import { testDatabase } from '../harness/index.ts';
import { importer, mailAccount, newSchool, sample, truth, workbook } from './sample-school.ts';

const FILES = ['danh-sach-hoc-sinh-6A1.xlsx', 'lien-he-phu-huynh-6A1.xlsx'];

const sheetIn = (file: string): WorkSheet => {
  const book = read(sample(file), { type: 'buffer' });
  const sheet = book.Sheets[book.SheetNames[0] ?? ''];
  if (!sheet) throw new Error(`${file} has no sheet`);
  return sheet;
};

const csv = (file: string, FS: string): string => utils.sheet_to_csv(sheetIn(file), { FS, rawNumbers: true });

/** The letters of Vietnamese that windows-1258 writes as a base letter and a tone mark. */
function windows1258(text: string): Buffer {
  const decoder = new TextDecoder('windows-1258');
  const bytes = new Map(
    Array.from({ length: 256 }, (_, byte) => [decoder.decode(Uint8Array.of(byte)), byte]),
  );
  const tones = /[\u0300\u0301\u0303\u0309\u0323]/u;
  const out = [...text.normalize('NFC')].flatMap((letter) => {
    const whole = bytes.get(letter);
    if (whole !== undefined) return [whole];
    const tone = tones.exec(letter.normalize('NFD'))?.[0] ?? '';
    const base = letter.normalize('NFD').replace(tone, '').normalize('NFC');
    return [bytes.get(base) ?? 63, bytes.get(tone) ?? 63];
  });
  return Buffer.from(out);
}

const FORMATS: [name: string, write: (file: string) => Buffer][] = [
  ['old .xls', (file) => workbook({ DS: sheetIn(file) }, 'biff8')],
  ['.csv with ;', (file) => Buffer.from(csv(file, ';'))],
  ['.csv with , and a byte order mark', (file) => Buffer.from(`\ufeff${csv(file, ',')}`)],
  ['.csv with tabs in UTF-16', (file) => Buffer.from(`\ufeff${csv(file, '\t')}`, 'utf16le')],
  ['.csv with ; in windows-1258', (file) => windows1258(csv(file, ';'))],
  [
    '.csv with a "sep=" line and Windows line ends',
    (file) => Buffer.from(`sep=;\r\n${csv(file, ';').replaceAll('\n', '\r\n')}`),
  ],
];

let database: Database;
beforeAll(async () => {
  database = await testDatabase();
});

/** Everything of a school that a list can tell, without ids. */
async function roster(schoolId: string): Promise<unknown> {
  const pupils = await database.prisma.pupil.findMany({
    where: { schoolId },
    orderBy: { code: 'asc' },
    include: {
      enrolments: { include: { schoolClass: { include: { schoolYear: true } } } },
      guardianships: { include: { guardian: { include: { contacts: true } } } },
    },
  });
  return pupils.map((pupil) => ({
    code: pupil.code,
    name: pupil.fullName,
    bornOn: pupil.bornOn,
    leftAt: pupil.leftAt,
    classes: pupil.enrolments.map((one) => [
      one.schoolClass.name,
      one.schoolClass.grade,
      one.schoolClass.schoolYear.label,
      one.closedAt,
    ]),
    guardians: pupil.guardianships
      .map(({ relation, guardian }) => [
        relation,
        guardian.fullName,
        guardian.phone,
        guardian.secondPhone,
        ...guardian.contacts.map((one) => one.address),
      ])
      .map((one) => one.join('|'))
      .sort(),
  }));
}

async function imported(write: (file: string) => Buffer) {
  const schoolId = await newSchool(database, truth.school);
  const bring = importer(database, schoolId, await mailAccount(database, schoolId));
  const reports = [];
  for (const file of FILES) reports.push(await bring(write(file)));
  const again = [];
  for (const file of FILES) again.push(await bring(write(file)));
  return { reports, again, roster: await roster(schoolId) };
}

describe('a list means the same in every format', () => {
  it.each(FORMATS)('%s', async (_name, write) => {
    const original = await imported(sample);
    const other = await imported(write);
    expect(other.roster).toEqual(original.roster);
    expect(other.reports).toEqual(original.reports);
    expect(other.again.map(({ created, updated }) => [created, updated])).toEqual([
      [0, 0],
      [0, 0],
    ]);
  });
});
