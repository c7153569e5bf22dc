import { classInTitle, fold, readSchoolYear, schoolKey, tidyName } from '../school/index.ts';
import type { Header } from './find-header.ts';
import type { Sheet } from './sheet.ts';

export type Title = { school: string | null; className: string | null; yearLabel: string | null };

/** What the lines above the header tell: school, class, school year. */
export function readTitle(sheet: Sheet, header: Header): Title {
  const lines = sheet.rows
    .filter((row) => row.number < header.row)
    .flatMap((row) => [...row.cells.values()].map((cell) => tidyName(cell.text)));
  const first = <Value>(read: (line: string) => Value | null): Value | null => {
    for (const line of lines) {
      const found = read(line);
      if (found !== null) return found;
    }
    return null;
  };
  return {
    school: first((line) => (/^truong [^ ]/.test(fold(line)) && schoolKey(line) !== '' ? line : null)),
    // A year stands beside the class in many titles: out with it, or "6-2027" would look like one.
    className: first((line) => classInTitle(line.replace(/20\d\d\s*[-–—/]\s*20\d\d/gu, ' ').trim())),
    yearLabel: first(readSchoolYear),
  };
}
