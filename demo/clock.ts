import type { Clock } from '../src/time/index.ts';

/** Runs like the real one and can be put forward: in the demo, days pass at once. */
export class DemoClock implements Clock {
  #aheadMs: number;

  constructor(aheadMs: number) {
    this.#aheadMs = aheadMs;
  }

  now(): Date {
    return new Date(Date.now() + this.#aheadMs);
  }

  skip(ms: number): void {
    this.#aheadMs += ms;
  }
}
