// A file of its own, so that the process is fresh: the highest memory ever used is what is measured.
import { CFB } from '@e965/xlsx';
import { expect, it } from 'vitest';
import { HubError } from '../../src/errors.ts';
import { FILE_LIMITS, readWorkbook } from '../../src/ingest/index.ts';
import { bomb } from './bomb.ts';
import { classList, HEADER, sheetOf, TITLE, workbook } from './sample-school.ts';

const highestMb = (): number => process.resourceUsage().maxRSS / 1024;

/** How far reading pushes the highest memory of this process, MB. */
function cost(read: () => unknown): number {
  const before = highestMb();
  read();
  return highestMb() - before;
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
  readWorkbook(classList(row));
  expect(
    cost(() => expect(readWorkbook(bytes)[0]?.rows.map((one) => one.number)).toEqual([1, 2, 3])),
  ).toBeLessThan(40);
});

it('a bomb of 300 MB is refused after the part that is allowed, and would cost all of it without the guard', () => {
  const bytes = bomb(300, 1000);
  expect(bytes.length).toBeLessThan(1024 * 1024);
  expect(cost(() => expect(() => readWorkbook(bytes)).toThrow(HubError))).toBeLessThan(100);
  const noGuard = { ...FILE_LIMITS, unpackedBytes: 400 * 1024 * 1024 };
  expect(cost(() => expect(() => readWorkbook(bytes, noGuard)).toThrow(HubError))).toBeGreaterThan(150);
});
