import { beforeAll, describe, expect, it } from 'vitest';
import type { ImportReport } from '../../src/ingest/index.ts';
import { byClassList } from '../../src/school/index.ts';
import type { Database } from '../../src/store/database.ts';
import { testDatabase } from '../harness/index.ts';
import { everything, importer, mailAccount, newSchool, sample, truth } from './sample-school.ts';

const FILES = [
  'danh-sach-hoc-sinh-6A1',
  'danh-sach-hoc-sinh-7B',
  'danh-sach-hoc-sinh-3A',
  'lien-he-phu-huynh-6A1',
];

let database: Database;
let schoolId: string;
let bring: ReturnType<typeof importer>;
const dry: ImportReport[] = [];
const reports: ImportReport[] = [];

const pupils = () =>
  database.prisma.pupil.findMany({
    where: { schoolId },
    include: {
      enrolments: { include: { schoolClass: true } },
      guardianships: { where: { closedAt: null }, include: { guardian: { include: { contacts: true } } } },
    },
  });

const mails = (...cells: (string | undefined)[]): string[] =>
  cells
    .map((cell) => (cell ?? '').trim().toLowerCase())
    .filter((cell) => cell.includes('@'))
    .sort();

beforeAll(async () => {
  database = await testDatabase();
  schoolId = await newSchool(database, truth.school);
  bring = importer(database, schoolId, await mailAccount(database, schoolId));
  for (const file of FILES) {
    const bytes = sample(`${file}.xlsx`);
    dry.push(await bring(bytes, { fileName: file, dryRun: true }));
    reports.push(await bring(bytes, { fileName: file }));
  }
});

