// A drawing in black, white and the greys of its letters' edges, as PNG with four bits a pixel. What canvas libraries write
// has 32: ten times the bytes on a family's thin network, and most of the time that a picture takes.

import { promisify } from 'node:util';
import { crc32, deflate } from 'node:zlib';

const deflated = promisify(deflate);

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const BITS = 4;
const GRAYSCALE = 0;

/** @param rgba four bytes a pixel, opaque, row by row; of a grey pixel red tells all */
export async function grayPng(rgba: Uint8Array, width: number, height: number): Promise<Buffer> {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([BITS, GRAYSCALE], 8);
  const data = await deflated(packed(rgba, width, height));
  return Buffer.concat([
    SIGNATURE,
    chunk('IHDR', header),
    chunk('IDAT', data),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

/** Two pixels a byte, the left one in the upper half; each row begins with a byte that says "not filtered". */
function packed(rgba: Uint8Array, width: number, height: number): Buffer {
  const bytes = Buffer.alloc((1 + Math.ceil(width / 2)) * height);
  let to = 0;
  let from = 0;
  for (let row = 0; row < height; row++) {
    to++;
    for (let left = width; left > 0; left -= 2) {
      const right = left > 1 ? (rgba[from + 4] ?? 0) >> BITS : 0;
      bytes[to++] = ((rgba[from] ?? 0) & 0xf0) | right;
      from += left > 1 ? 8 : 4;
    }
  }
  return bytes;
}

/** Length, name, data, and a checksum of name and data (ISO/IEC 15948 §5.3). */
function chunk(name: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(name, 'latin1'), data]);
  const whole = Buffer.alloc(body.length + 8);
  whole.writeUInt32BE(data.length, 0);
  whole.set(body, 4);
  whole.writeUInt32BE(crc32(body), body.length + 4);
  return whole;
}
