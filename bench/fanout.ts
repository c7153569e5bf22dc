import { openOffice } from '../src/office.ts';
import { benchSettings, forkStandIn, judge, makeTables, megabytes, print, range, TOKEN } from './bench.ts';
import { holdAccount, tell } from './ground.ts';
import { seedSchool } from './seed.ts';

const ROUNDS = 3;
const RECIPIENTS = 250_000;

/** How long it takes until a notice to 250 000 recipients is durable, with all its deliveries, and what memory it needs. */
export async function fanout(): Promise<boolean> {
  const standIn = await forkStandIn(1, 0);
  const { settings, clean } = benchSettings(standIn.root);
  makeTables(settings);
  const office = await openOffice(settings, { as: 'hub' });
  try {
    const school = await seedSchool(office, 'Trường thử', RECIPIENTS, { botToken: TOKEN });
    // Nobody sends: the deliveries wait.
    await holdAccount(office, school.accountId, 'bench');
    const seconds: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const begin = performance.now();
      await tell(office, school, `fanout-${round}`);
      seconds.push((performance.now() - begin) / 1000);
      const { rows } = await office.db.pool.query(
        `select count(*)::int as count from delivery where state = 'pending'`,
      );
      if (rows[0].count !== RECIPIENTS * (round + 1)) throw new Error('not every recipient has a delivery');
    }
    const sorted = seconds.toSorted((a, b) => a - b);
    print(`fanout: ${RECIPIENTS} recipients with deliveries, seconds: ${range(seconds, 2)}`);
    const quick = judge('fanout of 250 000, seconds (median)', sorted[Math.floor(ROUNDS / 2)] ?? Number.NaN, {
      most: 5,
    });
    const small = judge('memory of this process while they wait, MB', megabytes(), { most: 200 }, 0);
    return quick && small;
  } finally {
    await office.close();
    standIn.stop();
    clean();
  }
}
