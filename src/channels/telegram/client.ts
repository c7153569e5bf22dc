import { Telegram, TelegramError } from 'telegraf';
import { FormData } from 'undici';
import { type HttpClient, NoAnswer, openHttp } from '../http.ts';

export type TelegramSettings = {
  /** https://api.telegram.org, a local Bot API server, or a relay where the carrier blocks Telegram (§5.1). */
  apiRoot: string;
  /** http(s) proxy that is asked to CONNECT to the API. */
  proxy?: string;
};

type CallApi = Telegram['callApi'];

/** What the channel needs of Telegraf: one call with a deadline, and the end of all sockets. */
export interface TelegramClient {
  /** @throws TelegramError when Telegram says no, NoAnswer when Telegram did not answer */
  call<M extends Parameters<CallApi>[0]>(
    method: M,
    payload: Parameters<typeof Telegram.prototype.callApi<M>>[1],
    deadline: AbortSignal,
  ): ReturnType<typeof Telegram.prototype.callApi<M>>;
  close(): void;
}

/** @param sockets how many calls may be on the way at once */
export function openClient(token: string, settings: TelegramSettings, sockets: number): TelegramClient {
  const { apiRoot, proxy } = settings;
  const http = openHttp({ root: apiRoot, sockets, ...(proxy ? { proxy } : {}) });
  const telegram = new TelegramOverHttp(token, http);
  return {
    // Telegraf's types name the AbortSignal of a polyfill; the platform's own is what it is used with.
    call: (method, payload, deadline) =>
      telegram.callApi(method, payload, { signal: deadline as unknown as never }),
    close: () => http.close(),
  };
}

/**
 * Telegraf's client over our own sockets. What Telegraf brings (node-fetch 2, frozen) needs four times the processor
 * for a call and has no way to end its sockets; everything above the wire stays Telegraf's (docs/decisions/006).
 */
class TelegramOverHttp extends Telegram {
  readonly #http: HttpClient;

  constructor(token: string, http: HttpClient) {
    super(token, { webhookReply: false });
    this.#http = http;
  }

  override callApi: CallApi = async (method, payload, { signal } = {}) => {
    const { status, json } = await this.#http.call({
      method: 'POST',
      path: `/bot${this.token}/${method}`,
      ...bodyOf(payload),
      deadline: signal as unknown as AbortSignal,
    });
    const answer = json as { ok?: unknown; result?: never; error_code?: unknown } | null | undefined;
    if (answer?.ok === true) return answer.result as never;
    if (typeof answer?.error_code === 'number')
      throw new TelegramError(answer as ConstructorParameters<typeof TelegramError>[0]);
    if (status >= 500) throw new TelegramError({ error_code: status, description: '' });
    // A carrier's block page, say: it was not Telegram who answered.
    throw new NoAnswer('notTheApi', 'the answer is not JSON (a block page?)');
  };
}

/** core.telegram.org/bots/api#making-requests: JSON, or a form when a file goes along. */
function bodyOf(payload: object): { body: string | FormData; headers?: Record<string, string> } {
  const fields = Object.entries(payload).filter(([, value]) => value !== undefined);
  if (!fields.some(([, value]) => isUpload(value)))
    return { body: JSON.stringify(payload), headers: { 'content-type': 'application/json' } };
  const form = new FormData();
  for (const [name, value] of fields) {
    if (isUpload(value)) form.append(name, new Blob([value.source]), value.filename ?? name);
    else form.append(name, typeof value === 'string' ? value : JSON.stringify(value));
  }
  return { body: form };
}

type Upload = { source: Buffer<ArrayBuffer>; filename?: string };

/** Telegraf's `Input.fromBuffer(…)`. */
function isUpload(value: unknown): value is Upload {
  return (
    typeof value === 'object' && value !== null && Buffer.isBuffer((value as { source?: unknown }).source)
  );
}
