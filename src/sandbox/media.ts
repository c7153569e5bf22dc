// Files that people have sent, behind addresses of a stand-in: what a provider's media host serves, refuses and forgets.

import { randomBytes } from 'node:crypto';
import type { ServerResponse } from 'node:http';

/** What the next fetch of a file comes to. */
export type MediaFault =
  | { kind: 'status'; status: number }
  /** Sends the caller on to another address. */
  | { kind: 'redirect'; to: string }
  | { kind: 'hang' }
  /** Says nothing of the length, and goes on for so many bytes more than there are. */
  | { kind: 'endless'; more: number }
  /** Cuts the connection in the middle. */
  | { kind: 'cut' };

type Kept = { bytes: Buffer; type: string; until: number };

export class Media {
  readonly #now: () => number;
  readonly #goodMs: number;
  readonly #kept = new Map<string, Kept>();
  #faults: MediaFault[] = [];
  /** How many fetches were answered with a file. */
  served = 0;

  /** @param goodMs how long an address is good */
  constructor(now: () => number, goodMs: number) {
    this.#now = now;
    this.#goodMs = goodMs;
  }

  /** @returns the path */
  put(bytes: Buffer, type: string, ending: string): string {
    const path = `media/${randomBytes(12).toString('hex')}.${ending}`;
    this.#kept.set(path, { bytes, type, until: this.#now() + this.#goodMs });
    return path;
  }

  fault(fault: MediaFault): void {
    this.#faults.push(fault);
  }

  answer(path: string, res: ServerResponse): void {
    const fault = this.#faults.shift();
    const file = this.#kept.get(path);
    if (fault?.kind === 'hang') return;
    if (fault?.kind === 'status') return void res.writeHead(fault.status).end();
    if (fault?.kind === 'redirect') return void res.writeHead(302, { Location: fault.to }).end();
    if (!file || file.until < this.#now()) return void res.writeHead(404).end();
    if (fault?.kind === 'cut') {
      res.writeHead(200, { 'Content-Type': file.type, 'Content-Length': file.bytes.length + 1 });
      res.write(file.bytes, () => res.destroy());
      return;
    }
    this.served++;
    if (fault?.kind === 'endless') {
      res.writeHead(200, { 'Content-Type': file.type });
      res.write(file.bytes);
      return void res.end(Buffer.alloc(fault.more));
    }
    res.writeHead(200, { 'Content-Type': file.type, 'Content-Length': file.bytes.length });
    res.end(file.bytes);
  }
}

/** One point, for whoever sends just any picture. */
export const ANY_PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==',
  'base64',
);
export const ANY_PDF = Buffer.from('%PDF-1.4\n%%EOF\n');
