// What the Bot API says when it says no. The texts are those of its server's source (facts/zalo-telegram.md §5.3);
// the ones marked "memory" were not re-read there.

export type RefusalParameters = { retry_after?: number; migrate_to_chat_id?: number };

/** A call that the Bot API refuses; the HTTP status equals `code`. */
export class Refusal extends Error {
  readonly code: number;
  readonly parameters: RefusalParameters | undefined;

  constructor(code: number, description: string, parameters?: RefusalParameters) {
    super(description);
    this.name = 'Refusal';
    this.code = code;
    this.parameters = parameters;
  }

  /** The body as it goes over the wire. */
  toBody(): string {
    return JSON.stringify({
      ok: false,
      error_code: this.code,
      description: this.message,
      ...(this.parameters ? { parameters: this.parameters } : {}),
    });
  }
}

export const bad = (text: string): Refusal => new Refusal(400, `Bad Request: ${text}`);

export const unparsable = (why: string): Refusal => bad(`can't parse entities: ${why}`);

export const forbidden = (text: string): Refusal => new Refusal(403, `Forbidden: ${text}`);

export const conflict = (text: string): Refusal => new Refusal(409, `Conflict: ${text}`);

export const unauthorized = (): Refusal => new Refusal(401, 'Unauthorized');

export const notFound = (): Refusal => new Refusal(404, 'Not Found');

/** @param seconds whole seconds, at least 1 */
export const tooMany = (seconds: number): Refusal =>
  new Refusal(429, `Too Many Requests: retry after ${seconds}`, { retry_after: seconds });

export const upgraded = (newChatId: number): Refusal =>
  new Refusal(400, 'Bad Request: group chat was upgraded to a supergroup chat', {
    migrate_to_chat_id: newChatId,
  });
