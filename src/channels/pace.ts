const SECOND_MS = 1000;
/** Beyond this many remembered addresses the old ones are forgotten. */
const ADDRESSES_KEPT = 10_000;

/**
 * Keeps one account under its limit: at most `perSecond` messages in any second as the provider counts them, evenly
 * spread. A send counts from its start until one second after its answer, because the provider took it somewhere in
 * between; so no window of one second can hold more than `perSecond`, whatever the latency.
 */
export class Pace {
  #perSecond: number;
  #perAddressMs: number;
  readonly #now: () => number;
  #underWay = 0;
  #answered: number[] = [];
  #nextAt = 0;
  #turn: Promise<void> = Promise.resolve();
  #lastTo = new Map<string, number>();

  /** @param perSecond 0: no limit. @param now milliseconds of a clock that never goes back. */
  constructor(perSecond: number, perAddressMs: number, now: () => number = () => performance.now()) {
    this.#perSecond = perSecond;
    this.#perAddressMs = perAddressMs;
    this.#now = now;
  }

  get perSecond(): number {
    return this.#perSecond;
  }

  /** From now on; what is on its way and what was sent in the last second counts on. */
  change(perSecond: number, perAddressMs: number): void {
    this.#perSecond = perSecond;
    this.#perAddressMs = perAddressMs;
  }

  /** Waits for a free place; places are given in the order of asking. Call `answered` for each. */
  start(): Promise<void> | undefined {
    if (this.#perSecond === 0) {
      this.#underWay++;
      return undefined;
    }
    const turn = this.#turn.then(() => this.#wait());
    this.#turn = turn;
    return turn;
  }

  async #wait(): Promise<void> {
    for (;;) {
      const now = this.#now();
      const old = this.#answered.findIndex((at) => at > now - SECOND_MS);
      this.#answered.splice(0, old === -1 ? this.#answered.length : old);
      const limit = this.#perSecond || Number.POSITIVE_INFINITY;
      const full = this.#underWay + this.#answered.length >= limit;
      const freeAt = full ? (this.#answered[0] ?? now) + SECOND_MS : now;
      const at = Math.max(freeAt, this.#nextAt);
      if (at <= now && !full) {
        this.#underWay++;
        // A timer that came late is made up for, but by no more than one place.
        const step = SECOND_MS / limit;
        this.#nextAt = Math.max(this.#nextAt, now - step) + step;
        return;
      }
      const wait = full && !this.#answered.length ? 1 : Math.max(1, Math.ceil(at - now));
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
  }

  /** The place was given but not used. */
  cancelled(): void {
    this.#underWay--;
  }

  answered(address: string): void {
    const now = this.#now();
    this.#underWay--;
    if (this.#perSecond !== 0) this.#answered.push(now);
    if (this.#perAddressMs === 0) return;
    this.#lastTo.delete(address);
    this.#lastTo.set(address, now);
    if (this.#lastTo.size > ADDRESSES_KEPT) {
      const [first] = this.#lastTo.keys();
      if (first !== undefined) this.#lastTo.delete(first);
    }
  }

  /** How long this address still has to be left alone, in ms; 0: it may be written to. */
  restFor(address: string): number {
    const last = this.#lastTo.get(address);
    return last === undefined ? 0 : Math.max(0, last + this.#perAddressMs - this.#now());
  }

  /** Notes that a message to the address is on its way, so that a second one waits behind it. */
  started(address: string): void {
    if (this.#perAddressMs !== 0) this.#lastTo.set(address, this.#now() + this.#perAddressMs);
  }
}
