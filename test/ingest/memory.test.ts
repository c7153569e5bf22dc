// What reading a file costs: the highest memory ever used, of a process that does nothing else.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { CFB } from '@e965/xlsx';
import { beforeAll, expect, it } from 'vitest';
import { compileProgram } from '../flow/program.ts';
import { atEnd } from '../harness/index.ts';
import { bomb } from './bomb.ts';
import { classList, HEADER, sheetOf, TITLE, workbook } from './sample-school.ts';

const READER = `
import { readFileSync } from 'node:fs';
const [ingest, file, warm, limit] = process.argv.slice(1);
const { FILE_LIMITS, readWorkbook } = await import(ingest);
const limits = limit ? { ...FILE_LIMITS, unpackedBytes: Number(limit) } : FILE_LIMITS;
const highestMb = () => process.resourceUsage().maxRSS / 1024;
if (warm) readWorkbook(readFileSync(warm));
const bytes = readFileSync(file);
const before = highestMb();
const said = {};
try {
  said.rows = readWorkbook(bytes, limits)[0]?.rows.map((one) => one.number);
} catch (error) {
  said.refused = error.code;
}
console.log(JSON.stringify({ ...said, mb: highestMb() - before }));
`;

const folder = mkdtempSync(join(tmpdir(), 'lienlac-memory-'));
atEnd(() => rmSync(folder, { recursive: true, force: true }));
let ingest: string;
beforeAll(async () => {
  ingest = pathToFileURL(join(await compileProgram(), 'src', 'ingest', 'index.js')).href;
});
let files = 0;
function kept(bytes: Buffer): string {
  const path = join(folder, `${files++}.xlsx`);
  writeFileSync(path, bytes);
  return path;
}

type Read = { rows?: number[]; refused?: string; mb: number };
/** @param warm read before; @param limit of unpacked bytes */
function read(bytes: Buffer, { warm, limit }: { warm?: Buffer; limit?: number } = {}): Read {
  const args = [ingest, kept(bytes), warm ? kept(warm) : '', String(limit ?? '')];
  const out = execFileSync(process.execPath, ['--input-type=module', '-e', READER, ...args]);
  return JSON.parse(out.toString()) as Read;
}

it('a sheet that claims a million rows costs only those it has', () => {
  const row = [1, '0412886100', 'Lý Văn Nam', '03/12/2015', 'Đang học', '', '6A1', 'Khối 6'];
  const container = CFB.read(workbook({ A: sheetOf([TITLE, HEADER, row]) }), { type: 'buffer' });
  const part =
    container.FileIndex[container.FullPaths.findIndex((path: string) => path.endsWith('sheet1.xml'))];
  if (!part) throw new Error('no sheet1.xml');
  const xml = Buffer.from(part.content as Uint8Array)
    .toString()
    .replace(/<dimension ref="[^"]*"\/>/, '<dimension ref="A1:XFD1048576"/>')
    .replace('</sheetData>', '<row r="1048576"><c r="A1048576" t="str"><v> </v></c></row></sheetData>');
  expect(xml).toContain('XFD1048576');
  part.content = Buffer.from(xml);
  part.size = part.content.length;
  const bytes = Buffer.from(
    CFB.write(container, { type: 'buffer', fileType: 'zip', compression: true } as never) as Uint8Array,
  );
  const seen = read(bytes, { warm: classList(row) });
  expect(seen.rows).toEqual([1, 2, 3]);
  expect(seen.mb).toBeLessThan(40);
});

it('a bomb of 300 MB is refused after the part that is allowed, and would cost all of it without the guard', () => {
  const bytes = bomb(300, 1000);
  expect(bytes.length).toBeLessThan(1024 * 1024);
  const guarded = read(bytes);
  expect(guarded.refused).toBe('badFile');
  expect(guarded.mb).toBeLessThan(100);
  const open = read(bytes, { limit: 400 * 1024 * 1024 });
  expect(open.refused).toBe('badFile');
  expect(open.mb).toBeGreaterThan(150);
});
