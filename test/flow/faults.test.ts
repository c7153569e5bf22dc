import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Ground, openGround } from '../../faults/ground.ts';
import { play } from '../../faults/play.ts';
import { ROWS } from '../../faults/table.ts';

// The table of `npm run faults`, row by row, over a whole hub.

let ground: Ground;
beforeAll(async () => {
  ground = await openGround();
});
afterAll(() => ground.close());

it.each(ROWS.map((row) => [`${row.channel}: ${row.fault}`, row] as const))(
  '%s',
  async (_, row) => {
    const { wrong } = await play(ground, row);
    expect(wrong).toEqual([]);
  },
  60_000,
);
