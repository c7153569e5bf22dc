import { sizeOfWebp, stripJpeg, stripPng } from './strip.ts';

export type FileType = 'image/jpeg' | 'image/png' | 'application/pdf';

/** A file that may be passed on: of a known type, without what a phone adds to a picture. */
export type CheckedFile = {
  bytes: Buffer;
  type: FileType;
  /** One line, with the ending of its type; made up when the sender gave none. */
  name: string;
  /** Of pictures, in pixels, as they are stored. */
  size: { width: number; height: number } | null;
};

/** Why a file is not passed on. */
export type FileRefusal = 'tooLarge' | 'wrongType';

/** Larger than this a picture is not decoded: four bytes of memory for each. */
const DECODED_PIXELS_MOST = 25_000_000;
const NAME_MOST = 80;
const ENDING: Readonly<Record<FileType, string>> = {
  'image/jpeg': 'jpg',
  'image/png': 'png',
  'application/pdf': 'pdf',
};

/**
 * Decides by its first bytes what a file is; its name and what the sender says of it count for nothing.
 * JPEG, PNG and PDF stay what they are, WebP becomes JPEG, all else is refused. Not looked for: what a PDF may do in a
 * careless reader.
 */
export async function checkFile(
  bytes: Buffer,
  name: string | undefined,
  mostBytes: number,
): Promise<CheckedFile | FileRefusal> {
  if (bytes.length > mostBytes) return 'tooLarge';
  const begins = (text: string, at = 0) => bytes.subarray(at, at + text.length).toString('latin1') === text;
  const named = (type: FileType) => ({ type, name: cleanName(name, type) });
  if (begins('%PDF-')) return { bytes, ...named('application/pdf'), size: null };
  const isJpeg = begins('\xff\xd8\xff');
  const isPng = begins('\x89PNG\r\n\x1a\n');
  if (isJpeg || isPng) {
    const stripped = isJpeg ? stripJpeg(bytes) : stripPng(bytes);
    if (!stripped) return 'wrongType';
    const { width, height } = stripped;
    return { bytes: stripped.bytes, ...named(isJpeg ? 'image/jpeg' : 'image/png'), size: { width, height } };
  }
  if (!begins('RIFF') || !begins('WEBP', 8)) return 'wrongType';
  const size = sizeOfWebp(bytes);
  if (!size) return 'wrongType';
  if (size.width * size.height > DECODED_PIXELS_MOST) return 'tooLarge';
  const jpeg = await toJpeg(bytes).catch(() => null);
  if (!jpeg) return 'wrongType';
  return jpeg.length > mostBytes ? 'tooLarge' : { bytes: jpeg, ...named('image/jpeg'), size };
}

async function toJpeg(bytes: Buffer): Promise<Buffer> {
  const { createCanvas, loadImage } = await import('@napi-rs/canvas');
  const image = await loadImage(bytes);
  const canvas = createCanvas(image.width, image.height);
  const context = canvas.getContext('2d');
  context.fillStyle = 'white';
  context.fillRect(0, 0, image.width, image.height);
  context.drawImage(image, 0, 0);
  return canvas.encode('jpeg', 85);
}

/** Letters, digits, blanks, dots and hyphens of the last part of a path, with the ending that the type has. */
function cleanName(given: string | undefined, type: FileType): string {
  const last = (given ?? '').normalize('NFC').split(/[/\\]/).at(-1) ?? '';
  const stem = last
    .replace(/\.[\p{L}\p{N}]{1,5}$/u, '')
    .replace(/[^\p{L}\p{M}\p{N} ._-]+/gu, ' ')
    .replace(/\s+/g, ' ')
    .replace(/^[ .]+|[ .]+$/g, '')
    .slice(0, NAME_MOST)
    .trim();
  return `${stem || (type === 'application/pdf' ? 'tep' : 'anh')}.${ENDING[type]}`;
}
