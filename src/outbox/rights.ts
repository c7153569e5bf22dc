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

/**
 * SQL: whether what is this pupil's own may go to the guardian of recipient `r` at this moment, under this purpose.
 * However a right was taken away, by us or by somebody at the database, it holds at once.
 */
export const mayBeTold = (pupilId: string, purpose: string): string => `exists (
  select 1 from guardianship g
    join consent co on co.guardian_id = g.guardian_id and co.pupil_id = g.pupil_id and co.purpose::text = ${purpose}
    left join preference pr on pr.guardian_id = g.guardian_id and pr.pupil_id = g.pupil_id and pr.purpose::text = ${purpose}
   where g.guardian_id = r.guardian_id and g.pupil_id = ${pupilId} and g.closed_at is null
     and not g.urgent_only and co.agreed and pr.mode is distinct from 'off'
     and (${purpose} <> 'marks' or g.can_see_marks) and (${purpose} <> 'fees' or g.can_pay))`;

/**
 * SQL: the parts of a message that puts several things together (vars.parts, each with its pupilId, its purpose and, in a
 * digest, the recipientId under which it would have been told alone) which may go out and are still true; null when none is.
 */
export const PARTS_THAT_MAY = `(
  select jsonb_agg(part order by place)
    from jsonb_array_elements(r.vars -> 'parts') with ordinality as parts(part, place)
   where ${mayBeTold("(part ->> 'pupilId')::uuid", "(part ->> 'purpose')")}
     and (not part ? 'recipientId' or exists (select 1 from recipient o join notice ono on ono.id = o.notice_id
                  where o.id = (part ->> 'recipientId')::bigint and o.withdrawn is null and ono.superseded_at is null)))`;

/** SQL: what recipient `r`'s message is filled with, without the parts that may not go out; `parts` is null when none may. */
export const VARS_THAT_MAY = `case when r.vars ? 'parts' then r.vars || jsonb_build_object('parts', ${PARTS_THAT_MAY}) else r.vars end`;
