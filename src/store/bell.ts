import type { Job, Processor } from 'bullmq';
import type { Logger } from 'pino';
import { type Clock, systemClock } from '../time/index.ts';
import { type BellPlace, type BellQueue, type BellWorker, postgresPlace, redisPlace } from './bell-place.ts';
import type { Database } from './database.ts';

/**
 * The bell says "there is work", never what the work is: the database knows that. So a ring, an alarm or the whole
 * of Redis may be lost, and it costs time until the next sweep, never a delivery.
 */
export interface Bell {
  /**
   * Says that a lane has work due. However often it rings, one job of a lane waits; a ring while the lane is being
   * drained makes exactly one more run. Never throws: what cannot be rung now is found by the sweep.
   */
  ring(lane: string): Promise<void>;
  /** Answers rings, at most `concurrency` lanes at once in this process and never one lane twice in the cluster. */
  onRing(handler: (lane: string) => Promise<void>, concurrency: number): Promise<void>;
  /** Runs `handler` every `ms`, once in the whole cluster, whichever process takes it. */
  every(name: string, ms: number, handler: () => Promise<void>): Promise<void>;
  /** What `at` sets off. */
  onTime(name: string, handler: (key: string) => Promise<void>): Promise<void>;
  /**
   * Sets an alarm: `onTime`'s handler of this name gets `key` at `date` or at once if that is past. The same name and
   * key set again before it went off changes nothing. Never throws. An alarm is no memory: who sets one must find
   * what is overdue in the database by a sweep as well.
   */
  at(name: string, key: string, date: Date): Promise<void>;
  /** Takes no more work and waits for what is running; what is rung for from now on, others hear. */
  stopListening(): Promise<void>;
  /** The same, and closes. */
  close(): Promise<void>;
}

export type BellOptions = {
  /** How long a job of a process that died stays its own; renewed while it lives. */
  leaseMs: number;
  /**
   * Forget what is left of earlier runs. For the embedded hub, which is alone on its database: whatever was being
   * rung or run there died with it, and waiting for its lease would only cost time.
   */
  fresh: boolean;
  /** By which alarms are set; default: the system's. */
  clock?: Clock;
};

const RINGS = 'rings';
const TIMES = 'times';
/** Redis may be emptied while we run; schedules that are gone are set again. */
const LOOK_AFTER_MS = 60_000;

/** The bell of this installation: on Redis if `redisUrl` is set, else in the database. */
export async function openBell(
  { redisUrl, database, ...options }: { redisUrl: string | undefined; database: Database } & BellOptions,
  log: Logger,
): Promise<Bell> {
  const place = redisUrl ? await redisPlace(redisUrl, log) : await postgresPlace(database, log);
  return hangBell(place, log, options);
}

/** Hangs the bell in a place. */
export async function hangBell(place: BellPlace, log: Logger, options: BellOptions): Promise<Bell> {
  if (options.fresh) for (const name of [RINGS, TIMES]) await place.forget(name);
  return new BullBell(place, log, options);
}

/** A job's trace is worth nothing: what happened stands in the database. */
const LEAVE_NO_TRACE = { removeOnComplete: true, removeOnFail: true };

class BullBell implements Bell {
  readonly #place: BellPlace;
  readonly #log: Logger;
  readonly #leaseMs: number;
  readonly #clock: Clock;
  readonly #rings: BellQueue;
  readonly #times: BellQueue;
  readonly #workers: BellWorker[] = [];
  readonly #schedules = new Map<string, number>();
  readonly #handlers = new Map<string, (key: string) => Promise<void>>();
  readonly #lookAfter: NodeJS.Timeout;
  #timesWorker: Promise<void> | undefined;

  constructor(place: BellPlace, log: Logger, { leaseMs, clock = systemClock }: BellOptions) {
    this.#place = place;
    this.#log = log;
    this.#leaseMs = leaseMs;
    this.#clock = clock;
    this.#rings = this.#heard(place.queue(RINGS));
    this.#times = this.#heard(place.queue(TIMES));
    this.#lookAfter = setInterval(() => void this.#setMissing(), LOOK_AFTER_MS).unref();
  }

