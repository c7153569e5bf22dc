import { deflateRawSync } from 'node:zlib';
import { CFB, utils, write } from '@e965/xlsx';
import { beforeAll, describe, expect, it } from 'vitest';
import { HubError } from '../../src/errors.ts';
import { FILE_LIMITS, readWorkbook, tellBadFile } from '../../src/ingest/index.ts';
import type { Database } from '../../src/store/database.ts';
import { testDatabase } from '../harness/index.ts';
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

/** A zip with one part whose stream really inflates to `bytes`; the sizes in its headers say whatever we like. */
function bomb(bytes: number, claimed: number): Buffer {
  const name = Buffer.from('xl/workbook.xml');
  const packed = deflateRawSync(Buffer.alloc(bytes, 0x20), { level: 9 });
  const local = Buffer.alloc(30);
  local.writeUInt32LE(0x04034b50, 0);
  local.writeUInt16LE(8, 8);
  local.writeUInt32LE(packed.length, 18);
  local.writeUInt32LE(claimed, 22);
  local.writeUInt16LE(name.length, 26);
  const central = Buffer.alloc(46);
  central.writeUInt32LE(0x02014b50, 0);
  central.writeUInt16LE(8, 10);
  central.writeUInt32LE(packed.length, 20);
  central.writeUInt32LE(claimed, 24);
  central.writeUInt16LE(name.length, 28);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(1, 8);
  end.writeUInt16LE(1, 10);
  end.writeUInt32LE(46 + name.length, 12);
  end.writeUInt32LE(30 + name.length + packed.length, 16);
  return Buffer.concat([local, name, packed, central, name, end]);
}

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
  ['a zip bomb that admits it', () => bomb(300 * MB, 300 * MB), 'unpacksTooBig'],
  ['a zip bomb that lies about its size', () => bomb(300 * MB, 1000), 'unpacksTooBig'],
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
  ['a gradebook', () => sample('bang-diem-6A1-toan-hk1-lan1.xlsx'), 'laterVersion'],
  [
    'a gradebook with several marks in a cell',
    () => sample('bang-diem-6A1-ngu-van-hk1.xlsx'),
    'laterVersion',
  ],
  ['a gradebook of a comment subject', () => sample('bang-diem-7B-the-chat-hk1.xlsx'), 'laterVersion'],
  ['a primary gradebook', () => sample('ket-qua-3A-tieng-viet-ck1.xlsx'), 'laterVersion'],
  ['a list of bills', () => sample('khoan-thu-thang-11.xlsx'), 'laterVersion'],
  ['an attendance sheet', () => sample('chuyen-can-6A1.xlsx'), 'laterVersion'],
];

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

  it('names what it recognised', async () => {
    const error = await bring(sample('khoan-thu-thang-11.xlsx'), { fileName: 'thu.xlsx' }).catch(
      (caught: unknown) => caught,
    );
    expect(tellBadFile(error as HubError, 'en', texts)).toBe(
      'thu.xlsx was recognised as a list of bills; that import comes with a later version. Nothing was written.',
    );
  });

  it('takes another school’s name when it is told to', async () => {
    const bytes = xlsx([['TRƯỜNG THCS HOA MAI'], TITLE, HEADER, row('0412886100')]);
    expect(await bring(bytes, { allowOtherSchool: true, dryRun: true })).toMatchObject({ created: 1 });
  });
});

describe('the memory that a file can take is bounded', () => {
  it('a bomb of 300 MB costs less than 100 MB before it is refused', () => {
    const bytes = bomb(300 * MB, 1000);
    const before = process.resourceUsage().maxRSS;
    expect(() => readWorkbook(bytes)).toThrow(HubError);
    const grownMb = (process.resourceUsage().maxRSS - before) / 1024;
    expect(grownMb).toBeLessThan(100);
  });

  it('a sheet that claims a million rows costs only those it has', () => {
    const sheet = sheetOf([TITLE, HEADER, row('0412886100')]);
    sheet.A1048576 = { t: 's', v: ' ' };
    sheet['!ref'] = 'A1:XFD1048576';
    const book = utils.book_new();
    utils.book_append_sheet(book, sheetOf([TITLE, HEADER, row('0412886100')]), 'A');
    const container = CFB.read(write(book, { type: 'buffer', bookType: 'xlsx' }) as Buffer, {
      type: 'buffer',
    });
    const at = container.FullPaths.findIndex((path: string) => path.endsWith('sheet1.xml'));
    const part = container.FileIndex[at];
    if (!part) throw new Error('no sheet1.xml');
    const xml = Buffer.from(part.content as Uint8Array)
      .toString()
      .replace(/<dimension ref="[^"]*"\/>/, '<dimension ref="A1:XFD1048576"/>')
      .replace('</sheetData>', '<row r="1048576"><c r="A1048576" t="str"><v> </v></c></row></sheetData>');
    part.content = Buffer.from(xml);
    part.size = part.content.length;
    const bytes = Buffer.from(
      CFB.write(container, { type: 'buffer', fileType: 'zip', compression: true } as never) as Uint8Array,
    );
    const before = process.resourceUsage().maxRSS;
    expect(readWorkbook(bytes)[0]?.rows.map((one) => one.number)).toEqual([1, 2, 3]);
    expect((process.resourceUsage().maxRSS - before) / 1024).toBeLessThan(60);
  });
});
