// Telegram's pace (facts/zalo-telegram.md §5.2): so many messages in any second for the bot, one per second for a chat.

export type LimitOptions = {
  /** Messages of the whole bot in any sliding second; 0: no limit. */
  perSecond: number;
  /** Milliseconds between two messages to one chat; 0: no limit. */
  perChatMs: number;
  /** How many messages a chat takes at once before `perChatMs` counts. 1: none more. */
  perChatBurst: number;
};

export class Limits {
  readonly #options: LimitOptions;
  /** The last `perSecond` acceptances, as a ring: the oldest one tells whether there is room. */
  readonly #ring: Float64Array;
  #next = 0;
  readonly #chatFreeAt = new Map<string, number>();

  constructor(options: LimitOptions) {
    this.#options = options;
    this.#ring = new Float64Array(Math.max(options.perSecond, 1)).fill(Number.NEGATIVE_INFINITY);
  }

  /** Takes room for one message at `now` (ms), or says after how many whole seconds there is some; 0: taken. */
  take(chatId: string, now: number): number {
    const { perSecond, perChatMs, perChatBurst } = this.#options;
    if (perSecond > 0) {
      const wait = (this.#ring[this.#next] ?? 0) + 1000 - now;
      if (wait > 0) return seconds(wait);
    }
    if (perChatMs > 0) {
      const freeAt = Math.max(this.#chatFreeAt.get(chatId) ?? 0, now);
      const wait = freeAt - now - (perChatBurst - 1) * perChatMs;
      if (wait > 0) return seconds(wait);
      this.#chatFreeAt.set(chatId, freeAt + perChatMs);
    }
    if (perSecond > 0) {
      this.#ring[this.#next] = now;
      this.#next = (this.#next + 1) % perSecond;
    }
    return 0;
  }
}

const seconds = (ms: number): number => Math.max(1, Math.ceil(ms / 1000));
