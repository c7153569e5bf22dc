import { createHmac, timingSafeEqual } from 'node:crypto';
import { HubError } from '../errors.ts';
import { deriveKey } from './seal.ts';

/** What a signed link may be used for; a link for one use is worthless for another. */
export type LinkUse =
  | 'absence'
  | 'invite'
  | 'confirm'
  | 'unsubscribe'
  | 'picture'
  | 'connect'
  | 'card'
  | 'form'
  | 'notice'
  | 'file'
  | 'claim'
  | 'settings';

export type Signer = {
  sign(use: LinkUse, subject: string, expiresAt?: Date): string;
  /** @throws HubError `badLink` when the token is altered, of another use, or too old. */
  verify(use: LinkUse, token: string, now: Date): string;
  /** Keyed hash for one-time codes: the same code always gives the same text, which cannot be guessed back without the key. */
  hash(text: string): string;
  /** A secret that a provider sends back to prove itself (webhooks). 43 symbols A–Z a–z 0–9 _ -. */
  webhookSecret(accountId: string): string;
};

const SIGNATURE_BYTES = 16;

export function openSigner(secretKey: string): Signer {
  const linkKey = deriveKey(secretKey, 'link');
  const codeKey = deriveKey(secretKey, 'code');
  const webhookKey = deriveKey(secretKey, 'webhook');
  const signature = (use: LinkUse, payload: string) =>
    createHmac('sha256', linkKey)
      .update(`${use}.${payload}`)
      .digest()
      .subarray(0, SIGNATURE_BYTES)
      .toString('base64url');
  return {
    sign(use, subject, expiresAt) {
      const expiry = expiresAt ? Math.floor(expiresAt.getTime() / 1000).toString(36) : '0';
      const payload = `${Buffer.from(subject).toString('base64url')}.${expiry}`;
      return `${payload}.${signature(use, payload)}`;
    },
    verify(use, token, now) {
      const [subject, expiry, mac, ...rest] = token.split('.');
      if (!subject || !expiry || !mac || rest.length) throw new HubError('badLink');
      // Compared as text: several texts decode to the same bytes, and only ours is right.
      const given = Buffer.from(mac);
      const right = Buffer.from(signature(use, `${subject}.${expiry}`));
      if (given.length !== right.length || !timingSafeEqual(given, right)) throw new HubError('badLink');
      const expiresAt = Number.parseInt(expiry, 36) * 1000;
      if (expiresAt !== 0 && expiresAt < now.getTime()) throw new HubError('badLink');
      return Buffer.from(subject, 'base64url').toString();
    },
    hash: (text) => createHmac('sha256', codeKey).update(text).digest('base64url'),
    webhookSecret: (accountId) => createHmac('sha256', webhookKey).update(accountId).digest('base64url'),
  };
}
