// When things were accepted: enough to prove that a pace was kept, also for a quarter of a million of them.

export class AcceptTimes {
  #times = new Float64Array(1024);
  #count = 0;

  /** `at` must not be smaller than the one before. */
  add(at: number): void {
    if (this.#count === this.#times.length) {
      const wider = new Float64Array(this.#count * 2);
      wider.set(this.#times);
      this.#times = wider;
    }
    this.#times[this.#count++] = at;
  }

  get count(): number {
    return this.#count;
  }

  /** Most acceptances in any half-open window of `ms` milliseconds. */
  maxInWindow(ms: number): number {
    return mostInWindow(this.#times.subarray(0, this.#count), ms);
  }
}

/** `times` in ascending order. */
export function mostInWindow(times: ArrayLike<number>, ms: number): number {
  let most = 0;
  let from = 0;
  for (let to = 0; to < times.length; to++) {
    while ((times[to] ?? 0) - (times[from] ?? 0) >= ms) from++;
    most = Math.max(most, to - from + 1);
  }
  return most;
}
