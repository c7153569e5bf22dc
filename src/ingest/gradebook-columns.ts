// What a column of a gradebook holds, by its header, in one or two joined lines (facts/domain.md §2.2 a–e).
import { REGULAR_MOST, type SlotKind, slotName, type Term } from '../grades/index.ts';
import { fold } from '../school/index.ts';
import type { Column, Header } from './find-header.ts';

export type MarkColumn = {
  index: number;
  header: string;
  kind: SlotKind;
  /** Regular marks: 1 …; 0 for all others, and for a column with several regular marks in a cell. */
  seq: number;
  /** Null: the term of the sheet. */
  term: Term | null;
};

const TERM_MARK = String.raw`(?:\s?(?:hk|hoc ky|hoc ki)?\s?(1|2|ii|i))?`;
const MID = '(?:gk|giua ky|giua ki|giua hoc ky|giua hoc ki)';
const END = '(?:ck|cuoi ky|cuoi ki|cuoi hoc ky|cuoi hoc ki|cuoi nam|cn)';
const whole = (pattern: string): RegExp => new RegExp(`^(?:${pattern})$`);

/** The first that fits decides. Group 1, where there is one: the number of a regular mark, or the term. */
const PATTERNS: readonly [kind: SlotKind, pattern: RegExp, term?: Term][] = [
  [
    'regular',
    whole(
      String.raw`(?:diem )?(?:ddgtx|ddg tx|tx|kttx|(?:danh gia )?thuong xuyen)(?:\s?(?:tx|lan|cot)?\s?(\d{1,2}))?`,
    ),
  ],
  ['midTest', whole(`diem (?:ktdk|kiem tra dinh ky|kt) ${MID}.*`)],
  ['endTest', whole(`diem (?:ktdk|kiem tra dinh ky|kt)(?: ${END}.*)?`)],
  ['midTerm', whole(`(?:diem )?(?:ddggk|ddg gk|ktgk|(?:kiem tra |kt )?${MID})${TERM_MARK}`)],
  ['final', whole(`(?:diem )?(?:ddgck|ddg ck|ktck|thi|(?:kiem tra |kt )?${END})${TERM_MARK}`)],
  ['average', whole('(?:dtbm?cn|tbm?cn|(?:dtbm?|tbm?|diem tb|diem trung binh)(?: mon)? (?:cn|ca nam))'), 0],
  [
    'average',
    whole(
      String.raw`(?:dtbm?|tbm?|diem tb|diem trung binh)(?: mon)?\s?(?:(?:hk|hoc ky|hoc ki)\s?(1|2|ii|i)?)?`,
    ),
  ],
  ['midLevel', whole(`(?:muc dat duoc|muc dat|danh gia) ${MID}.*`)],
  ['endLevel', whole(`(?:muc dat duoc|muc dat|danh gia) ${END}.*`)],
  ['midComment', whole(`(?:noi dung )?nhan xet ${MID}.*`)],
  ['endComment', whole(`(?:noi dung )?nhan xet ${END}.*`)],
  ['comment', whole('(?:noi dung )?nhan xet(?: cua (?:giao vien|gv|gvcn|gvbm).*)?')],
  ['learning', whole('ket qua hoc tap|hoc luc|xep loai hoc luc|xep loai hoc tap|hoc tap')],
  ['conduct', whole('ket qua ren luyen|ren luyen|hanh kiem|xep loai hanh kiem')],
  ['title', whole('danh hieu|danh hieu thi dua|khen thuong')],
  ['promotion', whole('len lop|duoc len lop|ket qua len lop|ket qua cuoi nam')],
  ['absentWithoutLeave', whole('(?:so (?:buoi|ngay) )?(?:nghi|vang)(?: hoc)? (?:khong phep|kp)')],
  ['absentWithLeave', whole('(?:so (?:buoi|ngay) )?(?:nghi|vang)(?: hoc)? (?:co phep|cp)')],
  ['result', whole('danh gia|muc dat duoc|ket qua|ket qua danh gia|xep loai|danh gia mon hoc')],
];

const TERMS: Readonly<Record<string, Term>> = { '1': 1, i: 1, '2': 2, ii: 2 };

function markColumn({ index, header }: Column): MarkColumn | null {
  const key = fold(header);
  for (const [kind, pattern, term] of PATTERNS) {
    const found = pattern.exec(key);
    if (!found) continue;
    const number = found[1];
    if (kind === 'regular' && Number(number ?? '0') > REGULAR_MOST) return null;
    if (kind === 'regular') return { index, header, kind, seq: Number(number ?? '0'), term: null };
    return {
      index,
      header,
      kind,
      seq: 0,
      term: term ?? (number === undefined ? null : (TERMS[number] ?? null)),
    };
  }
  return null;
}

/**
 * The columns of a gradebook, left to right. Several columns that are all called "ĐĐGtx" are numbered in their order;
 * a single one may hold several marks in a cell and then is number 0.
 */
export function markColumns(header: Header): MarkColumn[] {
  const columns = header.columns
    .filter((column) => column.meaning === 'mark' || column.meaning === 'level')
    .flatMap((column) => markColumn(column) ?? []);
  const bare = columns.filter((column) => column.kind === 'regular' && column.seq === 0);
  const regular = columns.filter((column) => column.kind === 'regular');
  if (bare.length > 1 || regular.length > bare.length)
    for (const column of bare) {
      const used = new Set(regular.map((one) => one.seq));
      for (column.seq = 1; used.has(column.seq); ) column.seq++;
    }
  return columns;
}

export const slotOf = ({ kind, seq }: Pick<MarkColumn, 'kind' | 'seq'>): string => slotName(kind, seq);

/** The term that a title line or a sheet's name tells: "Học kỳ: 1", "HKI", "CK2", "Cả năm" (facts/domain.md §2.2 e). */
export function termIn(line: string): Term | null {
  const key = fold(line.replace(/[-–—.]/gu, ' '));
  const found = /\b(?:hoc k[iy]|hk|gk|ck|giua k[iy]|cuoi k[iy])\s?(1|2|ii|i)\b/.exec(key)?.[1];
  if (found !== undefined) return TERMS[found] ?? null;
  return /\b(?:ca nam|cuoi nam)\b/.test(key) ? 0 : null;
}
