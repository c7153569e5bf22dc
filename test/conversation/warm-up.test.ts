import { expect, it } from 'vitest';
import { warmUp } from '../../src/conversation/care/warm-up.ts';
import { NOON, testDatabase } from '../harness/index.ts';

it('a process that starts takes few connections: those of a whole cluster have to fit into one PostgreSQL', async () => {
  const db = await testDatabase();
  await warmUp({ db, clock: { now: () => NOON } });
  expect(db.pool.totalCount).toBeGreaterThan(1);
  expect(db.pool.totalCount).toBeLessThanOrEqual(4);
});
