import type { Pool } from 'pg';
import type { Logger } from 'pino';
import type { Message, OpenAccount, Outcome } from '../channels/index.ts';
import { HubError } from '../errors.ts';
import { type Claimed, claim } from '../outbox/index.ts';
import type { AccountId, NoticeId } from '../store/ids.ts';
import type { Clock } from '../time/index.ts';
import { Deadlines } from './deadlines.ts';
import { nextState } from './next-state.ts';
import type { Settler } from './settler.ts';
import type { Wording } from './wording.ts';

/** A slice is what a lane sends in about a tenth of a second: no urgent notice waits behind more than that. */
const SLICE_MOST = 512;
const SLICE_SECONDS = 0.1;

export type LaneTools = {
  pool: Pool;
  owner: string;
  clock: Clock;
  log: Logger;
  wording: Wording;
  settler: Settler;
  /** Number in [0, 1). */
  chance: () => number;
  /** True while this process still owns the lane and is not stopping. */
  mayGoOn: () => boolean;
  pauseLane: (until: Date) => Promise<void>;
  stopLane: (reason: string) => Promise<void>;
  closeContact: (address: string, state: 'blocked' | 'gone') => Promise<void>;
  moveContact: (address: string, newAddress: string) => Promise<void>;
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
const cannotBeWorded = (error: unknown): boolean =>
  error instanceof HubError || (error as { code?: unknown }).code === NOT_FOUND;
/** Prisma's code of a row that is not there. */
const NOT_FOUND = 'P2025';
const nameOf = (error: unknown): string => (error instanceof Error ? error.name : 'unknown');

class LaneRun {
  readonly #account: OpenAccount;
  readonly #tools: LaneTools;
  readonly #lane: AccountId;
  readonly #deadlines: Deadlines;
  readonly #notices = new Set<NoticeId>();
  #slice: Claimed[] = [];
  #place = 0;
  /** The next slice is claimed while this one is being sent. */
  #coming: Promise<Claimed[]> | undefined;
  #refilling: Promise<boolean> | undefined;
  /** Set when the lane has to rest: until then nothing more is sent. */
  #held: Date | null = null;
  /** What went wrong outside of a delivery (the database …): the lane stops and says so at its end. */
  #error: unknown;
  #sends = 0;

  constructor(account: OpenAccount, tools: LaneTools) {
    this.#account = account;
    this.#tools = tools;
    this.#lane = account.id;
    this.#deadlines = new Deadlines(account.channel.limits.deadlineMs);
  }

  get #goesOn(): boolean {
    const failed = this.#error !== undefined || this.#tools.settler.error !== undefined;
    return this.#held === null && !failed && this.#tools.mayGoOn();
  }

  async drain(): Promise<Drained> {
    const { concurrency } = this.#account.channel.limits;
    do {
      await Promise.all(
        Array.from({ length: concurrency }, () =>
          this.#work().catch((error: unknown) => this.#failed(error)),
        ),
      );
      // Whatever happened: when the lane is let go, nothing of ours is on its way, and what is known is written.
      await this.#tools.settler.flush().catch((error: unknown) => this.#failed(error));
      // What was put back or is to be retried may be due by now.
    } while (this.#goesOn && (await this.#refill().catch((error: unknown) => this.#failed(error))));
    this.#deadlines.clear();
    if (this.#error !== undefined) throw this.#error;
    return { notices: this.#notices, sends: this.#sends };
  }

  #failed(error: unknown): false {
    this.#error ??= error;
    return false;
  }

  /** One of the lane's senders. On a paced lane it waits for its place first, so that what is urgent by then goes first. */
  async #work(): Promise<void> {
    const { pace } = this.#account;
    for (;;) {
      const place = pace.start();
      if (place) await place;
      if (this.#place >= this.#slice.length && !(await this.#refill())) return pace.cancelled();
      const delivery = this.#slice[this.#place++];
      if (delivery) await this.#one(delivery);
      else pace.cancelled();
    }
  }

  /** Whether there is more; many senders may ask at once. */
  #refill(): Promise<boolean> {
    if (this.#place < this.#slice.length) return Promise.resolve(true);
    this.#refilling ??= this.#nextSlice().finally(() => {
      this.#refilling = undefined;
    });
    return this.#refilling;
  }

  async #nextSlice(): Promise<boolean> {
    const claimed = await (this.#coming ?? this.#claim());
    // A paced lane has time to ask when it needs to, and so sees at once what has become urgent.
    this.#coming = claimed.length && this.#account.pace.perSecond === 0 ? this.#claim() : undefined;
    // It is awaited with the next slice; until then a failure is nobody's.
    this.#coming?.catch(() => undefined);
    this.#slice = claimed;
    this.#place = 0;
    return claimed.length > 0;
  }

  #claim(): Promise<Claimed[]> {
    if (!this.#goesOn) return Promise.resolve([]);
    const { perSecond } = this.#account.pace;
    const most =
      perSecond === 0 ? SLICE_MOST : Math.max(1, Math.min(SLICE_MOST, Math.ceil(perSecond * SLICE_SECONDS)));
    return claim(this.#tools.pool, this.#lane, this.#tools.owner, this.#tools.clock.now(), most);
  }

  /** Sends one delivery in the place that was given, or gives the place back. */
  async #one(delivery: Claimed): Promise<void> {
    const { pace } = this.#account;
    const rest = pace.restFor(delivery.address);
    if (!this.#goesOn || rest > 0) {
      pace.cancelled();
      return this.#putBack(delivery, rest);
    }
    this.#notices.add(delivery.noticeId);
    if (delivery.expiresAt && delivery.expiresAt <= this.#tools.clock.now()) {
      pace.cancelled();
      return this.#tooLate(delivery);
    }
    if (!delivery.may) {
      pace.cancelled();
      return this.#forbidden(delivery);
    }
    pace.started(delivery.address);
    const outcome = await this.#send(delivery);
    pace.answered(delivery.address);
    this.#sends++;
    const { id } = delivery;
    if (outcome.kind !== 'accepted') return this.#settle(delivery, outcome);
    this.#tools.settler.accepted({ id, providerId: outcome.providerId, partsSent: outcome.partsSent });
  }

  async #send(delivery: Claimed): Promise<Outcome> {
    const { wording } = this.#tools;
    let message: Message;
    try {
      message = await wording.word(delivery, this.#account);
    } catch (error) {
      if (cannotBeWorded(error)) return this.#impossible(delivery, error);
      this.#tools.log.warn(
        { err: error, deliveryId: delivery.id, noticeId: delivery.noticeId },
        'delivery not worded; next try later',
      );
      return {
        kind: 'retry',
        scope: 'delivery',
        reason: 'timedOut',
        detail: nameOf(error),
        inDoubt: false,
        partsSent: delivery.partsSent,
      };
    }
    try {
      return await this.#account.connection.send(message, this.#deadlines.next());
    } catch (error) {
      // A bug of the channel: this one delivery fails, nothing else does.
      return this.#impossible(delivery, error);
    }
  }

  #impossible(delivery: Claimed, error: unknown): Outcome {
    this.#tools.log.error(
      { err: error, deliveryId: delivery.id, noticeId: delivery.noticeId },
      'delivery cannot be sent',
    );
    return { kind: 'rejected', reason: 'badContent', detail: nameOf(error), partsSent: delivery.partsSent };
  }

  async #settle(delivery: Claimed, outcome: Exclude<Outcome, { kind: 'accepted' }>): Promise<void> {
    const { settler, log } = this.#tools;
    const decision = nextState(delivery, outcome, this.#tools.clock.now(), this.#tools.chance());
    log.info(
      {
        deliveryId: delivery.id,
        noticeId: delivery.noticeId,
        outcome: outcome.kind,
        reason: outcome.reason,
        attempt: delivery.attempts,
      },
      'delivery not accepted',
    );
    if (decision.settle === 'accepted') return;
    if (decision.settle === 'givenUp') {
      settler.givenUp(decision.row);
      if (decision.closeContact) {
        await settler.flush().catch(() => undefined);
        await this.#tools.closeContact(delivery.address, decision.closeContact);
      }
      return;
    }
    settler.retry(decision.row);
    if (decision.row.newAddress !== undefined) {
      await settler.flush().catch(() => undefined);
      await this.#tools.moveContact(delivery.address, decision.row.newAddress);
    }
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

  /** It tells of one child, and this guardian may not be told any more: never, by none of their contacts. */
  #forbidden({ id, attempts: attempt, partsSent }: Claimed): void {
    this.#tools.settler.givenUp({ id, attempt, state: 'failed', reason: 'mayNotSee', detail: '', partsSent });
  }

  /** Claimed, but nothing was sent: as if it had not been claimed. */
  #putBack(delivery: Claimed, restMs = 0): void {
    this.#tools.settler.retry({
      id: delivery.id,
      attempt: delivery.attempts,
      dueAt: this.#held ?? new Date(this.#tools.clock.now().getTime() + restMs),
      reason: null,
      detail: '',
      inDoubt: false,
      partsSent: delivery.partsSent,
      counts: false,
    });
  }
}
