// Updates that wait for a poll: one goes out per call and is gone; there is no offset to ask for it again (facts §3.2).

import { emptyPoll } from './wire.ts';

type Update = Record<string, unknown>;
type Poll = { answer: (update: Update) => void; end: (refusal: Error) => void };

export class Updates {
  readonly #keepMs: number;
  readonly #now: () => number;
  #waiting: { update: Update; at: number }[] = [];
  #polls: Poll[] = [];

  constructor(keepMs: number, now: () => number) {
    this.#keepMs = keepMs;
    this.#now = now;
  }

  get pending(): number {
    this.#forget();
    return this.#waiting.length;
  }

  push(update: Update): void {
    const poll = this.#polls.shift();
    if (poll) poll.answer(update);
    else this.#waiting.push({ update, at: this.#now() });
  }

  /** @throws Refusal 408 after `timeoutMs` without an update */
  poll(timeoutMs: number, gone: AbortSignal): Promise<Update> {
    this.#forget();
    const first = this.#waiting.shift();
    if (first) return Promise.resolve(first.update);
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        clearTimeout(timer);
        this.#polls = this.#polls.filter((other) => other !== poll);
      };
      const poll: Poll = {
        answer: (update) => [leave(), resolve(update)],
        end: (refusal) => [leave(), reject(refusal)],
      };
      const timer = setTimeout(() => poll.end(emptyPoll()), timeoutMs);
      gone.addEventListener('abort', () => poll.end(emptyPoll()), { once: true });
      this.#polls.push(poll);
    });
  }

  close(): void {
    for (const poll of this.#polls.slice()) poll.end(emptyPoll());
  }

  #forget(): void {
    const oldest = this.#now() - this.#keepMs;
    this.#waiting = this.#waiting.filter(({ at }) => at >= oldest);
  }
}
