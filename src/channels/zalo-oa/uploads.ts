import { createHash } from 'node:crypto';
import { FormData } from 'undici';
import type { Answer, OaClient } from './client.ts';

/** Zalo forgets an upload after seven days (facts/zalo-telegram.md §1.7). */
const GOOD_MS = 6 * 86_400_000;
/** Pictures are mostly one family's own; a few (a timetable) go to many. */
const KEPT_MOST = 200;
export const IMAGE_MOST = 1024 * 1024;
const FILE_MOST = 5 * 1024 * 1024;

export type Upload =
  | { kind: 'ready'; id: string }
  /** Zalo takes nothing of this size. */
  | { kind: 'tooLarge' }
  | Exclude<Answer, { kind: 'ok' }>;

export interface Uploads {
  /** jpg or png. @returns an attachment's id */
  image(picture: Buffer, deadline: AbortSignal): Promise<Upload>;
  /** @returns a file's token */
  pdf(pdf: Buffer, name: string, deadline: AbortSignal): Promise<Upload>;
  /** Zalo does not know an upload any more. */
  forget(id: string): void;
}

type About = { name: string; type: string; field: 'attachment_id' | 'token' };

/** The same bytes are uploaded once: of uploads, too, there are only so many in a month. */
export function openUploads(client: OaClient, now: () => Date): Uploads {
  const known = new Map<string, { id: string; until: number }>();

  /** Thirty families of a class are written to at once: one of them uploads what all get. */
  const running = new Map<string, Promise<Upload>>();

  function upload(path: string, bytes: Buffer, about: About, deadline: AbortSignal): Promise<Upload> {
    const key = `${path} ${createHash('sha256').update(bytes).digest('hex')}`;
    const before = known.get(key);
    if (before && before.until > now().getTime()) return Promise.resolve({ kind: 'ready', id: before.id });
    const same = running.get(key);
    if (same) return same;
    const one = make(key, path, bytes, about, deadline).finally(() => running.delete(key));
    running.set(key, one);
    return one;
  }

  async function make(
    key: string,
    path: string,
    bytes: Buffer,
    { name, type, field }: About,
    deadline: AbortSignal,
  ): Promise<Upload> {
    const form = () => {
      const data = new FormData();
      data.set('file', new Blob([Uint8Array.from(bytes)], { type }), name);
      return data;
    };
    const answer = await client.call({ path, form }, deadline);
    if (answer.kind !== 'ok') return answer;
    const id = answer.data[field];
    if (typeof id !== 'string' || id === '')
      return { kind: 'silent', reason: 'notTheApi', inDoubt: false, words: 'an upload without an id' };
    known.delete(key);
    known.set(key, { id, until: now().getTime() + GOOD_MS });
    const [oldest] = known.keys();
    if (known.size > KEPT_MOST && oldest !== undefined) known.delete(oldest);
    return { kind: 'ready', id };
  }

  return {
    async image(picture, deadline) {
      if (picture.length > IMAGE_MOST) return { kind: 'tooLarge' };
      const format = picture[0] === 0xff ? 'jpeg' : 'png';
      const about = { name: `image.${format}`, type: `image/${format}`, field: 'attachment_id' } as const;
      return upload('/v2.0/oa/upload/image', picture, about, deadline);
    },
    async pdf(pdf, name, deadline) {
      if (pdf.length > FILE_MOST) return { kind: 'tooLarge' };
      const about = { name, type: 'application/pdf', field: 'token' } as const;
      return upload('/v2.0/oa/upload/file', pdf, about, deadline);
    },
    forget(id) {
      for (const [key, one] of known) if (one.id === id) known.delete(key);
    },
  };
}
