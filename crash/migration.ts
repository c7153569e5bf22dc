import { readMigrations } from '../src/store/migrate.ts';
import { ready } from './crew.ts';
import { closeMigrationGate } from './gate.ts';
import type { Place } from './place.ts';
import type { Result } from './result.ts';
import { NOTHING } from './tally.ts';
import { until } from './until.ts';

/**
 * kill -9 in the middle of each migration of a first start. Whatever else the run does, it does on the database that
 * comes out of this.
 */
export async function killInMigrations(place: Place, told: (result: Result) => void): Promise<void> {
  const connection = place.server?.connection ?? place.db.connection;
  for (const applied of (await readMigrations()).keys()) {
    const gate = await closeMigrationGate(connection, applied);
    const victim = place.start();
    await until('the migration to be under way', async () => {
      if (!victim.alive()) throw new Error(`it ended instead:\n${victim.said()}`);
      return (await gate.waiting()).length > 0;
    });
    await victim.kill();
    await gate.remove(() => true);
  }
  const next = place.start();
  await ready(next);
  const readyMs = performance.timeOrigin + performance.now() - next.startedAt;
  const { rows } = await place.db.pool.query<{ name: string; done: number }>(
    `select migration_name as name, count(*) filter (where finished_at is not null)::int as done
       from _prisma_migrations where rolled_back_at is null group by 1`,
  );
  const broken = rows.filter(({ done }) => done !== 1).map(({ name }) => `${name} is not there exactly once`);
  next.signal('SIGTERM');
  await next.ended;
  told({
    setup: place.setup,
    point: 'during each migration at start',
    ...NOTHING,
    wentOnMs: readyMs,
    boundMs: null,
    broken,
  });
}
