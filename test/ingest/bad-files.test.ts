import { CFB } from '@e965/xlsx';
import { beforeAll, describe, expect, it } from 'vitest';
import { HubError } from '../../src/errors.ts';
import { FILE_LIMITS, tellBadFile } from '../../src/ingest/index.ts';
import type { Database } from '../../src/store/database.ts';
import { testDatabase } from '../harness/index.ts';
import { bomb } from './bomb.ts';
import {
  classList,
  everything,
  HEADER,
  importer,
  newSchool,
  refusalOf,
  sample,
  sheetOf,
  TITLE,
  texts,
  type Value,
  workbook,
  xlsx,
} from './sample-school.ts';

const MB = 1024 * 1024;

/** An OLE container as Excel writes it for a file with a password (MS-OFFCRYPTO §2.3). */
function encrypted(): Buffer {
  const container = CFB.utils.cfb_new();
  CFB.utils.cfb_add(container, '/EncryptionInfo', Buffer.alloc(64));
  CFB.utils.cfb_add(container, '/EncryptedPackage', Buffer.alloc(5000));
  return Buffer.from(CFB.write(container, { type: 'buffer' }) as Uint8Array);
}

function wordDocument(): Buffer {
  const container = CFB.utils.cfb_new();
  CFB.utils.cfb_add(container, '/WordDocument', Buffer.alloc(5000));
  return Buffer.from(CFB.write(container, { type: 'buffer' }) as Uint8Array);
}

/** A .docx: a zip, but no workbook. */
function docx(): Buffer {
  const container = CFB.utils.cfb_new();
  CFB.utils.cfb_add(container, '/word/document.xml', Buffer.from('<w:document/>'));
  return Buffer.from(
    CFB.write(container, { type: 'buffer', fileType: 'zip', compression: true } as never) as Uint8Array,
  );
}

const row = (code: string): Value[] => [
  1,
  code,
  'Lý Văn Nam',
  '03/12/2015',
  'Đang học',
  '0832601177',
  '6A1',
  'Khối 6',
];
const wide: Value[][] = Array.from({ length: 40 }, (_, r) =>
  Array.from({ length: 60 }, (_, c) => `ô ${r}.${c}`),
);
const png = Buffer.from('89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489', 'hex');

