import { randomUUID } from 'node:crypto';
import pino from 'pino';
import { afterEach, describe, expect, it } from 'vitest';
import { type Bell, type BellOptions, hangBell } from '../../src/store/bell.ts';
import type { BellPlace } from '../../src/store/bell-place.ts';
import { until } from '../harness/index.ts';

/** A place as one process of the cluster sees it. `empty` wipes what BullMQ has stored, as a flushed Redis would be. */
export type PlaceMaker = { open(): Promise<BellPlace>; empty(): Promise<void> };

const log = pino({ level: 'silent' });

/** What every place of the bell must do; run on each of them. */
export function bellSuite(name: string, place: () => PlaceMaker): void {
  describe(`the bell on ${name}`, () => {
    const open: Bell[] = [];
    const hang = async (options: Partial<BellOptions> = {}) => {
      const bell = await hangBell(await place().open(), log, { leaseMs: 30_000, fresh: false, ...options });
      open.push(bell);
      return bell;
    };
    const lane = () => `lane:${randomUUID()}`;

    afterEach(async () => {
      await Promise.all(open.splice(0).map((bell) => bell.close()));
      await place().empty();
    });

    it('calls the handler with the lane that was rung', async () => {
      const bell = await hang();
      const heard: string[] = [];
      await bell.onRing(async (rung) => void heard.push(rung), 2);
      const mine = lane();
      await bell.ring(mine);
      await until('the ring to be heard', () => heard.includes(mine));
    });

    it('makes exactly one more run of twenty rings that come while a lane is drained', async () => {
      const bell = await hang();
      const mine = lane();
      let runs = 0;
      let letGo = () => {};
      const held = new Promise<void>((resolve) => {
        letGo = resolve;
      });
      await bell.onRing(async (rung) => {
        if (rung === mine && ++runs === 1) await held;
      }, 4);
      await bell.ring(mine);
      await until('the first run', () => runs === 1);
      await Promise.all(Array.from({ length: 20 }, () => bell.ring(mine)));
      letGo();
      await until('the second run', () => runs === 2);
      // Rung after them: when this one is through, a third run would have been as well.
      let through = false;
      const other = lane();
      const second = await hang();
      await second.onRing(async (rung) => {
        through ||= rung === other;
      }, 1);
      await bell.close();
      open.splice(open.indexOf(bell), 1);
      await second.ring(other);
      await until('the other lane', () => through);
      expect(runs).toBe(2);
    });

    it('does not let one lane wait for another that is being drained', async () => {
      const bell = await hang();
      const [slow, quick] = [lane(), lane()];
      let letGo = () => {};
      const held = new Promise<void>((resolve) => {
        letGo = resolve;
      });
      const heard: string[] = [];
      await bell.onRing(async (rung) => {
        heard.push(rung);
        if (rung === slow) await held;
      }, 2);
      await bell.ring(slow);
      await until('the slow lane to begin', () => heard.includes(slow));
      await bell.ring(quick);
      await until('the quick lane', () => heard.includes(quick));
      letGo();
    });

    it('answers the next ring of a lane whose handler threw', async () => {
      const bell = await hang();
      const mine = lane();
      let runs = 0;
      await bell.onRing(async () => {
        if (++runs === 1) throw new Error('a bug');
      }, 1);
      await bell.ring(mine);
      await until('the run that fails', () => runs === 1);
      await until('a later ring to be answered', async () => {
        await bell.ring(mine);
        return runs >= 2;
      });
    });

    it('hands the lane of a process that died to another one, however often that happens', async () => {
      const mine = lane();
      const places: BellPlace[] = [];
      for (let death = 0; death < 3; death++) {
        const doomed = await place().open();
        places.push(doomed);
        let begun = false;
        // A killed process: it took the job and is never heard of again; no lock is renewed, nothing is closed.
        const run = () => {
          begun = true;
          return new Promise<never>(() => {});
        };
        const worker = doomed.worker('rings', run, {
          concurrency: 1,
          lockDuration: 200,
          skipLockRenewal: true,
          stalledInterval: 100,
          maxStalledCount: 1_000_000,
        });
        worker.on('error', () => undefined);
        if (death === 0) await (await hang()).ring(mine);
        await until(`process ${death + 1} to take the lane`, () => begun);
        await worker.close(true);
      }
      const bell = await hang({ leaseMs: 1_000 });
      const heard: string[] = [];
      await bell.onRing(async (rung) => void heard.push(rung), 1);
      await until('the living process to take over', () => heard.includes(mine));
      for (const one of places) await one.close();
    });

    it('of a process that listens no more are heard by the others', async () => {
      const mine = lane();
      const heard: string[] = [];
      const leaving = await hang();
      await leaving.onRing(async () => void heard.push('leaving'), 1);
      const staying = await hang();
      await leaving.stopListening();
      await staying.onRing(async () => void heard.push('staying'), 1);
      for (let round = 1; round <= 5; round++) {
        await leaving.ring(mine);
        await until('it to be heard', () => heard.length === round);
      }
      expect(new Set(heard)).toEqual(new Set(['staying']));
    });

    it('of a hub that is alone is free at once after a kill', async () => {
      const mine = lane();
      const doomed = await place().open();
      let begun = false;
      const run = () => {
        begun = true;
        return new Promise<never>(() => {});
      };
      const worker = doomed.worker('rings', run, {
        concurrency: 1,
        lockDuration: 60_000,
      });
      worker.on('error', () => undefined);
      await (await hang()).ring(mine);
      await until('the doomed hub to take the lane', () => begun);
      await worker.close(true);
      const bell = await hang({ fresh: true });
      const heard: string[] = [];
      await bell.onRing(async (rung) => void heard.push(rung), 1);
      await bell.ring(mine);
      await until('the new hub to drain the lane', () => heard.includes(mine), { withinMs: 3_000 });
      await doomed.close();
    });

    it('goes by the clock that it is given, as a hub whose clock is put forward does', async () => {
      const hour = 3_600_000;
      const bell = await hang({ clock: { now: () => new Date(Date.now() + hour) } });
      const went: string[] = [];
      await bell.onTime('confirmBy', async (key) => void went.push(key));
      await bell.at('confirmBy', 'notice-1', new Date(Date.now() + hour + 200));
      await until('the alarm to go off', () => went.join() === 'notice-1');
    });

    it('runs a schedule once in a cluster of two', async () => {
      const ran: string[] = [];
      for (const who of ['a', 'b']) {
        const bell = await hang();
        await bell.every('sweep', 200, async () => void ran.push(`${who}${Math.floor(Date.now() / 200)}`));
      }
      const begin = Date.now();
      // What the first one ran before the second one was there does not count.
      const before = ran.length;
      await until('five sweeps', () => ran.length >= before + 5);
      // Twice in each beat would be five sweeps in 400 ms; once in each beat takes 800 ms and more.
      expect(Date.now() - begin).toBeGreaterThan(600);
    });

    it('sets its schedules again after everything was flushed', async () => {
      const before = await hang();
      await before.every('sweep', 100, async () => undefined);
      await before.close();
      open.splice(open.indexOf(before), 1);
      await place().empty();
      const after = await hang();
      let swept = 0;
      await after.every('sweep', 100, async () => void swept++);
      await until('two sweeps', () => swept >= 2);
    });

    it('goes off at its time, once for each key, also when it was set twice', async () => {
      const bell = await hang();
      const off: string[] = [];
      await bell.onTime('confirmBy', async (key) => void off.push(key));
      const soon = new Date(Date.now() + 300);
      await bell.at('confirmBy', 'notice-1', soon);
      await bell.at('confirmBy', 'notice-1', soon);
      await bell.at('confirmBy', 'notice-2', new Date(Date.now() + 600));
      await until('both alarms', () => off.includes('notice-2'));
      expect(Date.now()).toBeGreaterThanOrEqual(soon.getTime());
      expect(off).toEqual(['notice-1', 'notice-2']);
    });

    it('goes off at once when the time is past, and in a process that starts later', async () => {
      const setter = await hang();
      await setter.at('confirmBy', 'late', new Date(0));
      const bell = await hang();
      const off: string[] = [];
      await bell.onTime('confirmBy', async (key) => void off.push(key));
      await until('the alarm', () => off.includes('late'));
    });

    it('waits for running work when it closes', async () => {
      const bell = await hang();
      let state = 'waiting';
      let letGo = () => {};
      await bell.onRing(async () => {
        state = 'running';
        await new Promise<void>((resolve) => {
          letGo = resolve;
        });
        state = 'done';
      }, 1);
      await bell.ring(lane());
      await until('the work to begin', () => state === 'running');
      const closed = bell.close().then(() => state);
      open.splice(open.indexOf(bell), 1);
      letGo();
      expect(await closed).toBe('done');
    });
  });
}
