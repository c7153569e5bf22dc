import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Pace } from '../../src/channels/pace.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** Sends `count` messages as a lane does, each answered after its latency. @returns when each one left. */
async function send(
  pace: Pace,
  count: number,
  latency: (index: number) => number,
): Promise<{ from: number; to: number }[]> {
  const times: { from: number; to: number }[] = [];
  const answers: Promise<void>[] = [];
  const all = (async () => {
    for (let index = 0; index < count; index++) {
      await pace.start();
      const one = { from: performance.now(), to: Number.POSITIVE_INFINITY };
      times.push(one);
      answers.push(
        new Promise((resolve) => {
          setTimeout(() => {
            one.to = performance.now();
            pace.answered('someone');
            resolve();
          }, latency(index));
        }),
      );
    }
    await Promise.all(answers);
  })();
  let through = false;
  all.finally(() => {
    through = true;
  });
  while (!through) await vi.advanceTimersByTimeAsync(20);
  await all;
  return times;
}

/** Most of these instants in any half-open second. */
const busiestSecond = (instants: readonly number[]): number => {
  const sorted = instants.toSorted((a, b) => a - b);
  return Math.max(...sorted.map((from) => sorted.filter((at) => at >= from && at < from + 1000).length));
};

describe('the pace of an account', () => {
  it('holds in every second, wherever between start and answer the provider counts', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 30 }),
        fc.array(fc.integer({ min: 0, max: 900 }), { minLength: 1, maxLength: 7 }),
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 5 }),
        async (perSecond, latencies, places) => {
          const pick = <T>(list: readonly T[], index: number) => list[index % list.length] as T;
          const times = await send(new Pace(perSecond, 0), perSecond * 2 + 5, (index) =>
            pick(latencies, index),
          );
          const counted = times.map(({ from, to }, index) => from + (to - from) * pick(places, index));
          expect(busiestSecond(counted)).toBeLessThanOrEqual(perSecond);
        },
      ),
      { numRuns: 15 },
    );
  });

  it('is used up when the provider answers at once', async () => {
    const times = await send(new Pace(28, 0), 29 * 4, () => 1);
    const seconds = ((times.at(-1)?.from ?? 0) - (times[0]?.from ?? 0)) / 1000;
    expect((times.length - 1) / seconds).toBeGreaterThanOrEqual(28 * 0.95);
  });

  it('is spread over the second: no burst at its beginning', async () => {
    const times = await send(new Pace(10, 0), 20, () => 1);
    const gaps = times.slice(1).map(({ from }, index) => from - (times[index]?.from ?? 0));
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(50);
  });

  it('may be less than whole numbers in a second: a hundred in a minute are evenly spread', async () => {
    const times = await send(new Pace(100 / 60, 0), 60, () => 150);
    const seconds = ((times.at(-1)?.from ?? 0) - (times[0]?.from ?? 0)) / 1000;
    expect(59 / seconds).toBeCloseTo(100 / 60, 1);
    expect(busiestSecond(times.map(({ from }) => from))).toBeLessThanOrEqual(2);
  });

  it('does not save up places while nothing is sent', async () => {
    const pace = new Pace(10, 0);
    await send(pace, 2, () => 1);
    await vi.advanceTimersByTimeAsync(60_000);
    const times = await send(pace, 12, () => 1);
    expect(times.filter(({ from }) => from < (times[0]?.from ?? 0) + 200).length).toBeLessThanOrEqual(4);
  });

  it('gives a place that was not used to the next one', async () => {
    const pace = new Pace(1, 0);
    await pace.start();
    pace.cancelled();
    const [one] = await send(pace, 1, () => 1);
    expect(one).toBeDefined();
  });

  it('may change while places are held: what is on its way counts on', async () => {
    const pace = new Pace(2, 0);
    const held = Promise.all([pace.start(), pace.start()]);
    await vi.advanceTimersByTimeAsync(1000);
    await held;
    pace.change(3, 0);
    const third = pace.start();
    await vi.advanceTimersByTimeAsync(1000);
    await third;
    let fourth = false;
    pace.start()?.then(() => {
      fourth = true;
    });
    await vi.advanceTimersByTimeAsync(5000);
    expect(fourth).toBe(false);
    pace.answered('someone');
    await vi.advanceTimersByTimeAsync(900);
    expect(fourth).toBe(false);
    await vi.advanceTimersByTimeAsync(200);
    expect(fourth).toBe(true);
    // Without a limit nobody waits any more, also who waits already.
    let fifth = false;
    pace.start()?.then(() => {
      fifth = true;
    });
    pace.change(0, 0);
    await vi.advanceTimersByTimeAsync(10);
    expect(fifth).toBe(true);
  });

  it('of 0 means no limit: nobody waits', () => {
    expect(new Pace(0, 0).start()).toBeUndefined();
  });
});

describe('the rest of an address', () => {
  it('lasts from the start of a message to its time after the answer; other addresses need none', async () => {
    const pace = new Pace(0, 1000);
    expect(pace.restFor('a')).toBe(0);
    pace.started('a');
    expect(pace.restFor('a')).toBeGreaterThanOrEqual(1000);
    expect(pace.restFor('b')).toBe(0);
    await vi.advanceTimersByTimeAsync(300);
    pace.answered('a');
    expect(pace.restFor('a')).toBe(1000);
    await vi.advanceTimersByTimeAsync(999);
    expect(pace.restFor('a')).toBe(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(pace.restFor('a')).toBe(0);
  });

  it('is remembered for the latest thousands of addresses only, so that memory stays small', () => {
    const pace = new Pace(0, 1000);
    for (let index = 0; index < 10_001; index++) pace.answered(`chat ${index}`);
    expect(pace.restFor('chat 0')).toBe(0);
    expect(pace.restFor('chat 10000')).toBe(1000);
  });
});
