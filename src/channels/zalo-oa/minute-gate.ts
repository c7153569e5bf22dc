const MINUTE_MS = 60_000;

/**
 * Counts every request of one account in this process, uploads and questions among them: the lane's pace knows of
 * messages only, and Zalo's limit is one of requests in a minute (facts/zalo-telegram.md §1.3).
 */
export class MinuteGate {
  readonly #perMinute: number;
  readonly #now: () => number;
  #begun: number[] = [];

  /** @param now milliseconds of a clock that never goes back */
  constructor(perMinute: number, now: () => number = () => performance.now()) {
    this.#perMinute = perMinute;
    this.#now = now;
  }

  /** Lets a request through and counts it: 0; or says in how many ms there is room again. */
  take(): number {
    const now = this.#now();
    const old = this.#begun.findIndex((at) => at > now - MINUTE_MS);
    this.#begun.splice(0, old === -1 ? this.#begun.length : old);
    const first = this.#begun[0];
    if (first !== undefined && this.#begun.length >= this.#perMinute)
      return Math.max(1, Math.ceil(first + MINUTE_MS - now));
    this.#begun.push(now);
    return 0;
  }
}
