// Brings updates to the bot's own address: one after the other, and the same one again until it is taken.

import { bad } from './refusal.ts';
import type { Update } from './updates.ts';

export type WebhookSettings = { url: string; secret: string };

export type WebhookOptions = {
  /** First wait after a refused delivery; doubles up to 30 s. */
  backoffMs: number;
  first: () => Update | undefined;
  confirm: (below: number) => void;
  /** A bot may answer the delivery itself with a call: {"method": …}. */
  onReply: (reply: Record<string, unknown>) => void;
  now: () => number;
};

const LONGEST_WAIT_MS = 30_000;
const DELIVERY_TIMEOUT_MS = 10_000;

/**
 * Checks the address and the secret as Telegram does; http is let through to this machine only, as a local Bot API
 * server does (facts/zalo-telegram.md §5.4).
 * @throws Refusal 400 (texts from memory)
 */
export function checkWebhook(url: string, secret: string): WebhookSettings {
  const address = URL.canParse(url) ? new URL(url) : undefined;
  const local = address !== undefined && /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(address.hostname);
  if (!address || (address.protocol !== 'https:' && !(address.protocol === 'http:' && local))) {
    throw bad('bad webhook: An HTTPS URL must be provided for webhook');
  }
  if (secret.length > 256) throw bad('secret token is too long');
  if (!/^[A-Za-z0-9_-]*$/.test(secret)) throw bad('secret token contains unallowed characters');
  return { url, secret };
}

export class WebhookDelivery {
  readonly #options: WebhookOptions;
  #settings: WebhookSettings | undefined;
  #round: AbortController | undefined;
  #wake: () => void = () => {};
  lastError: { at: number; message: string } | undefined;

  constructor(options: WebhookOptions) {
    this.#options = options;
  }

  get settings(): WebhookSettings | undefined {
    return this.#settings;
  }

  start(settings: WebhookSettings): void {
    this.stop();
    this.#settings = settings;
    this.#round = new AbortController();
    void this.#run(settings, this.#round.signal);
  }

  stop(): void {
    this.#settings = undefined;
    this.#round?.abort();
    this.#wake();
  }

  /** Something new is there. */
  wake(): void {
    this.#wake();
  }

  async #run(settings: WebhookSettings, ended: AbortSignal): Promise<void> {
    let waitMs = this.#options.backoffMs;
    while (!ended.aborted) {
      const update = this.#options.first();
      if (!update) {
        await this.#pause(undefined);
        continue;
      }
      const problem = await this.#deliver(settings, update, ended);
      if (ended.aborted) return;
      if (problem === undefined) {
        this.#options.confirm(update.update_id + 1);
        waitMs = this.#options.backoffMs;
      } else {
        this.lastError = { at: this.#options.now(), message: problem };
        await this.#pause(waitMs);
        waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS);
      }
    }
  }

  /** Until `ms` have passed (a new update does not shorten a back-off) or, without `ms`, until something is there. */
  #pause(ms: number | undefined): Promise<void> {
    return new Promise((resolve) => {
      const timer = ms === undefined ? undefined : setTimeout(resolve, ms);
      const round = this.#round?.signal;
      this.#wake = () => {
        if (ms !== undefined && !round?.aborted) return;
        clearTimeout(timer);
        resolve();
      };
    });
  }

  async #deliver(settings: WebhookSettings, update: Update, ended: AbortSignal): Promise<string | undefined> {
    try {
      const response = await fetch(settings.url, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          ...(settings.secret ? { 'x-telegram-bot-api-secret-token': settings.secret } : {}),
        },
        body: JSON.stringify(update),
        signal: AbortSignal.any([ended, AbortSignal.timeout(DELIVERY_TIMEOUT_MS)]),
      });
      const body = await response.text();
      if (!response.ok) return `Wrong response from the webhook: ${response.status} ${response.statusText}`;
      const reply: unknown = body.startsWith('{') ? JSON.parse(body) : undefined;
      if (typeof reply === 'object' && reply !== null && 'method' in reply)
        this.#options.onReply({ ...reply });
      return undefined;
    } catch (error) {
      return error instanceof SyntaxError ? undefined : 'Connection refused or timed out';
    }
  }
}
