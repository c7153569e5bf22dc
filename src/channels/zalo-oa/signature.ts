import { createHash, timingSafeEqual } from 'node:crypto';

// Webhooks of an OA: mac = sha256(app id + raw body + timestamp + key), a plain hash (facts/zalo-telegram.md §2.2).

/** The body's own `timestamp`, found in the bytes: nothing is parsed before the signature is right. */
const TIMESTAMP = /"timestamp"\s*:\s*"?(\d{1,20})"?/g;
/** A nested object might have one of its own. */
const TIMESTAMPS_MOST = 4;

export const macOf = (id: string, raw: Uint8Array, timestamp: string, key: string): string =>
  createHash('sha256').update(id).update(raw).update(timestamp).update(key).digest('hex');

/**
 * Whether Zalo has signed these bytes.
 * @param id with what the hash begins: the app's id, or the OA's where the account says so
 * @param header `X-ZEvent-Signature`: `mac=<hex>` or the hex alone
 * @param sent `X-ZEvent-Timestamp`, which has been seen beside the one of the body
 */
export function isSigned(
  { id, key }: { id: string; key: string },
  raw: Uint8Array,
  header: string | undefined,
  sent: string | undefined,
): boolean {
  const given = /^(?:mac=)?([0-9a-f]{64})$/.exec(header?.trim() ?? '')?.[1];
  if (!given) return false;
  const text = Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength).toString('latin1');
  const within = [...text.matchAll(TIMESTAMP)].slice(0, TIMESTAMPS_MOST).map(([, at]) => at ?? '');
  const stamps = new Set([...within, ...(sent && /^\d{1,20}$/.test(sent) ? [sent] : [])]);
  return [...stamps].some((at) => timingSafeEqual(Buffer.from(macOf(id, raw, at, key)), Buffer.from(given)));
}
