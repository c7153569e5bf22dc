import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { holdUntil, lastWeekly, schoolMinuteOfDay } from '../../src/time/index.ts';
import { testDatabase } from '../harness/index.ts';

const MINUTE_MS = 60_000;
const DAY_MIN = 24 * 60;

const { pool } = await testDatabase();
const zoneBefore = process.env.TZ;
afterEach(() => {
  process.env.TZ = zoneBefore;
});

/** The wall clock at school, from the tables of time zones instead of arithmetic. */
const wall = new Intl.DateTimeFormat('en-GB', {
  timeZone: 'Asia/Ho_Chi_Minh',
  hour: '2-digit',
  minute: '2-digit',
  hourCycle: 'h23',
});
const wallMinute = (at: Date): number => {
  const [hour = 0, minute = 0] = wall.format(at).split(':').map(Number);
  return hour * 60 + minute;
};

const isQuiet = (minute: number, fromMin: number, toMin: number): boolean => {
  for (let quiet = fromMin; quiet !== toMin; quiet = (quiet + 1) % DAY_MIN) if (quiet === minute) return true;
  return false;
};

/** Slow and obvious: go on minute by minute until it is not quiet. */
function reference(at: Date, fromMin: number, toMin: number): Date {
  if (!isQuiet(wallMinute(at), fromMin, toMin)) return at;
  let minute = new Date(Math.floor(at.getTime() / MINUTE_MS) * MINUTE_MS);
  while (isQuiet(wallMinute(minute), fromMin, toMin)) minute = new Date(minute.getTime() + MINUTE_MS);
  return minute;
}

const minuteOfDay = fc.integer({ min: 0, max: DAY_MIN - 1 });
const instant = fc.date({
  min: new Date('1990-01-01T00:00:00Z'),
  max: new Date('2090-01-01T00:00:00Z'),
  noInvalidDate: true,
});

describe('quiet hours', () => {
  it.each([
    'UTC',
    'Asia/Ho_Chi_Minh',
    'America/Caracas',
    'Pacific/Kiritimati',
    'Asia/Kathmandu',
    'Europe/Berlin',
  ])(
    'hold until the same minute in the program, in the database and by the clock on the wall (TZ %s)',
    async (zone) => {
      process.env.TZ = zone;
      const client = await pool.connect();
      try {
        await client.query(`set timezone to '${zone}'`);
        const cases: [Date, number, number][] = [];
        fc.assert(
          fc.property(instant, minuteOfDay, minuteOfDay, (at, fromMin, toMin) => {
            cases.push([at, fromMin, toMin]);
            expect(holdUntil(at, fromMin, toMin)).toEqual(reference(at, fromMin, toMin));
          }),
          { numRuns: 60 },
        );
        const { rows } = await client.query<{ until: string }>(
          `select extract(epoch from hold_until(to_timestamp(ms / 1000.0), from_min, to_min)) * 1000 as until
             from unnest($1::float8[], $2::int[], $3::int[]) with ordinality as x(ms, from_min, to_min, n) order by n`,
          [cases.map(([at]) => at.getTime()), cases.map(([, from]) => from), cases.map(([, , to]) => to)],
        );
        expect(rows.map((row) => Math.round(Number(row.until)))).toEqual(
          cases.map(([at, from, to]) => holdUntil(at, from, to).getTime()),
        );
      } finally {
        await client.query('reset timezone');
        client.release();
      }
    },
  );

  it.each([
    // [at (UTC), until (UTC)] for 21:00–06:30 at school, UTC+7
    ['13:59:59.999', '13:59:59.999'],
    ['14:00:00.000', '23:30:00.000'],
    ['17:00:00.000', '23:30:00.000'],
    ['23:29:59.999', '23:30:00.000'],
    ['23:30:00.000', '23:30:00.000'],
  ])('21:00–06:30 are half open: ready at %s UTC goes out at %s', (at, until) => {
    const on = (time: string) => new Date(`2026-10-05T${time}Z`);
    expect(holdUntil(on(at), 21 * 60, 6 * 60 + 30)).toEqual(on(until));
  });

  it('are none when they end where they begin', () => {
    fc.assert(
      fc.property(instant, minuteOfDay, (at, minute) => {
        expect(holdUntil(at, minute, minute)).toEqual(at);
      }),
    );
  });

  it('never hold into quiet hours again, never longer than a day, never backwards', () => {
    fc.assert(
      fc.property(instant, minuteOfDay, minuteOfDay, (at, fromMin, toMin) => {
        const until = holdUntil(at, fromMin, toMin);
        expect(holdUntil(until, fromMin, toMin)).toEqual(until);
        expect(until.getTime() - at.getTime()).toBeGreaterThanOrEqual(0);
        expect(until.getTime() - at.getTime()).toBeLessThan(DAY_MIN * MINUTE_MS);
      }),
    );
  });
});

describe('the minute of the day at school', () => {
  it('is what the clock on the wall shows, also before 1970', () => {
    expect(schoolMinuteOfDay(new Date('2026-10-05T16:59:59Z'))).toBe(23 * 60 + 59);
    expect(schoolMinuteOfDay(new Date('2026-10-05T17:00:00Z'))).toBe(0);
    expect(schoolMinuteOfDay(new Date(-8 * 60 * MINUTE_MS))).toBe(23 * 60);
  });
});

describe('A time of the week', () => {
  const friday = { day: 5, minute: 17 * 60 };
  it.each([
    ['2026-11-20T10:00:00Z', '2026-11-20T10:00:00.000Z'],
    ['2026-11-20T09:59:59Z', '2026-11-13T10:00:00.000Z'],
    ['2026-11-24T02:00:00Z', '2026-11-20T10:00:00.000Z'],
    ['2026-11-26T23:00:00Z', '2026-11-20T10:00:00.000Z'],
  ])('Friday 17:00 at school, seen from %s, was last %s', (at, was) => {
    expect(lastWeekly(new Date(at), friday).toISOString()).toBe(was);
  });
});
