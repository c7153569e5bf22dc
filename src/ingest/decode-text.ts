// The text of a .csv, whatever wrote it (facts/domain.md §2.3 rule 7).

/** Bytes 0 in every second place: UTF-16 without a mark. Zero anywhere else is no text. */
function utf16WithoutMark(bytes: Buffer): 'utf-16le' | 'utf-16be' | null {
  const head = bytes.subarray(0, 200);
  let even = 0;
  let odd = 0;
  for (let i = 0; i < head.length; i++) if (head[i] === 0) i % 2 === 0 ? even++ : odd++;
  if (odd > head.length / 4 && even === 0) return 'utf-16le';
  return even > head.length / 4 && odd === 0 ? 'utf-16be' : null;
}

function encodingOf(bytes: Buffer): string | null {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le';
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'utf-16be';
  const wide = utf16WithoutMark(bytes);
  if (wide !== null) return wide;
  if (bytes.includes(0)) return null;
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return 'utf-8';
  } catch {
    return 'windows-1258';
  }
}

/** Control characters that no table has; a few may slip into a text, many mean that this is no text. */
const CONTROLS = /(?![\t\n\r\f])\p{Cc}/gu;
const MOST_CONTROLS = 0.001;

/**
 * UTF-8 with or without a byte order mark, UTF-16, else windows-1258 (what Vietnamese Excel of old wrote), in NFC.
 * Null: the bytes are no text.
 */
export function decodeText(bytes: Buffer): string | null {
  const encoding = encodingOf(bytes);
  if (encoding === null) return null;
  const text = new TextDecoder(encoding).decode(bytes);
  const strange = text.slice(0, 10_000).match(CONTROLS)?.length ?? 0;
  return strange > Math.min(text.length, 10_000) * MOST_CONTROLS ? null : text.normalize('NFC');
}

/** The sign that parts the columns: the one most lines have most of. */
export function separatorOf(text: string): ';' | ',' | '\t' {
  const lines = text
    .slice(0, 50_000)
    .split(/\r\n|\r|\n/, 60)
    .filter((line) => line.trim() !== '');
  const score = (sign: string): number => {
    const counts = lines
      .map((line) => line.replace(/"[^"]*"/g, '').split(sign).length - 1)
      .sort((a, b) => a - b);
    return counts[Math.floor(counts.length / 2)] ?? 0;
  };
  const scores = ([';', '\t', ','] as const).map((sign) => ({ sign, score: score(sign) }));
  return scores.reduce((best, one) => (one.score > best.score ? one : best)).sign;
}

/** Lines, and cells with something in them, counted without keeping any: a guard before the reader makes objects. */
export function tableSize(text: string, separator: string): { lines: number; cells: number } {
  const sign = separator.charCodeAt(0);
  let lines = 1;
  let cells = 0;
  let filled = false;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 10 || code === 13) lines++;
    const parts = code === sign || code === 10 || code === 13;
    if (!parts && !filled) cells++;
    filled = !parts;
  }
  return { lines, cells };
}
