// A photo is fetched from its address at the moment of sending; when the real platform fetches is not documented.

import { invalid } from './wire.ts';

export type Photo = { type: string; base64: string };

const PHOTO_MAX_BYTES = 10 * 1024 * 1024;
const FETCH_MS = 10_000;
/** Where no provider can look. This machine is let through: a stand-in has no other "outside". */
const PRIVATE = /^(10\.|192\.168\.|169\.254\.|172\.(1[6-9]|2\d|3[01])\.|0\.)|\.local$|^\[(?!::1\])/;

/** @throws Refusal for uploads, data URIs, private addresses, and what is no picture */
export async function fetchPhoto(photo: unknown): Promise<Photo> {
  if (typeof photo !== 'string' || !/^https?:\/\//i.test(photo) || !URL.canParse(photo))
    throw invalid('photo must be a public URL');
  const url = new URL(photo);
  if (PRIVATE.test(url.hostname)) throw invalid('photo must be a public URL');
  const answer = await fetch(url, { signal: AbortSignal.timeout(FETCH_MS), redirect: 'error' }).catch(() => {
    throw invalid('photo cannot be fetched');
  });
  const type = answer.headers.get('content-type') ?? '';
  const bytes = Buffer.from(await answer.arrayBuffer());
  const png = bytes.subarray(1, 4).toString('latin1') === 'PNG';
  const jpeg = bytes[0] === 0xff && bytes[1] === 0xd8;
  if (!answer.ok || !type.startsWith('image/') || (!png && !jpeg) || bytes.length > PHOTO_MAX_BYTES)
    throw invalid('photo is no picture');
  return { type: png ? 'image/png' : 'image/jpeg', base64: bytes.toString('base64') };
}