describe('the sample school', () => {
  it('has 35, 33 and 28 pupils, and the contact list creates none', () => {
    const counts = reports.map(({ kind, rows, created }) => ({ kind, rows, created }));
    expect(counts).toEqual([
      { kind: 'classList', rows: 35, created: 35 },
      { kind: 'classList', rows: 33, created: 33 },
      { kind: 'classList', rows: 28, created: 28 },
      { kind: 'contactList', rows: 35, created: 0 },
    ]);
    for (const { rows, created, updated, unchanged, refused } of reports) {
      expect(created + updated + unchanged + refused.filter((one) => one.wholeRow).length).toBe(rows);
    }
  });

  it.each(['6A1', '7B', '3A'] as const)('knows every pupil of %s as truth.json does', async (name) => {
    const known = (await pupils()).filter((pupil) =>
      pupil.enrolments.some((one) => one.schoolClass.name === name),
    );
    const told = known.map((pupil) => {
      const guardians = pupil.guardianships.map((one) => one.guardian);
      return {
        code: pupil.code,
        name: pupil.fullName,
        phones: guardians
          .flatMap((one) => [one.phone, one.secondPhone])
          .filter((phone) => phone !== null)
          .sort(),
        left: pupil.leftAt !== null && pupil.enrolments.every((one) => one.closedAt !== null),
        mails: guardians.flatMap((one) => one.contacts.map((contact) => contact.address)).sort(),
      };
    });
    const wanted = truth.classes[name].map((pupil) => ({
      code: pupil.code,
      name: pupil.name,
      phones: [pupil.phone, pupil.phone2, pupil.motherPhone].filter((phone) => phone).sort(),
      left: pupil.status !== 'Đang học',
      mails: mails(pupil.fatherMail, pupil.motherMail),
    }));
    // The sibling in 7B has, through the shared father, whom the contact list of 6A1 named, no further phone.
    const byCode = (a: { code: string }, b: { code: string }) => (a.code < b.code ? -1 : 1);
    expect(told.sort(byCode)).toEqual(wanted.sort(byCode));
  });

  it('shows a dry run exactly as the import turns out', () => {
    for (const [index, report] of reports.entries()) {
      const { changes, ...promised } = dry[index] ?? {};
      expect(promised).toEqual(report);
      expect(changes).toHaveLength(report.created + report.updated);
    }
  });

  it('gives siblings in two classes one guardian', async () => {
    const [older, younger] = ['0412886345', '0412886100'];
    const shared = await database.prisma.guardian.findMany({
      where: {
        schoolId,
        guardianships: { some: { pupil: { code: older } } },
        AND: { guardianships: { some: { pupil: { code: younger } } } },
      },
    });
    expect(shared.map((one) => [one.fullName, one.phone])).toEqual([['Lý Văn Cường', '0832601177']]);
  });

  it('keeps two pupils of one name apart', async () => {
    const same = await database.prisma.pupil.findMany({ where: { schoolId, fullName: 'Phùng Đức Ưng' } });
    expect(same.map((pupil) => [pupil.code, pupil.bornOn?.toISOString().slice(0, 10)]).sort()).toEqual([
      ['0412886107', '2015-05-23'],
      ['0412886114', '2015-01-18'],
    ]);
  });

  it('names father and mother, and keeps their addresses as unconfirmed', async () => {
    const row = (await pupils()).find((pupil) => pupil.code === '0412886198');
    const told = row?.guardianships
      .sort((a, b) => (a.relation < b.relation ? -1 : 1))
      .map(({ relation, guardian }) => ({
        relation,
        name: guardian.fullName,
        contacts: guardian.contacts.map(({ address, state, channel }) => [channel, address, state]),
      }));
    expect(told).toEqual([
      {
        relation: 'father',
        name: 'Lý Minh Quân',
        contacts: [['email', 'ly.minh.quan14@example.com', 'unconfirmed']],
      },
      {
        relation: 'mother',
        name: 'Vàng Thị Mỹ Giang',
        contacts: [['email', 'vangthimygiang@example.com', 'unconfirmed']],
      },
    ]);
  });

  it('gives every pupil who is at school somebody to print a code for', async () => {
    for (const pupil of await pupils()) {
      if (pupil.leftAt === null) expect(pupil.guardianships.length, pupil.code).toBeGreaterThan(0);
    }
  });

  it('says of every odd cell what became of it', () => {
    const short = (report: ImportReport | undefined) => ({
      refused: report?.refused.map(({ row, column, code, wholeRow }) => [row, column, code, wholeRow]),
      warnings: report?.warnings.map(({ row, column, code }) => [row, column, code]),
    });
    expect(short(reports[0])).toEqual({
      refused: [],
      warnings: [
        [9, 'SĐT liên hệ', 'zeroRestored'],
        [12, 'SĐT liên hệ', 'convertedFrom2018'],
        [17, 'SĐT liên hệ', 'landline'],
        [18, 'Mã định danh Bộ GD&ĐT', 'codeZeroRestored'],
      ],
    });
    expect(short(reports[3])).toEqual({
      refused: [[17, 'Email cha', 'badEmail', false]],
      warnings: [[13, 'Mã định danh', 'leftSchool']],
    });
    expect(reports[3]?.refused[0]).toMatchObject({ value: 'khong-phai-email' });
    expect(reports[3]?.refused[0]?.reason).toMatch(/^Đây không phải .+ \/ This is not an e-mail address/);
  });

  it('stores nothing of the columns that the hub does not need', async () => {
    const stored = await everything(database);
    for (const never of ['Nùng', 'Sán Chỉ', 'Mông', 'Nông dân', 'Tổ 8', 'Giới tính', 'khong-phai-email']) {
      expect(stored.includes(never), `"${never}" of the sample files stands in the database`).toBe(false);
    }
    expect(
      stored.match(/"00[0-9]{10}"/)?.[0],
      'a personal identification number stands in the database',
    ).toBeUndefined();
    expect(stored.includes('Lý Văn Nam')).toBe(true);
  });

  it('changes nothing when the same files come again', async () => {
    const before = await database.prisma.guardian.findMany({ orderBy: { id: 'asc' } });
    const contacts = await database.prisma.contact.findMany({ orderBy: { id: 'asc' } });
    for (const file of FILES) {
      const again = await bring(sample(`${file}.xlsx`));
      expect(again, file).toMatchObject({ created: 0, updated: 0, unchanged: again.rows });
    }
    expect(await database.prisma.guardian.findMany({ orderBy: { id: 'asc' } })).toEqual(before);
    expect(await database.prisma.contact.findMany({ orderBy: { id: 'asc' } })).toEqual(contacts);
  });

  it('records each run with counts and reasons, without values', async () => {
    const runs = await database.prisma.importRun.findMany({
      where: { schoolId, kind: 'contactList' },
      orderBy: { at: 'asc' },
    });
    expect(runs[0]?.refused).toEqual([{ row: 17, column: 'Email cha', code: 'badEmail', wholeRow: false }]);
    const audits = await database.prisma.auditEntry.findMany({
      where: { orgUnitId: schoolId, action: 'import' },
    });
    expect(audits).toHaveLength(await database.prisma.importRun.count({ where: { schoolId } }));
  });

  it('sorts a class as a Vietnamese class list does', async () => {
    const known = (await pupils()).filter((pupil) =>
      pupil.enrolments.some((one) => one.schoolClass.name === '6A1'),
    );
    const sorted = known.sort(byClassList).map((pupil) => pupil.fullName);
    expect(sorted.slice(0, 3)).toEqual(['Đàm Minh Bảo', 'Chu Văn Cường', 'Bàn Thị Dở']);
    expect(sorted.at(-1)).toBe('Triệu Quang Việt');
  });

  it('has a sentence in both languages for each reason it gives', () => {
    for (const report of reports) {
      for (const { reason } of [...report.refused, ...report.warnings])
        expect(reason).not.toContain('ingest:');
    }
  });
});
