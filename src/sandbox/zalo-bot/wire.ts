// What the Bot Platform says when it says no: always with HTTP 200 (facts/zalo-telegram.md §3.1 and §3.4). The codes are
// the documented ones; the words behind them are not published and stand here by our own choice.

/** A call that the platform refuses. */
export class Refusal extends Error {
  readonly code: number;

  constructor(code: number, description: string) {
    super(description);
    this.name = 'Refusal';
    this.code = code;
  }

  toBody(): string {
    return JSON.stringify({ ok: false, description: this.message, error_code: this.code });
  }
}

export const badPath = (): Refusal => new Refusal(400, 'Bad request: path or name');
export const unauthorised = (): Refusal => new Refusal(401, 'Unauthorized');
/** "Invalid request": what is wrong with parameters. */
export const invalid = (why: string): Refusal => new Refusal(404, `Invalid request: ${why}`);
/** No code of its own is known for a chat that is not there, nor for a person who has left: both read the same. */
export const noChat = (): Refusal => invalid('chat not found');
export const emptyPoll = (): Refusal => new Refusal(408, 'Request timeout');
export const quotaExceeded = (): Refusal => new Refusal(429, 'Quota exceeded');
