import { describe, expect, it } from 'vitest';
import { Settler } from '../../src/dispatch/settler.ts';
import type { Settlement } from '../../src/outbox/index.ts';
import { until } from '../harness/index.ts';

const accepted = (id: number) => ({ id: String(id), providerId: `p${id}`, partsSent: 1 });
const retry = (id: number) => ({
  id: String(id),
  attempt: 1,
  dueAt: new Date(0),
  reason: null,
  detail: '',
  inDoubt: false,
  partsSent: 0,
  counts: true,
});

/** A database that answers when it is told to. */
function slowDatabase() {
  const batches: Settlement[] = [];
  const answers: { yes: () => void; no: (error: Error) => void }[] = [];
  const write = (batch: Settlement) => {
    batches.push(batch);
    return new Promise<void>((yes, no) => answers.push({ yes, no }));
  };
  return { batches, answers, settler: new Settler(write) };
}
const ids = (batch: Settlement | undefined) => batch?.accepted.map((row) => Number(row.id));

describe('the settler', () => {
  it('writes a hundred outcomes together without waiting, and the rest within a moment', async () => {
    const { batches, answers, settler } = slowDatabase();
    for (let id = 0; id < 130; id++) settler.accepted(accepted(id));
    await until('the first batch', () => batches.length === 1);
    expect(ids(batches[0])).toEqual(Array.from({ length: 100 }, (_, id) => id));
    answers[0]?.yes();
    await until('the rest', () => batches.length === 2);
    expect(ids(batches[1])).toHaveLength(30);
  });

  it('writes one batch after the other, so that an older outcome never overwrites a newer one', async () => {
    const { batches, answers, settler } = slowDatabase();
    for (let id = 0; id < 250; id++) settler.accepted(accepted(id));
    const flushed = settler.flush();
    await until('the first batch', () => batches.length === 1);
    await Promise.resolve();
    expect(batches).toHaveLength(1);
    for (let batch = 0; batch < 3; batch++) {
      await until(`batch ${batch}`, () => batches.length === batch + 1);
      answers[batch]?.yes();
    }
    await flushed;
    expect(batches.flatMap((batch) => ids(batch) ?? [])).toEqual(Array.from({ length: 250 }, (_, id) => id));
  });

  it('keeps the kinds of outcomes apart in one batch', async () => {
    const { batches, answers, settler } = slowDatabase();
    settler.accepted(accepted(1));
    settler.retry(retry(2));
    settler.givenUp({ id: '3', attempt: 1, state: 'failed', reason: 'refused', detail: '', partsSent: 0 });
    const flushed = settler.flush();
    await until('the batch', () => batches.length === 1);
    answers[0]?.yes();
    await flushed;
    expect(batches[0]).toMatchObject({
      accepted: [{ id: '1' }],
      retries: [{ id: '2' }],
      givenUp: [{ id: '3' }],
    });
  });

  it('has nothing to write when nothing happened', async () => {
    const { batches, settler } = slowDatabase();
    await settler.flush();
    expect(batches).toEqual([]);
  });

  it('says so when a write fails: nothing is taken as settled, and the lane can see it at once', async () => {
    const { batches, answers, settler } = slowDatabase();
    for (let id = 0; id < 100; id++) settler.accepted(accepted(id));
    await until('the batch', () => batches.length === 1);
    expect(settler.error).toBeUndefined();
    answers[0]?.no(new Error('disk full'));
    await until('the error', () => settler.error !== undefined);
    await expect(settler.flush()).rejects.toThrow('disk full');
    // The first cause stays, and what comes after is still written: these rows have an outcome.
    settler.retry(retry(200));
    const flushed = settler.flush();
    flushed.catch(() => undefined);
    await until('the next batch', () => batches.length === 2);
    answers[1]?.no(new Error('still full'));
    await expect(flushed).rejects.toThrow('disk full');
  });
});