  async ring(lane: string): Promise<void> {
    const deduplication = { id: lane, keepLastIfActive: true };
    await this.#rings
      .add('ring', lane, { ...LEAVE_NO_TRACE, deduplication })
      .catch((error: unknown) => this.#log.warn({ err: error, lane }, 'bell: could not ring'));
  }

  async onRing(handler: (lane: string) => Promise<void>, concurrency: number): Promise<void> {
    await this.#work(RINGS, (job: Job<string>) => handler(job.data), concurrency);
  }

  async every(name: string, ms: number, handler: () => Promise<void>): Promise<void> {
    this.#handlers.set(name, handler);
    this.#schedules.set(name, ms);
    await this.#setSchedule(name, ms);
    await this.#workOnTimes();
  }

  async onTime(name: string, handler: (key: string) => Promise<void>): Promise<void> {
    this.#handlers.set(name, handler);
    await this.#workOnTimes();
  }

  async at(name: string, key: string, date: Date): Promise<void> {
    const delay = Math.max(0, date.getTime() - this.#clock.now().getTime());
    await this.#times
      .add(name, key, {
        ...LEAVE_NO_TRACE,
        delay,
        deduplication: { id: `${name}/${key}` },
        // A process that does not know this name yet (it is just starting) hands it on.
        attempts: 20,
        backoff: { type: 'fixed', delay: 1_000 },
      })
      .catch((error: unknown) => this.#log.warn({ err: error, name, key }, 'bell: could not set the alarm'));
  }

  async stopListening(): Promise<void> {
    clearInterval(this.#lookAfter);
    await Promise.all(this.#workers.map((worker) => worker.close()));
  }

  async close(): Promise<void> {
    await this.stopListening();
    await Promise.all([this.#rings.close(), this.#times.close()]);
    await this.#place.close();
  }

  #workOnTimes(): Promise<void> {
    const run = async ({ name, data }: Job<string>) => {
      const handler = this.#handlers.get(name);
      if (!handler) throw new Error(`nothing here answers to ${name}`);
      await handler(data);
    };
    // Several at once, so that one slow sweep does not hold up an alarm.
    this.#timesWorker ??= this.#work(TIMES, run, 8);
    return this.#timesWorker;
  }

  async #work(queue: string, run: (job: Job<string>) => Promise<void>, concurrency: number): Promise<void> {
    const logged: Processor = async (job) => {
      try {
        await run(job);
      } catch (error) {
        this.#log.error(
          { err: error, job: job.name, data: job.data },
          'bell: the work that was rung for failed',
        );
        throw error;
      }
    };
    const worker = this.#place.worker(queue, logged, {
      concurrency,
      // Half of the lane's lease, looked at often: when the lease of a dead process ends, somebody stands there waiting.
      // That a job is handed on too early does no harm, since the lease decides who drains.
      lockDuration: Math.floor(this.#leaseMs / 2),
      stalledInterval: Math.max(250, Math.floor(this.#leaseMs / 10)),
      // Whoever dies with it, the job goes to the next one; counting the deaths would lose it.
      maxStalledCount: 1_000_000,
    });
    this.#workers.push(this.#heard(worker));
    await worker.waitUntilReady();
  }

  async #setSchedule(name: string, ms: number): Promise<void> {
    await this.#times.upsertJobScheduler(name, { every: ms }, { name, data: '', opts: LEAVE_NO_TRACE });
  }

  async #setMissing(): Promise<void> {
    try {
      for (const [name, ms] of this.#schedules) {
        if (!(await this.#times.getJobScheduler(name))) await this.#setSchedule(name, ms);
      }
    } catch (error) {
      this.#log.warn({ err: error }, 'bell: could not look after the schedules');
    }
  }

  /** BullMQ reports lost connections as events; without a listener they would end the process. */
  #heard<T extends BellQueue | BellWorker>(one: T): T {
    one.on('error', (error) => this.#log.warn({ err: error }, 'bell: BullMQ reports'));
    return one;
  }
}
