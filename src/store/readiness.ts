import type { Database } from './database.ts';

/** Whether work can be done: the database answers. */
export async function readiness(db: Database): Promise<{ ready: boolean; checks: Record<string, boolean> }> {
  const database = await db.pool.query('select 1').then(
    () => true,
    () => false,
  );
  return { ready: database, checks: { database } };
}
