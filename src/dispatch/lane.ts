import type { Logger } from 'pino';
import type { Message, OpenAccount, Outcome } from '../channels/index.ts';
import { HubError } from '../errors.ts';
import type { Metrics } from '../observe/index.ts';
import { type Claimed, claim } from '../outbox/index.ts';
import type { AccountId, NoticeId } from '../store/ids.ts';
import type { Pool } from 'pg';
import type { Clock } from '../time/index.ts';
import { nextState } from './next-state.ts';
import type { Settler } from './settler.ts';
import type { Wording } from './wording.ts';

/** A slice is what an unpaced lane sends in about a tenth of a second, a paced one in a quarter: no urgent notice
 * waits behind more than that. */
const SLICE_MOST = 512;
const SLICE_SECONDS = 0.25;

export type LaneTools = {
  pool: Pool;
  owner: string;
  clock: Clock;
  log: Logger;
  metrics: Metrics;
  wording: Wording;
  settler: Settler;
  /** Number in [0, 1). */
  chance: () => number;
  /** True while this process still owns the lane and is not stopping. */
  mayGoOn: () => boolean;
  pauseLane: (until: Date) => Promise<void>;
  stopLane: (reason: string) => Promise<void>;
  closeContact: (address: string, state: 'blocked' | 'gone') => Promise<void>;
};

export type Drained = { notices: Set<NoticeId>; sends: number };

/**
 * Sends what is due on one lane until nothing is, or until it may not go on. Everything claimed is settled when this
 * returns: sent, to be retried, given up, or put back untouched.
 */
export async function drain(account: OpenAccount, tools: LaneTools): Promise<Drained> {
  const run = new LaneRun(account, tools);
  return run.drain();
}

/** Text and values don't fit, or the text is gone: also later. Anything else (the database was away) may pass. */
const cannotBeWorded = (error: unknown): boolean => error instanceof HubError || (error as { code?: unknown }).code === NOT_FOUND;
/** Prisma's code of a row that is not there. */
const NOT_FOUND = 'P2025';
const nameOf = (error: unknown): string => (error instanceof Error ? error.name : 'unknown');

class LaneRun {
  readonly #account: OpenAccount;
  readonly #tools: LaneTools;
  readonly #lane: AccountId;
  readonly #underWay = new Set<Promise<void>>();
  readonly #notices = new Set<NoticeId>();
  #held: Date | null = null;
  /** What went wrong outside of a delivery (the database …): the lane stops and says so at its end. */
  #error: unknown;
  #sends = 0;

  constructor(account: OpenAccount, tools: LaneTools) {
    this.#account = account;
    this.#tools = tools;
    this.#lane = account.id;
  }

