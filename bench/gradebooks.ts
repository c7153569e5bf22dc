// Writes the gradebooks of a school into a folder, one workbook for each class, one sheet for each subject. A process of
// its own, so that what writing needs is not counted as what reading needs.
//
//     node gradebooks.js <folder> <classes> <pupils a class> <0: without, 1: with the final mark>

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { utils, write } from '@e965/xlsx';
import { BENCH_CLASS, BENCH_SUBJECTS } from './grades-school.ts';

const [folder = '.', classes = '0', size = '0', final = '0'] = process.argv.slice(2);

const HEADER = [
  'STT',
  'Tên lớp',
  'Mã định danh',
  'Họ và tên',
  'Ngày sinh',
  'ĐĐGtx',
  '',
  '',
  '',
  'ĐĐGgk',
  'ĐĐGck',
];
const SECOND = ['', '', '', '', '', '1', '2', '3', '4', '', ''];
const NUMBERS = HEADER.map((_, index) => String(index + 1));

/** 3,0 to 9,9: spread, and the same in every run. */
const mark = (seed: number): string => {
  const tenths = 30 + ((seed * 7919) % 70);
  return `${Math.trunc(tenths / 10)},${tenths % 10}`;
};

function sheetOf(className: string, subject: string, first: number) {
  const rows = Array.from({ length: Number(size) }, (_, index) => {
    const n = first + index;
    const seed = n * 31 + subject.length;
    const marks = [1, 2, 3, 4, 5].map((slot) => mark(seed + slot));
    const last = final === '1' ? mark(seed + 6) : '';
    return [String(index + 1), className, String(n).padStart(10, '0'), `Nông Văn ${n}`, '', ...marks, last];
  });
  const sheet = utils.aoa_to_sheet([
    ['Sở GDĐT Cao Bằng', '', '', 'BẢNG ĐIỂM HỌC KỲ'],
    ['Trường thử', '', '', '2026-2027 - Học kỳ: 1'],
    [`Lớp: ${className}`, '', '', `Môn học: ${subject}`],
    [],
    HEADER,
    SECOND,
    NUMBERS,
    ...rows,
  ]);
  sheet['!merges'] = [{ s: { r: 4, c: 5 }, e: { r: 4, c: 8 } }];
  return sheet;
}

for (let n = 0; n < Number(classes); n++) {
  const book = utils.book_new();
  const className = BENCH_CLASS(n);
  for (const subject of BENCH_SUBJECTS)
    utils.book_append_sheet(book, sheetOf(className, subject, n * Number(size) + 1), subject.slice(0, 31));
  writeFileSync(
    join(folder, `${className}.xlsx`),
    write(book, { type: 'buffer', bookType: 'xlsx', compression: true }),
  );
}
