import { createHmac, timingSafeEqual } from 'node:crypto';

/** One movement of money, whoever tells of it, in the same words. */
export type BankTold = {
  /** The teller's own id of it. */
  externalId: string;
  accountNo: string;
  /** A virtual account in front of it; "" when there is none. */
  subAccount: string;
  direction: 'in' | 'out';
  /** Whole đồng above 0. */
  amount: number;
  memo: string;
  /** The bank's own reference; "" when it gives none. */
  bankRef: string;
  at: Date;
};

export type WebhookRequest = {
  /** As it came over the wire: what was signed. */
  raw: Uint8Array;
  header(name: string): string | undefined;
};

/** A service that tells a school of money in its account (facts/domain.md §3.4). */
export type BankService = {
  name: string;
  /** How it proves itself; the first is the usual way. */
  proofs: readonly string[];
  /** Whether the request comes from whoever knows the secret, lately. Never throws. */
  isGenuine(request: WebhookRequest, secret: string, proof: string, now: Date): boolean;
  /** What it tells; null when it cannot be read. Called for genuine requests only, and later again with what was kept. */
  read(payload: unknown): BankTold | null;
};

/** Older or more early than this is taken for a replay. */
export const REPLAY_MS = 5 * 60_000;

export const isRecent = (atMs: number, now: Date): boolean =>
  Number.isFinite(atMs) && Math.abs(now.getTime() - atMs) <= REPLAY_MS;

export const hmacHex = (
  algorithm: 'sha256' | 'sha512',
  secret: string,
  ...parts: (string | Uint8Array)[]
): string => {
  const hmac = createHmac(algorithm, secret);
  for (const part of parts) hmac.update(part);
  return hmac.digest('hex');
};

/** In a time that does not tell how much of it was right. */
export function sameText(given: string, right: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(right)];
  return a.length === b.length && timingSafeEqual(a, b);
}

export function parseJson(raw: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(raw).toString('utf8'));
  } catch {
    return null;
  }
}

export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** "2026-11-20 08:15:30", the clock on a wall in Vietnam; ISO 8601 with a zone is taken as it is. */
export function readBankTime(value: unknown): Date | null {
  if (typeof value !== 'string') return null;
  const wall = /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(?:\.\d+)?$/.exec(value.trim());
  const at = new Date(wall ? `${wall[1]}T${wall[2]}+07:00` : value);
  return Number.isNaN(at.getTime()) ? null : at;
}

export const readWhole = (value: unknown): number | null =>
  typeof value === 'number' && Number.isSafeInteger(value) ? value : null;

export const readText = (value: unknown): string =>
  typeof value === 'string' ? value : typeof value === 'number' ? String(value) : '';
