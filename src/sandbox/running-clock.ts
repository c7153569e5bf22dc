/** Runs like the real one and can be put forward: days pass at once, and nobody waits for a back-off. */
export class RunningClock {
  #aheadMs: number;

  /** @param aheadMs how far it is ahead of the real one at first */
  constructor(aheadMs = 0) {
    this.#aheadMs = aheadMs;
  }

  now(): Date {
    return new Date(Date.now() + this.#aheadMs);
  }

  skip(ms: number): void {
    this.#aheadMs += ms;
  }
}
