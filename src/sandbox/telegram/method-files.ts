// getFile (core.telegram.org/bots/api#getfile): a path to a file that a person has sent, good for an hour.

import type { Method } from './methods.ts';
import { bad } from './refusal.ts';

/** A bot can fetch no more than that. */
const FETCH_MAX_BYTES = 20 * 1024 * 1024;

const getFile: Method = (bot, payload) => {
  const { file_id: id } = payload;
  const file = typeof id === 'string' ? bot.files.get(id) : undefined;
  if (!file) throw bad('wrong file_id or the file is temporarily unavailable');
  if (file.bytes.length > FETCH_MAX_BYTES) throw bad('file is too big');
  const path = bot.media.put(file.bytes, 'application/octet-stream', file.ending);
  return {
    result: { file_id: id, file_unique_id: String(id), file_size: file.bytes.length, file_path: path },
  };
};

export const fileMethods: Record<string, Method> = { getFile };
