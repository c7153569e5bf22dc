// The parameters of a call, in whichever of the Bot API's ways they come: query, JSON, urlencoded, multipart.

import { isRecord } from './keyboard.ts';
import { bad } from './refusal.ts';

/** Values are JSON values, texts, or a `File` out of a multipart body. */
export type Payload = Record<string, unknown>;

/**
 * Reads query and body together.
 * JSON is read at once, without a promise: it is the hot path of the throughput benches.
 * @throws Refusal 400
 */
export function readPayload(
  query: string,
  contentType: string | undefined,
  body: Buffer,
): Payload | Promise<Payload> {
  const asked = query === '' ? {} : Object.fromEntries(new URLSearchParams(query));
  if (body.length === 0) return asked;
  const type = contentType ?? '';
  if (type.startsWith('application/json')) {
    const read = parseJson(body);
    return query === '' ? read : { ...asked, ...read };
  }
  if (type.startsWith('application/x-www-form-urlencoded')) {
    return { ...asked, ...Object.fromEntries(new URLSearchParams(body.toString('utf8'))) };
  }
  if (type.startsWith('multipart/form-data')) return readMultipart(asked, type, body);
  throw bad('unsupported content type');
}

function parseJson(body: Buffer): Payload {
  let value: unknown;
  try {
    value = JSON.parse(body.toString('utf8'));
  } catch {
    throw bad("can't parse JSON object");
  }
  if (!isRecord(value)) throw bad('object expected');
  return value;
}

async function readMultipart(asked: Payload, type: string, body: Buffer): Promise<Payload> {
  try {
    const form = await new Response(body, { headers: { 'content-type': type } }).formData();
    return { ...asked, ...Object.fromEntries(form) };
  } catch {
    throw bad("can't parse multipart body");
  }
}

/** A value that came as a JSON value or, in a form, as JSON text. */
export function jsonValue(value: unknown): unknown {
  if (typeof value !== 'string' || value === '') return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}

/** A whole number that may come as text; `fallback` when it is absent. */
export function wholeNumber(value: unknown, fallback: number): number {
  if (value === undefined || value === null || value === '') return fallback;
  const number = Number(value);
  if (!Number.isSafeInteger(number)) throw bad('integer expected');
  return number;
}
