import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect } from 'vitest';
import {
  startZaloOa,
  type ZaloOaOptions,
  type ZaloOaPerson,
  type ZaloOaSandbox,
} from '../../src/sandbox/index.ts';

export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;
/** Ten o'clock in the morning in Vietnam. */
export const MORNING = Date.UTC(2026, 10, 10, 3);

export type Said = { error?: number; message?: string; data?: Record<string, unknown> };
export type Heard = { raw: string; body: Record<string, unknown>; headers: IncomingHttpHeaders };

/** A stand-in whose clock stands still, a client with a good token, and what a hub's webhook hears. */
export class OaUnderTest {
  oa!: ZaloOaSandbox;
  token = '';
  readonly #closing: (() => unknown)[] = [];

  async start(options: ZaloOaOptions = {}): Promise<ZaloOaSandbox> {
    const oa = await startZaloOa({ clock: () => MORNING, ...options });
    this.#closing.unshift(() => oa.stop());
    return oa;
  }

  async use(options: ZaloOaOptions = {}): Promise<void> {
    this.oa = await this.start(options);
    this.token = this.oa.explorerPair().access_token;
  }

  onClose(close: () => unknown): void {
    this.#closing.unshift(close);
  }

  async close(): Promise<void> {
    for (const close of this.#closing.splice(0)) await close();
  }

  /** A call with JSON as a client makes it; the status is always 200. */
  async post(path: string, json: unknown, headers: Record<string, string> = {}): Promise<Said> {
    return this.ask(path, {
      method: 'POST',
      headers: { access_token: this.token, 'content-type': 'application/json', ...headers },
      body: JSON.stringify(json),
    });
  }

  get(path: string, data?: unknown): Promise<Said> {
    const query = data === undefined ? '' : `?data=${encodeURIComponent(JSON.stringify(data))}`;
    return this.ask(path + query, { headers: { access_token: this.token } });
  }

  upload(kind: string, bytes: Uint8Array, type: string, field = 'file'): Promise<Said> {
    const body = new FormData();
    body.set(field, new Blob([Uint8Array.from(bytes)], { type }), 'tep');
    return this.ask(`/v2.0/oa/upload/${kind}`, {
      method: 'POST',
      headers: { access_token: this.token },
      body,
    });
  }

  async ask(path: string, init: RequestInit): Promise<Said> {
    const root = path.startsWith('/message/') ? this.oa.phoneRoot : this.oa.apiRoot;
    const answer = await fetch(root + path, init);
    expect(answer.status).toBe(200);
    return (await answer.json()) as Said;
  }

  cs(user_id: unknown, message: unknown = { text: 'Xin chào' }): Promise<Said> {
    return this.post('/v3.0/oa/message/cs', { recipient: { user_id }, message });
  }

  /** Somebody who has just followed. */
  follower(about?: { name?: string; phone?: string }): ZaloOaPerson {
    const person = this.oa.person(undefined, about);
    person.follow();
    return person;
  }

  /** An address of ours that hears events. @param answer says with what status; 0: the connection is cut. */
  async hub(answer: (nth: number) => number = () => 200): Promise<{ url: string; heard: Heard[] }> {
    const heard: Heard[] = [];
    let calls = 0;
    const server = createServer((req, res) => {
      let raw = '';
      req.setEncoding('utf8');
      req.on('data', (text) => {
        raw += text;
      });
      req.on('end', () => {
        heard.push({ raw, body: JSON.parse(raw) as Record<string, unknown>, headers: req.headers });
        const status = answer(++calls);
        if (status === 0) req.socket.destroy();
        else res.writeHead(status).end();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    this.onClose(() => [server.closeAllConnections(), server.close()]);
    return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/zalo`, heard };
  }
}

export const refused = (error: number) => expect.objectContaining({ error });
export const taken = expect.objectContaining({ error: 0, message: 'Success' });

/** One for each test. */
export function oaUnderTest(options?: ZaloOaOptions): OaUnderTest {
  const rig = new OaUnderTest();
  beforeEach(() => rig.use(options));
  afterEach(() => rig.close());
  return rig;
}
