import type { Accepted, GivenUp, Retry, Settlement } from '../outbox/index.ts';

/** Outcomes are written together: after this long, or when there are this many. */
const GATHER_MS = 30;
const GATHER_MOST = 100;

/**
 * Gathers outcomes and writes them a batch at a time, in order. `write` is tried by its owner; when it throws, the
 * rows stay `sending`, and the next drain of the lane, here or elsewhere, takes them for possible duplicates.
 */
export class Settler {
  readonly #write: (batch: Settlement) => Promise<void>;
  #batch: Settlement = { accepted: [], retries: [], givenUp: [] };
  #count = 0;
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();
  #error: unknown;

  constructor(write: (batch: Settlement) => Promise<void>) {
    this.#write = write;
  }

  accepted(row: Accepted): void {
    this.#batch.accepted.push(row);
    this.#added();
  }

  retry(row: Retry): void {
    this.#batch.retries.push(row);
    this.#added();
  }

  givenUp(row: GivenUp): void {
    this.#batch.givenUp.push(row);
    this.#added();
  }

  /** Set once a write has failed: the lane must stop, the database is the truth. */
  get error(): unknown {
    return this.#error;
  }

  #added(): void {
    this.#count++;
    if (this.#count >= GATHER_MOST) this.#start();
    else this.#timer ??= setTimeout(() => this.#start(), GATHER_MS);
  }

  #start(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (!this.#count) return;
    const batch = this.#batch;
    this.#batch = { accepted: [], retries: [], givenUp: [] };
    this.#count = 0;
    this.#writing = this.#writing
      .then(() => this.#write(batch))
      .catch((error: unknown) => {
        this.#error ??= error;
      });
  }

  /** Waits until everything is written. @throws what a write threw. */
  async flush(): Promise<void> {
    this.#start();
    await this.#writing;
    if (this.#error !== undefined) throw this.#error;
  }
}