const BAD: [what: string, bytes: () => Buffer, reason: string][] = [
  ['an empty file', () => Buffer.alloc(0), 'empty'],
  ['a workbook without a single cell', () => xlsx([]), 'empty'],
  ['a workbook with blanks only', () => xlsx([[' ', '\u00a0'], ['']]), 'empty'],
  ['a picture', () => png, 'notSpreadsheet'],
  ['a PDF', () => Buffer.from('%PDF-1.7\n1 0 obj'), 'notSpreadsheet'],
  [
    'a web page',
    () => Buffer.from('<html><body><table><tr><td>STT</td></tr></table></body></html>'),
    'notSpreadsheet',
  ],
  ['a .docx', docx, 'notSpreadsheet'],
  ['an old .doc', wordDocument, 'notSpreadsheet'],
  [
    'random bytes',
    () => Buffer.from(Array.from({ length: 4000 }, (_, i) => (i * 7919) % 256)),
    'notSpreadsheet',
  ],
  ['a workbook with a password', encrypted, 'password'],
  ['a workbook that was cut off', () => sample('danh-sach-hoc-sinh-6A1.xlsx').subarray(0, 6000), 'damaged'],
  [
    'an old workbook that was cut off',
    () => workbook({ A: sheetOf([TITLE, HEADER, row('0412886100')]) }, 'biff8').subarray(0, 700),
    'damaged',
  ],
  ['a zip bomb that admits it', () => bomb(300, 300 * MB), 'unpacksTooBig'],
  ['a zip bomb that lies about its size', () => bomb(300, 1000), 'unpacksTooBig'],
  ['100 MB', () => Buffer.alloc(100 * MB, 0x61), 'tooBig'],
  ['a table of 60 columns of something else', () => xlsx(wide), 'notRecognised'],
  [
    'a letter typed into a text file',
    () => Buffer.from('Kính gửi nhà trường,\nEm xin nghỉ học, mong thầy cô đồng ý.\n'),
    'notRecognised',
  ],
  [
    'more columns than any list has',
    () => xlsx([TITLE, [...HEADER, ...Array.from({ length: 400 }, (_, i) => `Cột ${i}`)], row('0412886100')]),
    'tooManyColumns',
  ],
  [
    'more rows than a school has pupils',
    () =>
      Buffer.from(
        `Mã định danh;Họ tên;Ngày sinh\n${'0412886100;Lý Văn Nam;03/12/2015\n'.repeat(FILE_LIMITS.rows + 5)}`,
      ),
    'tooManyRows',
  ],
  ['a line of ten million cells', () => Buffer.from('a,'.repeat(5 * MB)), 'tooManyRows'],
  ['a header and nothing below', () => classList(), 'noPupils'],
  [
    'a class list without the Ministry’s code',
    () => xlsx([TITLE, ['STT', 'Họ tên', 'Ngày sinh', 'Lớp'], [1, 'Lý Văn Nam', '03/12/2015', '6A1']]),
    'noCodeColumn',
  ],
  [
    'a list that names no class',
    () =>
      xlsx([
        ['NĂM HỌC 2026-2027'],
        ['STT', 'Mã định danh', 'Họ tên', 'Ngày sinh'],
        [1, '0412886100', 'Lý Văn Nam', '03/12/2015'],
      ]),
    'noClass',
  ],
  ['a list that names no year', () => xlsx([HEADER, row('0412886100')]), 'noYear'],
  [
    'lists of two kinds in one file',
    () =>
      workbook({
        A: sheetOf([TITLE, HEADER, row('0412886100')]),
        B: sheetOf([
          TITLE,
          ['Mã định danh', 'Họ tên', 'SĐT cha'],
          ['0412886100', 'Lý Văn Nam', '0832601177'],
        ]),
      }),
    'mixedLists',
  ],
  [
    'lists of two years in one file',
    () =>
      workbook({
        A: sheetOf([TITLE, HEADER, row('0412886100')]),
        B: sheetOf([['LỚP 7B NĂM HỌC 2025-2026'], HEADER, row('0412886107')]),
      }),
    'severalYears',
  ],
  [
    'the list of another school',
    () => xlsx([['TRƯỜNG THCS HOA MAI'], TITLE, HEADER, row('0412886100')]),
    'otherSchool',
  ],
  [
    'a gradebook of a school that has no year and no pupils yet',
    () => sample('bang-diem-6A1-toan-hk1-lan1.xlsx'),
    'noYear',
  ],
  ['a merged mess', mergedMess, 'notRecognised'],
  ['the attendance of a school that has no year yet', () => sample('chuyen-can-6A1.xlsx'), 'noYear'],
];

function mergedMess(): Buffer {
  const sheet = sheetOf([['DANH SÁCH'], ['Mã định danh'], ['', 'Họ tên', 'x'], ['0412886100']]);
  sheet['!merges'] = [0, 1, 2, 3].flatMap((r) => [
    { s: { r, c: 0 }, e: { r: r + 2, c: 9 } },
    { s: { r, c: 1 }, e: { r, c: 5 } },
  ]);
  return workbook({ A: sheet });
}

let database: Database;
let bring: ReturnType<typeof importer>;
beforeAll(async () => {
  database = await testDatabase();
  bring = importer(database, await newSchool(database));
});

describe('a file that cannot be imported is refused as a whole, with a sentence that says what to do', () => {
  it.each(BAD)('%s', async (_what, bytes, reason) => {
    const before = await everything(database);
    const work = bring(bytes(), { fileName: 'tep-la.xlsx' });
    expect(await refusalOf(work)).toBe(reason);
    const error = await work.catch((caught: unknown) => caught);
    if (!(error instanceof HubError)) throw error;
    expect(tellBadFile(error, 'vi', texts)).toMatch(/tep-la\.xlsx.*\.$/);
    expect(tellBadFile(error, 'en', texts)).not.toMatch(/\{\{|ingest:|undefined/);
    expect((await everything(database)) === before, 'something was written').toBe(true);
  });

  it('takes another school’s name when it is told to', async () => {
    const bytes = xlsx([['TRƯỜNG THCS HOA MAI'], TITLE, HEADER, row('0412886100')]);
    expect(await bring(bytes, { allowOtherSchool: true, dryRun: true })).toMatchObject({ created: 1 });
  });
});
