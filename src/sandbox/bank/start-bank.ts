// A bank account that money comes into, and the service that tells its owner of it by signed webhooks.

import { type BankServiceName, signed, type Transfer } from './sign.ts';

export type BankOptions = {
  service: BankServiceName;
  /** What the service and the hub both know. */
  secret: string;
  /** Where the service tells: the whole address. */
  url: string;
  accountNo: string;
  /** First wait after an answer that is not 2xx; grows like Fibonacci's numbers, as SePay's does. Default 500. */
  backoffMs?: number;
  /** Tries in all; default 8. */
  triesMost?: number;
  /** Milliseconds since 1970; signatures and transfers carry it. */
  clock?: () => number;
};

export type Told = { transfer: Transfer; statuses: number[] };

export interface BankSandbox {
  /** Everything that came into the account, in order, with the answers that the service got. */
  readonly told: readonly Told[];
  /**
   * Somebody pays into the account; resolves when the service has been answered with 2xx.
   * @param id the service's id of it: the same again is a replay
   * @throws when all tries are used up
   */
  pay(payment: { id: number; amount: number; memo: string }): Promise<void>;
  stop(): void;
}

/** Banks cut a memo; how far differs. */
const MEMO_MOST = 210;
const VIETNAM_MS = 7 * 3_600_000;

export function startBank(options: BankOptions): BankSandbox {
  const { service, secret, url, accountNo, backoffMs = 500, triesMost = 8, clock = Date.now } = options;
  const told: Told[] = [];
  const stopping = new AbortController();

  async function tell(one: Told): Promise<void> {
    let [wait, next] = [backoffMs, backoffMs];
    for (let tries = 1; tries <= triesMost && !stopping.signal.aborted; tries++) {
      const status = await post(one.transfer);
      one.statuses.push(status);
      if (status >= 200 && status < 300) return;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, wait);
        const end = (): void => {
          clearTimeout(timer);
          resolve();
        };
        stopping.signal.addEventListener('abort', end, { once: true });
      });
      [wait, next] = [next, wait + next];
    }
    throw new Error(`the bank's service was not answered: ${one.statuses.join(', ')}`);
  }

  /** @returns the status; 0 when there was no answer, or not the one that SePay asks for. */
  async function post(transfer: Transfer): Promise<number> {
    const { body, headers } = signed(service, transfer, secret, clock());
    try {
      const response = await fetch(url, {
        method: 'POST',
        body,
        headers: { 'content-type': 'application/json', ...headers },
        signal: AbortSignal.any([stopping.signal, AbortSignal.timeout(10_000)]),
      });
      const answer = await response.text();
      return service === 'sepay' && response.ok && answer !== '{"success":true}' ? 0 : response.status;
    } catch {
      return 0;
    }
  }

  return {
    told,
    pay({ id, amount, memo }) {
      if (!Number.isSafeInteger(amount) || amount <= 0) throw new Error(`nobody can pay ${amount}`);
      const at = new Date(clock() + VIETNAM_MS).toISOString().slice(0, 19).replace('T', ' ');
      const ref = `FT26324${String(id).padStart(6, '0')}`;
      const transfer = { id, accountNo, amount, memo: memo.slice(0, MEMO_MOST), ref, at };
      const one: Told = { transfer, statuses: [] };
      told.push(one);
      return tell(one);
    },
    stop: () => stopping.abort(),
  };
}
