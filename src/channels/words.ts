import { mask } from '../observe/index.ts';

/** Enough for any provider's sentence; a block page would be longer. */
const WORDS_MAX = 200;

/**
 * A provider's words as they may be stored and logged: one short line without addresses, phones and secrets.
 * @param secrets texts that must not come through, whatever they look like
 */
export function providerWords(text: string, secrets: readonly string[]): string {
  const line = text.replace(/[\s\p{Cc}]+/gu, ' ').trim();
  const hidden = secrets
    .filter((secret) => secret !== '')
    .reduce((shown, secret) => shown.replaceAll(secret, '[secret]'), line);
  return mask(hidden).slice(0, WORDS_MAX);
}
