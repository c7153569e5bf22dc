// Requests of a minute, of the OA's package and of the whole app (facts/zalo-telegram.md §1.3).

import type { ServerResponse } from 'node:http';
import { Refusal } from './refusal.ts';

const MINUTE_MS = 60_000;
const APP_PER_MINUTE = 4000;

export class Rate {
  readonly #now: () => number;
  readonly #perMinute: number;
  #taken: number[] = [];

  /** @param perMinute of the OA; 0: no limit at all, neither of the OA nor of the app */
  constructor(now: () => number, perMinute: number) {
    this.#now = now;
    this.#perMinute = perMinute;
  }

  /**
   * Counts a request and writes the headers of the limit. Any sixty seconds count, which is stricter than a minute by
   * the clock; which of the two Zalo means is not written.
   * @throws Refusal -32
   */
  take(res: ServerResponse): void {
    if (this.#perMinute === 0) return;
    const now = this.#now();
    this.#taken = this.#taken.filter((at) => now - at < MINUTE_MS);
    const isApp = this.#taken.length >= APP_PER_MINUTE;
    const left = Math.min(this.#perMinute, APP_PER_MINUTE) - this.#taken.length;
    res.setHeader('X-RateLimit-Limit', String(this.#perMinute));
    res.setHeader('X-RateLimit-Remain', String(Math.max(0, left - 1)));
    if (left <= 0) throw new Refusal(-32, isApp ? 'app: too many requests' : 'OA: too many requests');
    this.#taken.push(now);
  }
}
