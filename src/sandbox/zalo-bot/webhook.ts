// Brings updates to the bot's own address, one after the other, each once: that the platform tries again is not
// documented (facts §3.3), so a hub must not lean on it.

import { invalid } from './wire.ts';

export type WebhookSettings = { url: string; secret: string };

const DELIVERY_MS = 10_000;
const HEADER = 'X-Bot-Api-Secret-Token';

/**
 * https, no private host; http is let through to this machine only, because tests have no certificate.
 * @throws Refusal
 */
export function checkWebhook(url: unknown, secret: unknown): WebhookSettings {
  const address = typeof url === 'string' && URL.canParse(url) ? new URL(url) : undefined;
  const here = address !== undefined && /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(address.hostname);
  if (!address || (address.protocol !== 'https:' && !(address.protocol === 'http:' && here)))
    throw invalid('url');
  if (typeof secret !== 'string' || secret.length < 8 || secret.length > 256) throw invalid('secret_token');
  return { url: address.href, secret };
}

export class WebhookDelivery {
  #settings: WebhookSettings | undefined;
  readonly #ended = new AbortController();
  #turn: Promise<unknown> = Promise.resolve();
  /** HTTP status of every delivery; 0: no answer. */
  readonly outcomes: number[] = [];

  get settings(): WebhookSettings | undefined {
    return this.#settings;
  }

  set(settings: WebhookSettings | undefined): void {
    this.#settings = settings;
  }

  bring(body: unknown): void {
    const { settings } = this;
    if (!settings) return;
    this.#turn = this.#turn.then(async () => this.outcomes.push(await this.#post(settings, body)));
  }

  /** What `setWebhook` answers: whether the address was reached with the secret. */
  async verify(settings: WebhookSettings): Promise<Record<string, unknown>> {
    const status = await this.#post(settings, {});
    const ok = status >= 200 && status < 300;
    const outcome = ok
      ? 'webhook.ok'
      : status === 0
        ? 'webhook.err.unreachable'
        : status >= 500
          ? 'webhook.http.5xx'
          : status === 403 || status === 404
            ? `webhook.http.${status}`
            : 'webhook.http.other';
    return { ok, url: settings.url, outcome, hint: ok ? '' : 'Check that the address can be reached' };
  }

  async #post({ url, secret }: WebhookSettings, body: unknown): Promise<number> {
    try {
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'user-agent': 'Java/1.8.0_192', [HEADER]: secret },
        body: JSON.stringify(body),
        signal: AbortSignal.any([this.#ended.signal, AbortSignal.timeout(DELIVERY_MS)]),
      });
      await response.arrayBuffer();
      return response.status;
    } catch {
      return 0;
    }
  }

  close(): void {
    this.#ended.abort();
  }
}
