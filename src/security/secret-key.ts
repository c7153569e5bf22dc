import { randomBytes } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { HubError } from '../errors.ts';

const LEAST_CHARACTERS = 32;

/**
 * The key that seals secrets and signs links: the setting, or one made once and kept in the data folder for its
 * owner only. Whoever loses it must connect the channels anew.
 */
export function secretKeyOf(settings: {
  SECRET_KEY: string | undefined;
  DATA_DIR: string;
  DATABASE_URL: string | undefined;
}): string {
  if (settings.SECRET_KEY) {
    if (settings.SECRET_KEY.length < LEAST_CHARACTERS) {
      throw new HubError('badSetting', { name: 'SECRET_KEY', problem: `≥ ${LEAST_CHARACTERS} characters` });
    }
    return settings.SECRET_KEY;
  }
  const path = join(settings.DATA_DIR, 'secret-key');
  mkdirSync(settings.DATA_DIR, { recursive: true, mode: 0o700 });
  if (!existsSync(path)) makeKey(path);
  const key = readFileSync(path, 'utf8').trim();
  // With a key that somebody can guess, every sealed secret would lie open.
  if (key.length < LEAST_CHARACTERS)
    throw new HubError('badSetting', { name: 'SECRET_KEY', problem: `${path}: < ${LEAST_CHARACTERS}` });
  return key;
}

/**
 * The file appears whole or not at all, and only once: two processes that start together end with the same key, and
 * a power cut leaves no empty one.
 */
function makeKey(path: string): void {
  const draft = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`;
  const file = openSync(draft, 'wx', 0o600);
  try {
    writeSync(file, randomBytes(32).toString('base64url'));
    fsyncSync(file);
    linkSync(draft, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    closeSync(file);
    unlinkSync(draft);
  }
}
