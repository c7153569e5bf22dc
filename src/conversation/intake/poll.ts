import type { Logger } from 'pino';
import type { Accounts } from '../../channels/index.ts';
import type { AccountId } from '../../store/ids.ts';
import { acquireLease, type Database, releaseLease, renewLease } from '../../store/index.ts';
import type { Inbox } from './inbox.ts';

const WAIT_SECONDS = 25;
const LEASE_MS = 60_000;
const RETRY_MS = 5000;

/** Fetches the updates of accounts that have no webhook. One poller per account in the whole cluster (a lease). */
export function openPoller(ports: { db: Database; accounts: Accounts; inbox: Inbox; log: Logger }): {
  /** Polls these accounts from now on, and no others. */
  follow(accounts: readonly AccountId[]): void;
  stop(): Promise<void>;
} {
  const loops = new Map<AccountId, { ended: Promise<void>; stop: AbortController }>();

  const pause = (ms: number, signal: AbortSignal) =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      signal.addEventListener('abort', () => [clearTimeout(timer), resolve()], { once: true });
    });

  async function pollWhileOwned(id: AccountId, lease: string, signal: AbortSignal): Promise<void> {
    const { pool, bootId, prisma } = ports.db;
    while (!signal.aborted && (await renewLease(pool, lease, bootId, LEASE_MS))) {
      const account = await ports.accounts.open(id);
      if (account.stoppedReason || !account.connection.poll) return;
      const { cursor } = await prisma.channelAccount.findUniqueOrThrow({
        where: { id },
        select: { cursor: true },
      });
      const found = await account.connection.poll(cursor, WAIT_SECONDS, signal);
      if (!found.updates.length && found.cursor === cursor) continue;
      await ports.inbox.store(id, found.updates, found.cursor);
      ports.inbox.kick();
    }
  }

  async function loop(id: AccountId, signal: AbortSignal): Promise<void> {
    const lease = `poll:${id}`;
    const { pool, bootId } = ports.db;
    while (!signal.aborted) {
      try {
        if (await acquireLease(pool, lease, bootId, LEASE_MS)) await pollWhileOwned(id, lease, signal);
      } catch (error) {
        if (!signal.aborted) ports.log.warn({ err: error, accountId: id }, 'updates could not be fetched');
      }
      if (!signal.aborted) await pause(RETRY_MS, signal);
    }
    await releaseLease(pool, lease, bootId).catch(() => undefined);
  }

  return {
    follow(accounts) {
      for (const [id, running] of loops) {
        if (accounts.includes(id)) continue;
        running.stop.abort();
        loops.delete(id);
      }
      for (const id of accounts) {
        if (loops.has(id)) continue;
        const stop = new AbortController();
        loops.set(id, { stop, ended: loop(id, stop.signal) });
      }
    },
    async stop() {
      const running = [...loops.values()];
      loops.clear();
      for (const { stop } of running) stop.abort();
      await Promise.all(running.map(({ ended }) => ended));
    },
  };
}
