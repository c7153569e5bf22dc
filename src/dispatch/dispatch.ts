import type { Logger } from 'pino';
import type { Accounts, OpenAccount } from '../channels/index.ts';
import type { Metrics } from '../observe/index.ts';
import { nextDueAt, reclaim, settle } from '../outbox/index.ts';
import type { AccountId, NoticeId, RecipientId } from '../store/ids.ts';
import {
  acquireLease,
  type Bell,
  type Database,
  leaseLeftMs,
  releaseLease,
  renewLease,
} from '../store/index.ts';
import type { Clock } from '../time/index.ts';
import { drain } from './lane.ts';
import { Settler } from './settler.ts';
import type { Wording } from './wording.ts';

/** Later than this a lane is rung by the sweep, not by a timer of ours. */
const TIMER_MOST_MS = 10 * 60_000;

export type DispatchPorts = {
  db: Database;
  accounts: Accounts;
  wording: Wording;
  clock: Clock;
  log: Logger;
  metrics: Metrics;
  leaseMs: number;
  bell: Pick<Bell, 'ring' | 'stopListening'>;
  /** These deliveries came to nothing: the recipients need another way, or an end. */
  undelivered: (recipients: RecipientId[]) => Promise<void>;
  /** The channel says so of an address. */
  closeContact: (accountId: AccountId, address: string, state: 'blocked' | 'gone') => Promise<void>;
  /** The channel says that an address has become another one. */
  moveContact: (accountId: AccountId, address: string, newAddress: string) => Promise<void>;
  /** Nothing of a lane is due any more; these notices were touched. */
  drained: (notices: NoticeId[]) => Promise<void>;
};

export interface Dispatch {
  /** Drains a lane; a ring for a lane that this process drains already is answered by that drain. */
  onRing(lane: AccountId): Promise<void>;
  /** Ends the drains: what is on its way is waited for, what is claimed is put back. */
  stop(): Promise<void>;
}

