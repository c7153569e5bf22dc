import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { HubError } from '../errors.ts';

/** First byte of a sealed value: which key and form. A second form gets the next number. */
const FORM = 1;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** 32 bytes for one use of SECRET_KEY, so that no two uses share a key (RFC 5869). */
export function deriveKey(secretKey: string, use: string): Buffer {
  return Buffer.from(hkdfSync('sha256', secretKey, 'lienlac', use, 32));
}

export type Sealer = {
  seal(plain: string, about: string): Uint8Array<ArrayBuffer>;
  unseal(sealed: Uint8Array, about: string): string;
  sealBytes(plain: Uint8Array, about: string): Uint8Array<ArrayBuffer>;
  unsealBytes(sealed: Uint8Array, about: string): Buffer;
};

/**
 * Secrets and files at rest: AES-256-GCM. `about` (a row's id) is bound in, so a sealed value cannot be moved to another row.
 * `unseal` throws HubError `cannotUnseal`.
 */
export function openSealer(secretKey: string): Sealer {
  const key = deriveKey(secretKey, 'seal');
  function sealBytes(plain: Uint8Array, about: string): Uint8Array<ArrayBuffer> {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(about));
    const body = Buffer.concat([cipher.update(plain), cipher.final()]);
    return new Uint8Array(Buffer.concat([Buffer.from([FORM]), nonce, cipher.getAuthTag(), body]));
  }
  function unsealBytes(sealed: Uint8Array, about: string): Buffer {
    const bytes = Buffer.from(sealed);
    try {
      if (bytes[0] !== FORM) throw new Error(`unknown form ${bytes[0]}`);
      const nonce = bytes.subarray(1, 1 + NONCE_BYTES);
      const tag = bytes.subarray(1 + NONCE_BYTES, 1 + NONCE_BYTES + TAG_BYTES);
      const decipher = createDecipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(about)).setAuthTag(tag);
      return Buffer.concat([decipher.update(bytes.subarray(1 + NONCE_BYTES + TAG_BYTES)), decipher.final()]);
    } catch (cause) {
      throw new HubError('cannotUnseal', {}, { cause });
    }
  }
  return {
    sealBytes,
    unsealBytes,
    seal: (plain, about) => sealBytes(Buffer.from(plain), about),
    unseal: (sealed, about) => unsealBytes(sealed, about).toString('utf8'),
  };
}
