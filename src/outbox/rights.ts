import type { PoolClient } from 'pg';
import type { DeliveryId } from '../store/ids.ts';

/** The lock under which rights change; see notices/rights.ts for who holds it how. */
export const rightsLockName = (schoolId: string): string => `rights:${schoolId}`;

const HOLD_RIGHTS = `
select pg_advisory_xact_lock_shared(hashtextextended(name, 0))
  from (select distinct 'rights:' || school_id as name from delivery where id = any($1::bigint[]) order by 1) locks`;

// A notice that is being superseded is waited for; so the next statement sees it.
const HOLD_NOTICES = `
select from notice where id in (select notice_id from delivery where id = any($1::bigint[])) order by id for share`;

/** Keeps consents, contacts and notices of these deliveries as they are until the transaction ends. */
export async function holdRightsOf(client: PoolClient, deliveries: readonly DeliveryId[]): Promise<void> {
  await client.query(HOLD_RIGHTS, [deliveries]);
  await client.query(HOLD_NOTICES, [deliveries]);
}
