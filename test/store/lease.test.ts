import { randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import { acquireLease, clearLeases, releaseLease, renewLease } from '../../src/store/lease.ts';
import { testDatabase, until } from '../harness/index.ts';

const { pool } = await testDatabase();
const LONG = 60_000;

describe('a lease', () => {
  let lane: string;
  beforeEach(() => {
    lane = `lane:${randomUUID()}`;
  });

  it('has one owner when twenty ask at once', async () => {
    const owners = Array.from({ length: 20 }, (_, i) => `boot-${i}`);
    const got = await Promise.all(owners.map((owner) => acquireLease(pool, lane, owner, LONG)));
    expect(got.filter(Boolean)).toHaveLength(1);
    const { rows } = await pool.query('select owner from lease where name = $1', [lane]);
    expect(rows).toEqual([{ owner: owners[got.indexOf(true)] }]);
  });

  it('is refused to others and given again to its owner', async () => {
    expect(await acquireLease(pool, lane, 'a', LONG)).toBe(true);
    expect(await acquireLease(pool, lane, 'b', LONG)).toBe(false);
    expect(await acquireLease(pool, lane, 'a', LONG)).toBe(true);
  });

  it('of a dead owner is free when it has run out, and then has one new owner', async () => {
    await acquireLease(pool, lane, 'dead', 30);
    const next = () => Promise.all(['b', 'c', 'd'].map((owner) => acquireLease(pool, lane, owner, LONG)));
    const got = await until('the lease to run out', async () => {
      const answers = await next();
      return answers.some(Boolean) && answers;
    });
    expect(got.filter(Boolean)).toHaveLength(1);
    expect(await renewLease(pool, lane, 'dead', LONG)).toBe(false);
  });

  it('that has run out cannot be renewed, even if nobody took it', async () => {
    await acquireLease(pool, lane, 'slow', -1_000);
    expect(await renewLease(pool, lane, 'slow', LONG)).toBe(false);
  });

  it('is held longer by renewing', async () => {
    await acquireLease(pool, lane, 'a', 5_000);
    expect(await renewLease(pool, lane, 'a', LONG)).toBe(true);
    const { rows } = await pool.query(
      `select until > now() + interval '50 s' as long from lease where name = $1`,
      [lane],
    );
    expect(rows).toEqual([{ long: true }]);
  });

  it('is given back by its owner only', async () => {
    await acquireLease(pool, lane, 'a', LONG);
    await releaseLease(pool, lane, 'b');
    expect(await acquireLease(pool, lane, 'b', LONG)).toBe(false);
    await releaseLease(pool, lane, 'a');
    expect(await acquireLease(pool, lane, 'b', LONG)).toBe(true);
  });

  it('of a hub that was killed is free at once when the hub starts again on its embedded database', async () => {
    await acquireLease(pool, lane, 'killed', LONG);
    await clearLeases(pool);
    expect(await acquireLease(pool, lane, 'new', LONG)).toBe(true);
  });
});
