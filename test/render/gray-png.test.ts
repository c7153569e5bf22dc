import { createCanvas, loadImage } from '@napi-rs/canvas';
import { describe, expect, it } from 'vitest';
import { grayPng } from '../../src/render/gray-png.ts';

/** The red of every pixel, as another reader sees it. */
async function readBack(png: Buffer): Promise<{ width: number; height: number; reds: number[] }> {
  const image = await loadImage(png);
  const { width, height } = image;
  const pen = createCanvas(width, height).getContext('2d');
  pen.drawImage(image, 0, 0);
  const { data } = pen.getImageData(0, 0, width, height);
  return { width, height, reds: Array.from({ length: width * height }, (_, index) => data[index * 4] ?? -1) };
}

describe('A drawing as PNG', () => {
  it.each([
    [1, 1],
    [2, 3],
    [5, 4],
    [16, 2],
  ])('of %i × %i pixels is read by others as it was, to sixteen greys', async (width, height) => {
    const greys = Array.from({ length: width * height }, (_, index) => ((index * 7) % 16) * 17);
    const rgba = Uint8Array.from(greys.flatMap((grey) => [grey, grey, grey, 255]));
    expect(await readBack(await grayPng(rgba, width, height))).toEqual({ width, height, reds: greys });
  });

  it('keeps black and white as they are, and makes one of sixteen greys of any other', async () => {
    const rgba = Uint8Array.from([0, 255, 16, 250].flatMap((grey) => [grey, grey, grey, 255]));
    expect((await readBack(await grayPng(rgba, 4, 1))).reds).toEqual([0, 255, 17, 255]);
  });
});
