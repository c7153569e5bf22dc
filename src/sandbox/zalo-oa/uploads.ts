// Files that are uploaded before they are sent (facts/zalo-telegram.md §1.7).

import { randomBytes } from 'node:crypto';
import { fileBody } from './payload.ts';
import { refused } from './refusal.ts';
import { monthOf } from './user.ts';

const MB = 1024 * 1024;
const DAY_MS = 86_400_000;
const GOOD_MS = 7 * DAY_MS;
const PER_MONTH = 5000;

export type Upload = {
  kind: 'image' | 'gif' | 'file';
  name: string;
  type: string;
  bytes: Buffer;
  at: number;
};

const starts = (bytes: Buffer, text: string) => bytes.subarray(0, text.length).toString('latin1') === text;

/** What each path takes; the limit of a gif is not in the facts, so the picture's stands. */
const KINDS = {
  image: {
    max: MB,
    field: 'attachment_id',
    types: ['image/png', 'image/jpeg'],
    looksRight: (bytes: Buffer) => starts(bytes, '\x89PNG') || starts(bytes, '\xff\xd8'),
  },
  gif: {
    max: MB,
    field: 'attachment_id',
    types: ['image/gif'],
    looksRight: (bytes: Buffer) => starts(bytes, 'GIF8'),
  },
  file: {
    max: 5 * MB,
    field: 'token',
    types: [
      'application/pdf',
      'application/msword',
      'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
      'text/csv',
    ],
    looksRight: (bytes: Buffer) => bytes.length > 0,
  },
} as const;

export class Uploads {
  readonly #now: () => number;
  readonly #all = new Map<string, Upload>();
  #counted = { month: '', uploads: 0 };

  constructor(now: () => number) {
    this.#now = now;
  }

  get count(): number {
    return this.#all.size;
  }

  /** @throws Refusal -201 not such a file, -210 too large, -211 the month's uploads are used */
  async take(
    kind: Upload['kind'],
    contentType: string | undefined,
    body: Buffer,
  ): Promise<Record<string, string>> {
    const file = await fileBody(contentType, body);
    const { max, types, looksRight, field } = KINDS[kind];
    const bytes = Buffer.from(await file.arrayBuffer());
    if (!(types as readonly string[]).includes(file.type) || !looksRight(bytes))
      throw refused(-201, file.type);
    if (file.type === 'application/pdf' && !starts(bytes, '%PDF')) throw refused(-201, 'no PDF');
    if (bytes.length > max) throw refused(-210, `${bytes.length} bytes`);
    const month = monthOf(this.#now());
    if (this.#counted.month !== month) this.#counted = { month, uploads: 0 };
    if (++this.#counted.uploads > PER_MONTH) throw refused(-211, 'uploads');
    const id = randomBytes(24).toString('base64url');
    this.#all.set(id, { kind, name: file.name, type: file.type, bytes, at: this.#now() });
    return { [field]: id };
  }

  /** @throws Refusal -201 of another kind, -100 older than a week or never uploaded */
  find(id: unknown, kinds: readonly Upload['kind'][]): Upload {
    if (typeof id !== 'string' || id === '') throw refused(-201, 'attachment');
    const upload = this.#all.get(id);
    if (!upload || this.#now() - upload.at > GOOD_MS) throw refused(-100);
    if (!kinds.includes(upload.kind)) throw refused(-201, 'attachment of another kind');
    return upload;
  }
}
