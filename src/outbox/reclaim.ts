import type { Pool } from 'pg';
import type { AccountId, DeliveryId, RecipientId } from '../store/ids.ts';
import { cancelForbiddenAgain } from './cancel.ts';
import { holdRightsOf } from './rights.ts';

const LEFT = `select id::text as id from delivery where account_id = $1 and state = 'sending' order by id`;

const FREE = `
update delivery set state = 'pending', owner = null, possible_duplicate = true
 where id = any($1::bigint[]) and state = 'sending'`;

/**
 * Frees what was left in `sending`, by a dead owner or by an earlier drain of this process whose outcomes could not be
 * written. Whoever takes a lane calls this first, holding its lease and with nothing on its way. These rows are exactly
 * the sends that may have reached the provider, so they are marked; what was withdrawn meanwhile is cancelled.
 * @returns how many were freed, and the recipients who now need another way: see advance().
 */
export async function reclaim(
  pool: Pool,
  lane: AccountId,
  now: Date,
): Promise<{ freed: number; undelivered: RecipientId[] }> {
  const { rows } = await pool.query<{ id: DeliveryId }>(LEFT, [lane]);
  if (!rows.length) return { freed: 0, undelivered: [] };
  const ids = rows.map((row) => row.id);
  const client = await pool.connect();
  try {
    await client.query('begin');
    await holdRightsOf(client, ids);
    const { rowCount } = await client.query(FREE, [ids]);
    const undelivered = await cancelForbiddenAgain(client, ids, now);
    await client.query('commit');
    return { freed: rowCount ?? 0, undelivered };
  } catch (error) {
    await client.query('rollback').catch(() => undefined);
    throw error;
  } finally {
    client.release();
  }
}
