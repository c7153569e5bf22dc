import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto';

// OWASP password storage: scrypt N=2^17, r=8, p=1 (Node 20 has no Argon2). 128 MB for each check.
const COST = { N: 2 ** 17, r: 8, p: 1, maxmem: 256 * 1024 * 1024 } satisfies ScryptOptions;
const HASH_BYTES = 32;

export const PASSWORD_LEAST = 10;

const run = (password: string, salt: Buffer) =>
  new Promise<Buffer>((resolve, reject) =>
    scrypt(password.normalize('NFC'), salt, HASH_BYTES, COST, (error, key) =>
      error ? reject(error) : resolve(key),
    ),
  );

/** "scrypt1.<salt>.<hash>" */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16);
  return `scrypt1.${salt.toString('base64url')}.${(await run(password, salt)).toString('base64url')}`;
}

export async function checkPassword(password: string, stored: string): Promise<boolean> {
  const [form, salt, hash] = stored.split('.');
  if (form !== 'scrypt1' || !salt || !hash) return false;
  const right = Buffer.from(hash, 'base64url');
  const given = await run(password, Buffer.from(salt, 'base64url'));
  return right.length === given.length && timingSafeEqual(right, given);
}
