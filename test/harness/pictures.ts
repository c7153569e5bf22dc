import { createCanvas } from '@napi-rs/canvas';

type Look = { width?: number; height?: number; noisy?: boolean };

function drawn({ width = 40, height = 30, noisy = false }: Look) {
  const canvas = createCanvas(width, height);
  const context = canvas.getContext('2d');
  context.fillStyle = 'teal';
  context.fillRect(0, 0, width, height);
  if (noisy) {
    const image = context.createImageData(width, height);
    // A picture that cannot be made small without losing something; the same every time.
    let noise = 1;
    for (let at = 0; at < image.data.length; at++) {
      noise ^= noise << 13;
      noise ^= noise >>> 17;
      noise ^= noise << 5;
      image.data[at] = at % 4 === 3 ? 255 : noise & 255;
    }
    context.putImageData(image, 0, 0);
  }
  return canvas;
}

export const jpeg = (look: Look = {}): Buffer => drawn(look).toBuffer('image/jpeg', 90);
export const png = (look: Look = {}): Buffer => drawn(look).toBuffer('image/png');
export const webp = (look: Look = {}): Buffer => drawn(look).toBuffer('image/webp');
export const pdf = (words = 'đơn xin nghỉ'): Buffer => Buffer.from(`%PDF-1.4\n% ${words}\n%%EOF\n`);

/** As a phone writes it: Exif with the orientation and a place, and a comment. */
export function asFromPhone(
  picture: Buffer,
  { orientation, secret }: { orientation: number; secret: string },
) {
  const tiff = Buffer.alloc(26);
  tiff.write('II*\0', 0, 'latin1');
  tiff.writeUInt32LE(8, 4);
  tiff.writeUInt16LE(1, 8);
  tiff.writeUInt16LE(0x0112, 10);
  tiff.writeUInt16LE(3, 12);
  tiff.writeUInt32LE(1, 14);
  tiff.writeUInt16LE(orientation, 18);
  const segment = (marker: number, content: Buffer) => {
    const head = Buffer.from([0xff, marker, 0, 0]);
    head.writeUInt16BE(content.length + 2, 2);
    return Buffer.concat([head, content]);
  };
  const exif = Buffer.concat([Buffer.from('Exif\0\0', 'latin1'), tiff, Buffer.from(secret)]);
  return Buffer.concat([
    picture.subarray(0, 2),
    segment(0xe1, exif),
    segment(0xfe, Buffer.from(secret)),
    picture.subarray(2),
    // A second picture with data of its own behind the first.
    Buffer.from(secret),
  ]);
}
