// Updates that wait for the bot: numbered, kept until confirmed, fetched by long poll or brought by webhook.

import type { Wire } from './chat.ts';
import { conflict, type Refusal } from './refusal.ts';

export type Update = Wire & { update_id: number };

type Poll = {
  answer: (updates: Update[]) => void;
  refuse: (refusal: Refusal) => void;
  offset: number;
  limit: number;
};

export type UpdatesOptions = {
  pending: Update[];
  nextId: number;
  /** Kinds that the bot wants; empty: all that we make. */
  allowed: readonly string[];
  onAllowed: (types: readonly string[]) => void;
  onQueued: (update: Update) => void;
  onConfirmed: (below: number) => void;
};

export class Updates {
  readonly #options: UpdatesOptions;
  #pending: Update[];
  #nextId: number;
  #allowed: readonly string[];
  #poll: Poll | undefined;
  /** Called when something new is there; the webhook delivery listens. */
  onNew: () => void = () => {};

  constructor(options: UpdatesOptions) {
    this.#options = options;
    this.#pending = options.pending;
    this.#nextId = options.nextId;
    this.#allowed = options.allowed;
  }

  get pending(): readonly Update[] {
    return this.#pending;
  }

  get allowed(): readonly string[] {
    return this.#allowed;
  }

  /** `allowed_updates`: absent keeps the previous choice, an empty list is the default (all that we make). */
  allow(types: unknown): void {
    if (!Array.isArray(types) || String(types) === String(this.#allowed)) return;
    this.#allowed = types.map(String);
    this.#options.onAllowed(this.#allowed);
  }

  /** Queues an update of `type`; kinds that the bot doesn't want are not even made. */
  push(type: string, body: Wire): void {
    if (this.#allowed.length > 0 && !this.#allowed.includes(type)) return;
    const update = { update_id: this.#nextId++, [type]: body };
    this.#pending.push(update);
    this.#options.onQueued(update);
    this.#answerPoll();
    this.onNew();
  }

  /** Forgets everything below `offset`: the bot has it. */
  confirm(offset: number): void {
    const first = this.#pending[0];
    if (!first || first.update_id >= offset) return;
    this.#pending = this.#pending.filter((update) => update.update_id >= offset);
    this.#options.onConfirmed(offset);
  }

  dropAll(): void {
    this.confirm(Number.MAX_SAFE_INTEGER);
  }

  /**
   * A `getUpdates`. A poll that is already waiting is ended with 409, as Telegram does.
   * @param offset below 0: from so many before the end, forgetting all earlier ones
   */
  poll(offset: number, limit: number, timeoutMs: number, gone: AbortSignal): Promise<Update[]> {
    this.endPoll('terminated by other getUpdates request; make sure that only one bot instance is running');
    const last = this.#pending.at(offset)?.update_id ?? this.#pending[0]?.update_id ?? 0;
    const from = offset < 0 ? last : offset;
    this.confirm(from);
    if (this.#pending.length > 0 || timeoutMs === 0) return Promise.resolve(this.#pending.slice(0, limit));
    return new Promise((resolve, reject) => {
      const end = (): void => {
        clearTimeout(timer);
        if (this.#poll === poll) this.#poll = undefined;
      };
      const poll: Poll = {
        offset: from,
        limit,
        answer: (updates) => {
          end();
          resolve(updates);
        },
        refuse: (refusal) => {
          end();
          reject(refusal);
        },
      };
      const timer = setTimeout(() => poll.answer([]), timeoutMs);
      gone.addEventListener('abort', () => poll.answer([]), { once: true });
      this.#poll = poll;
    });
  }

  /** Ends a waiting `getUpdates` with 409 and `why`. */
  endPoll(why: string): void {
    this.#poll?.refuse(conflict(why));
  }

  #answerPoll(): void {
    const poll = this.#poll;
    if (poll) poll.answer(this.#pending.slice(0, poll.limit));
  }
}
