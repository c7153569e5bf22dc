// What goes wrong on demand.

import type { Payload } from './payload.ts';

export type FaultKind =
  /** Answers `status` (default 500) with `description`, without accepting. */
  | 'status'
  /** Cuts the connection without accepting. */
  | 'reset-before'
  /** Accepts, then cuts the connection: the sender cannot know. */
  | 'reset-after-accept'
  /** Never answers, without accepting. */
  | 'hang'
  /** Accepts, but never answers. */
  | 'hang-after-accept'
  /** A carrier's block page: HTTP 200 with HTML (facts/zalo-telegram.md §5.6, §7). */
  | 'html-200'
  /** 429 with `seconds` (default 1). */
  | 'retry-after';

export type Fault = {
  kind: FaultKind;
  /** Which calls it hits. Default: those that write to a chat, so that a running long poll doesn't use it up. */
  match?: (method: string, payload: Payload) => boolean;
  /** How many calls it hits; default 1, `Infinity` until removed. */
  times?: number;
  status?: number;
  description?: string;
  seconds?: number;
};

export type FaultHandle = {
  /** How many calls it has hit. */
  readonly hits: number;
  remove(): void;
};

/** What every stand-in's faults have in common. */
type Strikes = Pick<Fault, 'match' | 'times'>;
type Armed<F> = F & { left: number; hits: number };

const WRITES = new Set(['sendMessage', 'sendPhoto', 'sendDocument', 'editMessageText']);

export class Faults<F extends Strikes = Fault> {
  readonly #writes: ReadonlySet<string>;
  #armed: Armed<F>[] = [];

  /** @param writes the methods that a fault without `match` hits */
  constructor(writes: ReadonlySet<string> = WRITES) {
    this.#writes = writes;
  }

  add(fault: F): FaultHandle {
    const armed: Armed<F> = { ...fault, left: fault.times ?? 1, hits: 0 };
    this.#armed.push(armed);
    return {
      get hits() {
        return armed.hits;
      },
      remove: () => {
        this.#armed = this.#armed.filter((other) => other !== armed);
      },
    };
  }

  clear(): void {
    this.#armed = [];
  }

  /** The oldest fault that hits this call; it is used up by one. */
  take(method: string, payload: Payload): F | undefined {
    if (this.#armed.length === 0) return undefined;
    const hit = this.#armed.find((fault) =>
      fault.match ? fault.match(method, payload) : this.#writes.has(method),
    );
    if (!hit) return undefined;
    hit.hits++;
    if (--hit.left <= 0) this.#armed = this.#armed.filter((other) => other !== hit);
    return hit;
  }
}
