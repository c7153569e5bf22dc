// Brings events to the app's one address, signed over the very bytes (facts/zalo-telegram.md §2.1, §2.2).

import { createHash } from 'node:crypto';

export type EventDelivery = {
  event: string;
  /** HTTP status; 0: nobody answered, or not within two seconds. */
  status: number;
  /** Header `num_retry`; 0 at the first time. */
  retry: number;
};

export type WebhookOptions = {
  appId: string;
  webhookKey: string;
  /** Waits before each next try, when nobody could be reached; then the webhook is switched off. */
  retryMs: readonly number[];
};

type Parcel = { event: string; raw: string; headers: Record<string, string> };

/** Within this an answer must be there. */
const ANSWER_MS = 2000;

/** sha256(app id + raw body + timestamp + key): a plain hash, no HMAC. */
export const macOf = (appId: string, raw: string, timestamp: string, key: string): string =>
  createHash('sha256').update(`${appId}${raw}${timestamp}${key}`).digest('hex');

export class WebhookDelivery {
  readonly #options: WebhookOptions;
  readonly #ended = new AbortController();
  readonly #timers = new Set<NodeJS.Timeout>();
  #url: string | undefined;
  #turn: Promise<unknown> = Promise.resolve();
  #held: Parcel[] | undefined;
  #last: Parcel | undefined;
  readonly deliveries: EventDelivery[] = [];
  /** How many events are on the way, held back, or wait for another try. */
  pending = 0;

  constructor(options: WebhookOptions) {
    this.#options = options;
  }

  get url(): string | undefined {
    return this.#url;
  }

  set(url: string | undefined): void {
    this.#url = url;
  }

  /** What the console does when an address is saved: an unsigned `{}` that must get 200. @returns the status */
  probe(url: string): Promise<number> {
    return this.#post(url, '{}', {});
  }

  /** An event, with the app's id and its time; nobody hears of it where no address is set. */
  bring(event: Record<string, unknown>, at: number, headers: Record<string, string> = {}): void {
    if (this.#url === undefined) return;
    const timestamp = String(at);
    const raw = JSON.stringify({ app_id: this.#options.appId, ...event, timestamp });
    const mac = macOf(this.#options.appId, raw, timestamp, this.#options.webhookKey);
    this.bringRaw(String(event.event_name), raw, { 'X-ZEvent-Signature': `mac=${mac}`, ...headers });
  }

  /** Any bytes with any headers: what somebody else may send to the address. */
  bringRaw(event: string, raw: string, headers: Record<string, string>): void {
    const parcel = { event, raw, headers };
    this.#last = parcel;
    this.pending++;
    if (this.#held) this.#held.push(parcel);
    else this.#send(parcel, 0);
  }

  /** The last event once more, as it was. */
  again(): void {
    const { raw, event, headers } = this.#last ?? {};
    if (raw !== undefined && event !== undefined) this.bringRaw(event, raw, headers ?? {});
  }

  hold(): void {
    this.#held ??= [];
  }

  /** Brings what was held back, in the order that `arrange` makes. */
  release(arrange: <T>(events: T[]) => T[] = (events) => events): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    const arranged = arrange(held);
    this.pending += arranged.length - held.length;
    for (const parcel of arranged) this.#send(parcel, 0);
  }

  #send(parcel: Parcel, retry: number): void {
    this.#turn = this.#turn.then(async () => {
      const url = this.#url;
      if (url === undefined || this.#ended.signal.aborted) {
        this.pending--;
        return;
      }
      const headers = retry === 0 ? parcel.headers : { ...parcel.headers, num_retry: String(retry) };
      const status = await this.#post(url, parcel.raw, headers);
      this.deliveries.push({ event: parcel.event, status, retry });
      // Whether an answer that is late or none of 2xx is tried again is not known; a hub must not lean on it.
      if (status !== 0) this.pending--;
      else this.#later(parcel, retry);
    });
  }

  #later(parcel: Parcel, retry: number): void {
    const wait = this.#options.retryMs[retry];
    if (wait === undefined) {
      this.pending--;
      this.#url = undefined;
      return;
    }
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      this.#send(parcel, retry + 1);
    }, wait);
    timer.unref();
    this.#timers.add(timer);
  }

  async #post(url: string, raw: string, headers: Record<string, string>): Promise<number> {
    try {
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: raw,
        signal: AbortSignal.any([this.#ended.signal, AbortSignal.timeout(ANSWER_MS)]),
      });
      await response.arrayBuffer();
      return response.status;
    } catch {
      return 0;
    }
  }

  close(): void {
    this.#ended.abort();
    for (const timer of this.#timers) clearTimeout(timer);
  }
}

/**
 * https and a domain name without a port; http is let through to this machine only, because tests have no certificate.
 */
export function isWebhookAddress(url: string): boolean {
  const address = URL.canParse(url) ? new URL(url) : undefined;
  if (!address) return false;
  if (address.protocol === 'http:') return /^(localhost|127\.\d+\.\d+\.\d+)$/.test(address.hostname);
  return address.protocol === 'https:' && address.port === '' && /[a-z]$/i.test(address.hostname);
}