  get #goesOn(): boolean {
    const failed = this.#error !== undefined || this.#tools.settler.error !== undefined;
    return this.#held === null && !failed && this.#tools.mayGoOn();
  }

  async drain(): Promise<Drained> {
    await this.#slices().catch((error: unknown) => this.#failed(error));
    // Whatever happened: when the lane is let go, nothing of ours is on its way, and what is known is written.
    await this.#settled();
    if (this.#error !== undefined) throw this.#error;
    return { notices: this.#notices, sends: this.#sends };
  }

  #failed(error: unknown): void {
    this.#error ??= error;
  }

  async #slices(): Promise<void> {
    let slice = await this.#claim();
    while (slice.length) {
      // The next slice is claimed while this one is being sent.
      const next = this.#goesOn ? this.#claim() : Promise.resolve([]);
      next.catch(() => undefined);
      for (const delivery of slice) {
        if (this.#goesOn) await this.#begin(delivery);
        else this.#putBack(delivery);
      }
      slice = await next;
      if (!slice.length) {
        // Retries of what is still under way may be due by now.
        await this.#settled();
        if (this.#goesOn) slice = await this.#claim();
      }
    }
  }

  /** Waits for what is on its way and for its outcomes to be written. @throws what a write threw. */
  async #settled(): Promise<void> {
    await Promise.all(this.#underWay);
    await this.#tools.settler.flush();
  }

  #claim(): Promise<Claimed[]> {
    const { perSecond } = this.#account.pace;
    const most = perSecond === 0 ? SLICE_MOST : Math.max(1, Math.min(SLICE_MOST, Math.ceil(perSecond * SLICE_SECONDS)));
    return claim(this.#tools.pool, this.#lane, this.#tools.owner, this.#tools.clock.now(), most);
  }

  /** Starts one send as soon as there is a place; does not wait for its end. */
  async #begin(delivery: Claimed): Promise<void> {
    this.#notices.add(delivery.noticeId);
    const { pace, channel } = this.#account;
    if (delivery.expiresAt && delivery.expiresAt <= this.#tools.clock.now()) return this.#tooLate(delivery);
    const rest = pace.restFor(delivery.address);
    if (rest > 0) return this.#putBack(delivery, new Date(this.#tools.clock.now().getTime() + rest));
    while (this.#underWay.size >= channel.limits.concurrency) await Promise.race(this.#underWay);
    const place = pace.start();
    if (place) await place;
    if (!this.#goesOn) {
      pace.cancelled();
      return this.#putBack(delivery);
    }
    pace.started(delivery.address);
    const sending = this.#send(delivery)
      .catch((error: unknown) => this.#failed(error))
      .finally(() => this.#underWay.delete(sending));
    this.#underWay.add(sending);
  }

  async #send(delivery: Claimed): Promise<void> {
    const { channel, connection, pace } = this.#account;
    const deadline = new AbortController();
    const timer = setTimeout(() => deadline.abort(), channel.limits.deadlineMs);
    const startedAt = performance.now();
    let outcome: Outcome;
    try {
      const message = await this.#word(delivery);
      outcome = 'kind' in message ? message : await connection.send(message, deadline.signal);
    } catch (error) {
      // A bug of the channel: this one delivery fails, nothing else does.
      outcome = this.#impossible(delivery, error);
    } finally {
      clearTimeout(timer);
      pace.answered(delivery.address);
    }
    this.#sends++;
    this.#tools.metrics.sends.inc({ channel: channel.name, outcome: outcome.kind });
    this.#tools.metrics.sendSeconds.observe({ channel: channel.name }, (performance.now() - startedAt) / 1000);
    await this.#settle(delivery, outcome);
  }

  /** Words a delivery, or says what became of it since it could not be worded. */
  async #word(delivery: Claimed): Promise<Message | Outcome> {
    try {
      return await this.#tools.wording.word(delivery, this.#account);
    } catch (error) {
      if (cannotBeWorded(error)) return this.#impossible(delivery, error);
      this.#tools.log.warn({ err: error, deliveryId: delivery.id, noticeId: delivery.noticeId }, 'delivery not worded; next try later');
      return { kind: 'retry', scope: 'delivery', reason: 'timedOut', detail: nameOf(error), inDoubt: false, partsSent: delivery.partsSent };
    }
  }

  #impossible(delivery: Claimed, error: unknown): Outcome {
    this.#tools.log.error({ err: error, deliveryId: delivery.id, noticeId: delivery.noticeId }, 'delivery cannot be sent');
    return { kind: 'rejected', reason: 'badContent', detail: nameOf(error), partsSent: delivery.partsSent };
  }

  async #settle(delivery: Claimed, outcome: Outcome): Promise<void> {
    const { settler, log } = this.#tools;
    const decision = nextState(delivery, outcome, this.#tools.clock.now(), this.#tools.chance());
    if (decision.settle === 'accepted') return settler.accepted(decision.row);
    if (outcome.kind !== 'accepted') {
      log.info(
        { deliveryId: delivery.id, noticeId: delivery.noticeId, outcome: outcome.kind, reason: outcome.reason, attempt: delivery.attempts },
        'delivery not accepted',
      );
    }
    if (decision.settle === 'givenUp') {
      settler.givenUp(decision.row);
      if (decision.closeContact) {
        await settler.flush().catch(() => undefined);
        await this.#tools.closeContact(delivery.address, decision.closeContact);
      }
      return;
    }
    settler.retry(decision.row);
    if ('stopLane' in decision) {
      this.#held = this.#tools.clock.now();
      await this.#tools.stopLane(decision.stopLane);
    } else if (decision.pauseLaneUntil) {
      this.#held = decision.pauseLaneUntil;
      await this.#tools.pauseLane(decision.pauseLaneUntil);
    }
  }

  /** The hub was off, or the lane was held, until its time was over. */
  #tooLate({ id, attempts: attempt, partsSent }: Claimed): void {
    this.#tools.settler.givenUp({ id, attempt, state: 'expired', reason: null, detail: '', partsSent });
  }

  /** Claimed, but nothing was sent: as if it had not been claimed. */
  #putBack(delivery: Claimed, dueAt: Date = this.#held ?? this.#tools.clock.now()): void {
    this.#tools.settler.retry({
      id: delivery.id,
      attempt: delivery.attempts,
      dueAt,
      reason: null,
      detail: '',
      inDoubt: false,
      partsSent: delivery.partsSent,
      counts: false,
    });
  }
}
