// What was accepted and what was refused: the oracle that tests read.

import { AcceptTimes, mostInWindow } from '../accept-times.ts';

/** One new message that the Bot API took. Edits and other calls are not in here. */
export type Accepted = {
  /** Milliseconds of the stand-in's clock, never backwards. */
  at: number;
  chatId: string;
  method: string;
  /** As the person reads it: after the markup was read. For a photo its caption. */
  text: string;
  messageId: string;
  replyMarkup?: unknown;
};

export class AcceptLog<A extends Accepted = Accepted> {
  readonly accepted: A[] = [];
  readonly refusals: Record<number, number> = {};
  readonly calls: Record<string, number> = {};
  readonly #times = new AcceptTimes();
  readonly #compact: boolean;

  /** @param compact keeps instants only, for benches: `accepted` stays empty */
  constructor(compact: boolean) {
    this.#compact = compact;
  }

  accept(accepted: A): void {
    this.#times.add(accepted.at);
    if (!this.#compact) this.accepted.push(accepted);
  }

  refuse(code: number): void {
    this.refusals[code] = (this.refusals[code] ?? 0) + 1;
  }

  call(method: string): void {
    this.calls[method] = (this.calls[method] ?? 0) + 1;
  }

  get count(): number {
    return this.#times.count;
  }

  /** Most messages in any window of `ms`, of the whole bot or of one chat (the latter not in compact mode). */
  maxInWindow(ms: number, chatId?: string): number {
    if (chatId === undefined) return this.#times.maxInWindow(ms);
    return mostInWindow(
      this.accepted.filter((one) => one.chatId === chatId).map((one) => one.at),
      ms,
    );
  }
}
