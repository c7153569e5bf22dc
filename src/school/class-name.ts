import { fold } from './fold.ts';
import { tidyName } from './name.ts';

const HIGHEST_GRADE = 12;

/** Pre-school groups: grade 0 (Charter of pre-schools: nhà trẻ and mẫu giáo mầm, chồi, lá). */
const PRESCHOOL = /^(?:nha tre|mau giao|mam|choi|la|mg|nt)(?: |\d|$)/;

/** A class as the school writes it, without the word in front: "Lớp 6A1" → "6A1", "10  Toán" → "10 Toán". */
export function tidyClassName(raw: string): string {
  return tidyName(raw).replace(/^l(?:ớp|op)\s*:?\s*/iu, '');
}

/**
 * The key under which two spellings of one class meet: "6 A1", "6a1" and "6A-1" → "6a1"; "12/6" and "12.6" → "12.6".
 * A dot between digits stays, or 1.11 and 11.1 would be one class.
 */
export function classKey(name: string): string {
  const plain = tidyClassName(name).replace(/(?<=\d)\s*[./_-]\s*(?=\d)/gu, '•');
  return plain
    .split('•')
    .map((part) => fold(part).replaceAll(' ', ''))
    .join('.');
}

/**
 * The grade that a class name or a grade cell tells: "6A1", "12.6", "10 Toán", "Khối 6" → 6, 12, 10, 6;
 * 0 for pre-school groups; null when it tells none.
 */
export function readGrade(text: string): number | null {
  const key = fold(tidyClassName(text)).replace(/^khoi\s*/, '');
  if (PRESCHOOL.test(key)) return 0;
  const digits = /^\d+/.exec(fold(tidyClassName(text).replace(/[./_-]/gu, ' ')).replace(/^khoi\s*/, ''))?.[0];
  const grade = digits === undefined || digits.length > 2 ? 0 : Number(digits);
  return grade >= 1 && grade <= HIGHEST_GRADE ? grade : null;
}

/** The class that a title line tells: "DANH SÁCH HỌC SINH LỚP 6A1 - NĂM HỌC 2026-2027" → "6A1"; else null. */
export function classInTitle(line: string): string | null {
  const text = tidyName(line);
  const named =
    /(?:^|[^\p{L}])l(?:ớp|op)\s*:?\s*(\d{1,2}(?:\s?[./_-]\s?\d{1,2}|\s?\p{L}{1,3}\d{0,2}(?!\p{L}))?(?:\s(?!n[ăa]m|h[oọ]c|nh|hk|kh|s[iĩ])\p{L}+(?=\s*(?:$|[-–,(])))?)/iu.exec(
      text,
    );
  if (named?.[1]) return tidyName(named[1]);
  const bare = /(?<![\p{L}\p{N}./-])((?:1[0-2]|[1-9])(?:\p{L}\d{0,2}|[./]\d{1,2}))(?![\p{L}\p{N}./-])/u.exec(
    text,
  );
  return bare?.[1] ?? null;
}