export function openDispatch(ports: DispatchPorts): Dispatch {
  const drains = new Map<AccountId, Promise<void>>();
  const again = new Set<AccountId>();
  const timers = new Map<AccountId, NodeJS.Timeout>();
  let stopping = false;

  function ringAt(lane: AccountId, at: Date): void {
    const wait = at.getTime() - ports.clock.now().getTime();
    if (stopping || wait > TIMER_MOST_MS) return;
    clearTimeout(timers.get(lane));
    const timer = setTimeout(
      () => {
        timers.delete(lane);
        ports.bell
          .ring(lane)
          .catch((error: unknown) => ports.log.error({ err: error, lane }, 'lane could not be rung'));
      },
      Math.max(1, wait),
    );
    timers.set(lane, timer);
  }

  async function drainLane(lane: AccountId): Promise<void> {
    const account = await ports.accounts.open(lane);
    if (account.stoppedReason) return;
    if (account.pausedUntil && account.pausedUntil > ports.clock.now())
      return ringAt(lane, account.pausedUntil);
    const name = `lane:${lane}`;
    if (!(await acquireLease(ports.db.pool, name, ports.db.bootId, ports.leaseMs)))
      return ringWhenFree(lane, name);
    const lease = keepLease(ports, name);
    try {
      const { freed, undelivered } = await reclaim(ports.db.pool, lane, ports.clock.now());
      if (freed)
        ports.log.warn(
          { lane, possibleDuplicates: freed },
          'lane taken over: sends without an outcome are sent again',
        );
      if (undelivered.length) await findAnotherWay(undelivered);
      await drainOwned(account, () => !stopping && lease.held());
    } finally {
      lease.end();
      await releaseLease(ports.db.pool, name, ports.db.bootId);
    }
    await ringForRest(lane);
  }

  /** Its owner may be dead: then nobody else would ring when its lease is over, and the lane would wait for a sweep. */
  async function ringWhenFree(lane: AccountId, lease: string): Promise<void> {
    const leftMs = await leaseLeftMs(ports.db.pool, lease);
    ringAt(lane, new Date(ports.clock.now().getTime() + (leftMs ?? 0)));
  }

  async function drainOwned(account: OpenAccount, mayGoOn: () => boolean): Promise<void> {
    const channel = account.channel.name;
    const settler = new Settler(async (batch) => {
      const { sends } = ports.metrics;
      sends.inc({ channel, outcome: 'accepted' }, batch.accepted.length);
      sends.inc({ channel, outcome: 'retried' }, batch.retries.filter((row) => row.counts).length);
      sends.inc({ channel, outcome: 'givenUp' }, batch.givenUp.length);
      const undelivered = await settle(ports.db.pool, ports.db.bootId, batch, ports.clock.now());
      // At once: in a long drain the next contact must not wait for its end.
      if (undelivered.length) await findAnotherWay(undelivered);
    });
    const { notices } = await drain(account, {
      pool: ports.db.pool,
      owner: ports.db.bootId,
      clock: ports.clock,
      log: ports.log,
      wording: ports.wording,
      settler,
      chance: Math.random,
      mayGoOn,
      pauseLane: (until) => ports.accounts.pause(account.id, until),
      stopLane: (reason) => ports.accounts.stop(account.id, reason),
      closeContact: (address, state) => ports.closeContact(account.id, address, state),
      moveContact: (address, newAddress) => ports.moveContact(account.id, address, newAddress),
    });
    if (notices.size) await ports.drained([...notices]);
  }

  /** Not a lane's trouble when it fails: the recipients stand in the database, and the sweep finds them. */
  async function findAnotherWay(recipients: RecipientId[]): Promise<void> {
    await ports
      .undelivered(recipients)
      .catch((error: unknown) => ports.log.error({ err: error }, 'recipients wait for the sweep'));
  }

  /** What is not due yet (held, retried, paced) rings when it is. */
  async function ringForRest(lane: AccountId): Promise<void> {
    if (stopping) return;
    const account = await ports.accounts.open(lane);
    if (account.stoppedReason) return;
    const dueAt = await nextDueAt(ports.db.pool, lane);
    if (!dueAt) return;
    const pausedUntil = account.pausedUntil ?? dueAt;
    ringAt(lane, dueAt > pausedUntil ? dueAt : pausedUntil);
  }

  /** What this process leaves behind is due for another one at once, not with the next sweep. */
  async function ringOthers(lane: AccountId): Promise<void> {
    try {
      const dueAt = await nextDueAt(ports.db.pool, lane);
      if (dueAt && dueAt <= ports.clock.now()) await ports.bell.ring(lane);
    } catch (error) {
      ports.log.warn({ err: error, lane }, 'lane waits for the sweep');
    }
  }

  return {
    onRing(lane) {
      if (stopping) return Promise.resolve();
      const running = drains.get(lane);
      if (running) {
        again.add(lane);
        return running;
      }
      const run = (async () => {
        do {
          again.delete(lane);
          await drainLane(lane);
        } while (again.has(lane) && !stopping);
      })().finally(() => drains.delete(lane));
      drains.set(lane, run);
      return run;
    },
    async stop() {
      stopping = true;
      for (const timer of timers.values()) clearTimeout(timer);
      const left = [...drains.keys()];
      await Promise.allSettled(drains.values());
      // Or the rings for the others would be ours.
      await ports.bell.stopListening();
      await Promise.all(left.map(ringOthers));
    },
  };
}

/** Renews a lease three times in its length; `held` turns false when it was lost or could not be renewed in time. */
function keepLease(ports: DispatchPorts, name: string): { held: () => boolean; end: () => void } {
  let until = performance.now() + ports.leaseMs;
  let lost = false;
  const timer = setInterval(async () => {
    const asked = performance.now();
    try {
      if (await renewLease(ports.db.pool, name, ports.db.bootId, ports.leaseMs))
        until = asked + ports.leaseMs;
      else lost = true;
    } catch (error) {
      ports.log.warn({ err: error, lease: name }, 'lease not renewed');
    }
  }, ports.leaseMs / 3);
  return { held: () => !lost && performance.now() < until, end: () => clearInterval(timer) };
}
