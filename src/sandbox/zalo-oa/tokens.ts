// Codes and tokens of one OA (facts/zalo-telegram.md §1.2): a code is good once and for ten minutes, an access token for
// 25 hours, a refresh token once and for three months. With a new pair the old access token dies; that it does so is
// not confirmed, and a client must bear it.

import { createHash, randomBytes } from 'node:crypto';

const MINUTE_MS = 60_000;
const CODE_MS = 10 * MINUTE_MS;
const ACCESS_MS = 90_000_000;
const REFRESH_MS = 90 * 24 * 60 * MINUTE_MS;

/** As the token endpoint answers it. `expires_in`: a text of seconds. */
export type WirePair = { access_token: string; refresh_token: string; expires_in: string };

export type TokenState = {
  access: { token: string; until: number } | null;
  refresh: { token: string; until: number } | null;
};

type Code = { challenge: string; redirectUri: string; until: number };

export const challengeOf = (verifier: string): string =>
  createHash('sha256').update(verifier).digest('base64url');

const random = () => randomBytes(48).toString('base64url');

export class Tokens {
  readonly #now: () => number;
  readonly #kept: (state: TokenState) => void;
  readonly #codes = new Map<string, Code>();
  readonly #once = new Set<string>();
  #state: TokenState = { access: null, refresh: null };
  /** How many pairs were given. */
  issued = 0;

  /** @param kept is told of every change before the answer goes out */
  constructor(now: () => number, kept: (state: TokenState) => void) {
    this.#now = now;
    this.#kept = kept;
  }

  restore(state: TokenState): void {
    this.#state = state;
  }

  newCode(challenge: string, redirectUri: string): string {
    const code = random();
    this.#codes.set(code, { challenge, redirectUri, until: this.#now() + CODE_MS });
    return code;
  }

  /** Undefined: no such code, used, too old, or the verifier is another one. A code is used up by being asked for. */
  exchange(code: string, verifier: string): WirePair | undefined {
    const known = this.#codes.get(code);
    this.#codes.delete(code);
    if (!known || known.until < this.#now() || challengeOf(verifier) !== known.challenge) return undefined;
    return this.give();
  }

  /** Undefined: no such token, used, or too old. */
  refresh(token: string): WirePair | undefined {
    const { refresh } = this.#state;
    if (refresh?.token !== token || refresh.until < this.#now()) return undefined;
    return this.give();
  }

  give(): WirePair {
    const now = this.#now();
    const access = { token: random(), until: now + ACCESS_MS };
    const refresh = { token: random(), until: now + REFRESH_MS };
    if (this.#state.access) this.#once.add(this.#state.access.token);
    this.#set({ access, refresh });
    this.issued++;
    return { access_token: access.token, refresh_token: refresh.token, expires_in: String(ACCESS_MS / 1000) };
  }

  /** The access token is dead from now on; the refresh token is good. */
  expireAccess(): void {
    const { access } = this.#state;
    if (access) this.#set({ ...this.#state, access: { ...access, until: this.#now() - 1 } });
  }

  /** Nothing is good any more: only a new consent helps. */
  revoke(): void {
    if (this.#state.access) this.#once.add(this.#state.access.token);
    this.#set({ access: null, refresh: null });
    this.#codes.clear();
  }

  judge(token: string | undefined): 'good' | 'gone' | 'unknown' {
    const { access } = this.#state;
    if (token === undefined || token === '') return 'unknown';
    if (token === access?.token) return access.until >= this.#now() ? 'good' : 'gone';
    return this.#once.has(token) ? 'gone' : 'unknown';
  }

  #set(state: TokenState): void {
    this.#state = state;
    this.#kept(state);
  }
}
