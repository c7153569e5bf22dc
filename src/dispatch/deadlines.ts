import { setMaxListeners } from 'node:events';

/** How finely deadlines are kept, as a share of their length. */
const STEP_SHARE = 0.1;

/**
 * Deadlines of many sends. Those that begin within one step share one signal: a signal and a timer per send cost a
 * quarter of the send itself.
 */
export class Deadlines {
  readonly #afterMs: number;
  readonly #stepMs: number;
  #step: { signal: AbortSignal; endsAt: number } | undefined;
  readonly #timers = new Set<NodeJS.Timeout>();

  /** @param afterMs when a send is aborted, at the earliest; a tenth later at the latest. */
  constructor(afterMs: number) {
    this.#afterMs = afterMs;
    this.#stepMs = afterMs * STEP_SHARE;
  }

  /** The signal for a send that begins now. */
  next(): AbortSignal {
    const now = performance.now();
    if (this.#step && now < this.#step.endsAt) return this.#step.signal;
    const controller = new AbortController();
    setMaxListeners(0, controller.signal);
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      controller.abort(new DOMException('send deadline', 'TimeoutError'));
    }, this.#stepMs + this.#afterMs);
    this.#timers.add(timer);
    this.#step = { signal: controller.signal, endsAt: now + this.#stepMs };
    return controller.signal;
  }

  /** No send is on its way any more. */
  clear(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
    this.#step = undefined;
  }
}
