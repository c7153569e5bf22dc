import type { MessageAttachment } from './files.ts';

/** Larger than this a picture is not decoded: four bytes of memory for each. */
const DECODED_PIXELS_MOST = 25_000_000;
/** Longest side and quality, one after the other, until it fits. */
const TRIES = [
  { side: 1600, quality: 80 },
  { side: 1280, quality: 70 },
  { side: 900, quality: 60 },
] as const;

type Given = Pick<MessageAttachment, 'bytes' | 'size'>;

/** A class gets one picture: it is made smaller once for all of it. */
const made = new WeakMap<Buffer, Promise<Buffer | null>>();

/** The picture as it is, or a smaller copy, within `mostBytes`; null: neither is possible. */
export async function fitPicture(picture: Given, mostBytes: number): Promise<Buffer | null> {
  if (picture.bytes.length <= mostBytes) return picture.bytes;
  const smaller = made.get(picture.bytes) ?? makeSmaller(picture, mostBytes);
  made.set(picture.bytes, smaller);
  return smaller;
}

async function makeSmaller({ bytes, size }: Given, mostBytes: number): Promise<Buffer | null> {
  if (!size || size.width * size.height > DECODED_PIXELS_MOST) return null;
  const { createCanvas, loadImage } = await import('@napi-rs/canvas');
  const image = await loadImage(bytes).catch(() => null);
  if (!image) return null;
  for (const { side, quality } of TRIES) {
    const by = Math.min(1, side / Math.max(image.width, image.height));
    const [width, height] = [Math.round(image.width * by) || 1, Math.round(image.height * by) || 1];
    const canvas = createCanvas(width, height);
    const context = canvas.getContext('2d');
    context.fillStyle = 'white';
    context.fillRect(0, 0, width, height);
    context.drawImage(image, 0, 0, width, height);
    const jpeg = await canvas.encode('jpeg', quality);
    if (jpeg.length <= mostBytes) return jpeg;
  }
  return null;
}
