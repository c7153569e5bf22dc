// What a phone writes into a picture beside the picture (where it was taken, by whom, a small copy of what was cut
// away) is nobody's business but the sender's. It is taken out without decoding: nothing of the picture itself changes.
//
// Formats: JPEG (ITU T.81, Exif 2.32 §4.6.2 for the orientation), PNG (W3C PNG 3rd ed. §11.3), WebP (RFC 9649 §2).

/** What is left, and how large the picture is; null: it is not such a picture. */
export type Stripped = { bytes: Buffer; width: number; height: number };

/** Frame headers: they tell the size. C4, C8 and CC are other things. */
const isFrame = (marker: number) => marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
const END = 0xd9;
const SCAN = 0xda;
const APP1 = 0xe1;
const COMMENT = 0xfe;

export function stripJpeg(bytes: Buffer): Stripped | null {
  const kept: Buffer[] = [];
  let size: { width: number; height: number } | undefined;
  let orientation = 1;
  for (let at = 2; at + 2 <= bytes.length; ) {
    const marker = bytes[at + 1] ?? 0;
    if (bytes[at] !== 0xff) return null;
    if (marker === 0xff) {
      at += 1;
      continue;
    }
    // Behind the picture's end phones hide more: films, other pictures with data of their own.
    if (marker === END) return size?.width && size.height ? jpegOf(kept, orientation, size) : null;
    if (at + 4 > bytes.length) return null;
    const end = at + 2 + bytes.readUInt16BE(at + 2);
    if (end > bytes.length || end < at + 4) return null;
    const segment = bytes.subarray(at, end);
    if (isFrame(marker) && segment.length >= 9)
      size = { height: segment.readUInt16BE(5), width: segment.readUInt16BE(7) };
    if (marker === APP1) orientation = orientationOf(segment) ?? orientation;
    if (changesLook(marker, segment)) kept.push(segment);
    at = end;
    if (marker === SCAN) {
      at = endOfScan(bytes, end);
      kept.push(bytes.subarray(end, at));
    }
  }
  return null;
}

function jpegOf(kept: readonly Buffer[], orientation: number, size: { width: number; height: number }) {
  const turned = orientation === 1 ? [] : [turnedBy(orientation)];
  const bytes = Buffer.concat([Buffer.from([0xff, 0xd8]), ...turned, ...kept, Buffer.from([0xff, END])]);
  return { bytes, ...size };
}

/** Of all that programs add, JFIF, the colour profile and Adobe's colour transform change how a picture looks. */
function changesLook(marker: number, segment: Buffer): boolean {
  if (marker === 0xe2) return segment.subarray(4, 15).toString('latin1') === 'ICC_PROFILE';
  const isApp = marker >= 0xe0 && marker <= 0xef;
  return marker !== COMMENT && (!isApp || marker === 0xe0 || marker === 0xee);
}

/** Where the next marker is: in a scan 0xff stands before a zero, or begins a restart. */
function endOfScan(bytes: Buffer, from: number): number {
  for (let at = bytes.indexOf(0xff, from); at >= 0; at = bytes.indexOf(0xff, at + 1)) {
    const next = bytes[at + 1];
    if (next !== undefined && next !== 0 && !(next >= 0xd0 && next <= 0xd7)) return at;
  }
  return bytes.length;
}

/** The Exif tag 0x0112, 1–8: which way up the picture is held. */
function orientationOf(app1: Buffer): number | undefined {
  if (app1.subarray(4, 10).toString('latin1') !== 'Exif\0\0' || app1.length < 18) return undefined;
  const tiff = app1.subarray(10);
  const little = tiff.subarray(0, 2).toString('latin1') === 'II';
  const u16 = (at: number) => (little ? tiff.readUInt16LE(at) : tiff.readUInt16BE(at));
  const first = little ? tiff.readUInt32LE(4) : tiff.readUInt32BE(4);
  if (first + 2 > tiff.length) return undefined;
  const count = u16(first);
  for (let n = 0; n < count; n++) {
    const entry = first + 2 + 12 * n;
    if (entry + 12 > tiff.length) return undefined;
    if (u16(entry) === 0x0112) {
      const value = u16(entry + 8);
      return value >= 1 && value <= 8 ? value : undefined;
    }
  }
  return undefined;
}

/** An Exif segment with nothing in it but the orientation; without it a photo would lie on its side. */
function turnedBy(orientation: number): Buffer {
  const tiff = Buffer.alloc(26);
  tiff.write('MM\0*', 0, 'latin1');
  tiff.writeUInt32BE(8, 4);
  tiff.writeUInt16BE(1, 8);
  tiff.writeUInt16BE(0x0112, 10);
  tiff.writeUInt16BE(3, 12);
  tiff.writeUInt32BE(1, 14);
  tiff.writeUInt16BE(orientation, 18);
  const head = Buffer.from([0xff, APP1, 0, 2 + 6 + tiff.length]);
  return Buffer.concat([head, Buffer.from('Exif\0\0', 'latin1'), tiff]);
}

const PNG_KEPT = [
  'IHDR',
  'PLTE',
  'IDAT',
  'IEND',
  'tRNS',
  'cHRM',
  'gAMA',
  'iCCP',
  'sBIT',
  'sRGB',
  'cICP',
  'pHYs',
];

export function stripPng(bytes: Buffer): Stripped | null {
  const kept: Buffer[] = [bytes.subarray(0, 8)];
  let at = 8;
  while (at + 12 <= bytes.length) {
    const end = at + 12 + bytes.readUInt32BE(at);
    if (end > bytes.length) return null;
    const name = bytes.subarray(at + 4, at + 8).toString('latin1');
    if (PNG_KEPT.includes(name)) kept.push(bytes.subarray(at, end));
    if (name === 'IEND') {
      const header = kept[1];
      if (header?.subarray(4, 8).toString('latin1') !== 'IHDR' || header.length < 25) return null;
      const [width, height] = [header.readUInt32BE(8), header.readUInt32BE(12)];
      return width && height ? { bytes: Buffer.concat(kept), width, height } : null;
    }
    at = end;
  }
  return null;
}

/** A WebP's size; it is decoded and made a JPEG anyway, since not every app takes one. */
export function sizeOfWebp(bytes: Buffer): { width: number; height: number } | null {
  if (bytes.length < 30) return null;
  const form = bytes.subarray(12, 16).toString('latin1');
  if (form === 'VP8X') return { width: bytes.readUIntLE(24, 3) + 1, height: bytes.readUIntLE(27, 3) + 1 };
  if (form === 'VP8 ')
    return { width: bytes.readUInt16LE(26) & 0x3fff, height: bytes.readUInt16LE(28) & 0x3fff };
  if (form !== 'VP8L') return null;
  const packed = bytes.readUInt32LE(21);
  return { width: (packed & 0x3fff) + 1, height: ((packed >>> 14) & 0x3fff) + 1 };
}
