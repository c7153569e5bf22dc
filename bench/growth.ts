import { openOffice } from '../src/office.ts';
import { benchSettings, forkStandIn, judge, makeTables, median, megabytes, print, TOKEN } from './bench.ts';
import { holdAccount, tell } from './ground.ts';
import { seedSchool } from './seed.ts';

const CLASS_SIZE = 40;
const SIZES = [10_000, 100_000, 1_000_000];
const LARGEST = 1_000_000;
const ROUNDS = 3;

/** Whether the cost of a recipient stays the same from 10 000 to 1 000 000, and the memory of the hub with it. */
export async function growth(): Promise<boolean> {
  const standIn = await forkStandIn(1, 0);
  const { settings, clean } = benchSettings(standIn.root);
  makeTables(settings);
  const office = await openOffice(settings, { as: 'hub' });
  try {
    const school = await seedSchool(office, 'Trường thử', LARGEST, { botToken: TOKEN });
    await holdAccount(office, school.accountId, 'bench');
    const cost = new Map<number, number>();
    for (const size of SIZES) {
      const classIds = school.classIds.slice(0, size / CLASS_SIZE);
      const micros: number[] = [];
      for (let round = 0; round < (size === LARGEST ? 1 : ROUNDS); round++) {
        const begin = performance.now();
        const id = await tell(
          office,
          school,
          `growth-${size}-${round}`,
          size === LARGEST ? {} : { classIds },
        );
        micros.push(((performance.now() - begin) * 1000) / size);
        const waiting = await office.db.prisma.delivery.count({ where: { noticeId: id, state: 'pending' } });
        if (waiting !== size) throw new Error(`${waiting} deliveries for ${size} recipients`);
      }
      cost.set(size, median(micros));
      print(`growth: ${size} recipients: ${median(micros).toFixed(1)} µs each, memory ${megabytes()} MB`);
    }
    const ratio = (cost.get(LARGEST) ?? Number.NaN) / (cost.get(10_000) ?? Number.NaN);
    return [
      judge('cost of a recipient, 1 000 000 ÷ 10 000', ratio, { most: 1.5 }),
      judge('memory of this process while they wait, MB', megabytes(), { most: 200 }, 0),
    ].every(Boolean);
  } finally {
    await office.close();
    standIn.stop();
    clean();
  }
}
