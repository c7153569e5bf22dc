/**
 * The school year that a text names: "2026-2027", "2026 - 2027", "NH 2026–2027", "2026/2027" → "2026-2027".
 * Only two years that follow each other count. Null when there is none (facts/domain.md §2.4).
 */
export function readSchoolYear(text: string): string | null {
  for (const found of text.matchAll(/(?<!\d)(20\d\d)\s*[-–—/]\s*(20\d\d)(?!\d)/gu)) {
    const from = Number(found[1]);
    if (Number(found[2]) === from + 1) return `${from}-${from + 1}`;
  }
  return null;
}
