import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { HubError } from '../errors.ts';

const LEAST_CHARACTERS = 32;

/**
 * The key that seals secrets and signs links: the setting, or one made once and kept in the data folder for its
 * owner only. Whoever loses it must connect the channels anew.
 */
export function secretKeyOf(settings: { SECRET_KEY: string | undefined; DATA_DIR: string; DATABASE_URL: string | undefined }): string {
  if (settings.SECRET_KEY) {
    if (settings.SECRET_KEY.length < LEAST_CHARACTERS) {
      throw new HubError('badSetting', { name: 'SECRET_KEY', problem: `≥ ${LEAST_CHARACTERS} characters` });
    }
    return settings.SECRET_KEY;
  }
  const path = join(settings.DATA_DIR, 'secret-key');
  mkdirSync(settings.DATA_DIR, { recursive: true, mode: 0o700 });
  try {
    // 'wx': two processes that start together end with the same key.
    writeFileSync(path, randomBytes(32).toString('base64url'), { mode: 0o600, flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  return readFileSync(path, 'utf8').trim();
}
