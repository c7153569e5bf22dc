// What a call carries, as strictly as the facts have it: ids are texts, JSON comes as JSON, a file in the field `file`.

import { isRecord } from '../telegram/keyboard.ts';
import type { Payload } from '../telegram/payload.ts';
import { refused } from './refusal.ts';

/** @throws Refusal -201 */
export function jsonBody(contentType: string | undefined, body: Buffer): Payload {
  if (!/^application\/json\b/i.test(contentType ?? '')) throw refused(-201, 'Content-Type');
  return parsed(body.toString('utf8'));
}

/** GET parameters are one JSON text: `?data={…}` (facts §1.1). @throws Refusal -201 */
export const dataQuery = (search: URLSearchParams): Payload => parsed(search.get('data') ?? '');

function parsed(text: string): Payload {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw refused(-201, 'not JSON');
  }
  if (!isRecord(value)) throw refused(-201, 'not an object');
  return value;
}

/** @throws Refusal -201 when it is not multipart with one file */
export async function fileBody(contentType: string | undefined, body: Buffer): Promise<File> {
  if (!/^multipart\/form-data\b/i.test(contentType ?? '')) throw refused(-201, 'Content-Type');
  const form = await new Response(new Uint8Array(body), { headers: { 'content-type': contentType ?? '' } })
    .formData()
    .catch(() => {
      throw refused(-201, 'multipart');
    });
  const file = form.get('file');
  if (!(file instanceof File)) throw refused(-201, 'file');
  return file;
}

/** An id: digits in a text, never a number, which would have lost some (facts §1.1). @throws Refusal -201 */
export function idOf(value: unknown, what: string): string {
  if (typeof value !== 'string' || !/^\d{1,32}$/.test(value)) throw refused(-201, what);
  return value;
}

/** @throws Refusal -201, -210 */
export function textOf(value: unknown, what: string, max: number): string {
  if (typeof value !== 'string' || value.trim() === '') throw refused(-201, what);
  if (/\p{Surrogate}/u.test(value)) throw refused(-201, `${what}: half a character`);
  const text = value.normalize('NFC');
  if (text.length > max) throw refused(-210, what);
  return text;
}

/** An object with these members and no others. @throws Refusal -201 */
export function objectOf(value: unknown, what: string, members: readonly string[]): Payload {
  if (!isRecord(value)) throw refused(-201, what);
  const other = Object.keys(value).find((key) => !members.includes(key));
  if (other !== undefined) throw refused(-201, `${what}.${other}`);
  return value;
}
