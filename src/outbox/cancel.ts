import type { PoolClient } from 'pg';
import type { DeliveryId, NoticeId, RecipientId } from '../store/ids.ts';
import type { Prisma } from '../store/prisma/client.ts';
import { PARTS_THAT_MAY } from './rights.ts';

/** Whose rights have changed. */
export type Scope =
  | { guardianId: string }
  | { schoolId: string }
  | { noticeId: NoticeId }
  | { recipients: readonly RecipientId[] };

/** Marks and bills are for guardians whose guardianship gives that right. */
const NO_RIGHT = `(n.purpose = 'marks' and not gs.can_see_marks or n.purpose = 'fees' and not gs.can_pay)`;

/** A message that puts several things together goes out as long as one of them may. */
const IS_DIGEST = `(r.vars is not null and r.vars ? 'parts')`;
const TELLS_OF_ANOTHER = `(${IS_DIGEST} and ${PARTS_THAT_MAY} is not null)`;

/** Nobody is reminded of what was answered, with yes or no, by whichever guardian. */
const REMINDS_ANSWERED = `(d.round > 1 and r.answered_at is not null)`;

// A delivery may go out only while its contact stands, the guardianship stands, the notice stands, nobody has confirmed
// it already, what it says is still true and, for a kind that needs it, the guardian agrees. This runs in the transaction that takes a right away, under the lock of rights.ts, so a
// withdrawal works at once, also on what was planned long before.
//
// The last condition is written so that no index serves it: a planner with old statistics believed that nothing waits, went
// through all that does and compared each with each, which took seconds for the thousand of a dead worker beside 20 000.
const CANCEL_FORBIDDEN = (scope: string) => `
update delivery d set state = 'cancelled', settled_at = $1::timestamptz, reason = f.reason
  from (
    select d.id, case
        when c.state = 'blocked' then 'blocked'
        when c.state = 'unlinked' then 'unlinked'
        when c.state = 'gone' then 'addressUnknown'
        when gs.closed_at is not null then 'notGuardian'
        when n.superseded_at is not null then 'superseded'
        when r.confirmed_at is not null or ${REMINDS_ANSWERED} then 'confirmed'
        when r.withdrawn is not null then r.withdrawn
        when n.purpose is not null and gs.urgent_only then 'urgentOnly'
        when ${NO_RIGHT} then 'mayNotSee'
        when n.purpose is not null and pr.mode = 'off' then 'switchedOff'
        else 'declined' end as reason
      from delivery d
      join recipient r on r.id = d.recipient_id
      join notice n on n.id = d.notice_id
      join contact c on c.id = d.contact_id
      join guardianship gs on gs.guardian_id = r.guardian_id and gs.pupil_id = r.pupil_id
      left join consent co on co.guardian_id = r.guardian_id and co.pupil_id = r.pupil_id
                          and n.purpose is not null and co.purpose::text = n.purpose
      left join preference pr on pr.guardian_id = r.guardian_id and pr.pupil_id = r.pupil_id
                             and n.purpose is not null and pr.purpose::text = n.purpose
     where d.state = 'pending' and ${scope}
       and (c.state in ('blocked', 'unlinked', 'gone') or n.superseded_at is not null
            or r.confirmed_at is not null or r.withdrawn is not null or ${REMINDS_ANSWERED}
            or (gs.closed_at is not null or ${NO_RIGHT} or ${IS_DIGEST}
                or n.purpose is not null and (co.agreed is not true or gs.urgent_only or pr.mode = 'off'))
               and not ${TELLS_OF_ANOTHER})
  ) f
 where d.id = f.id and d.state || '' = 'pending'
returning d.recipient_id::text as "recipientId", d.notice_id as "noticeId"`;

/** Cancels every waiting delivery that may no longer be sent. @returns the recipients concerned: see advance(). */
export async function cancelForbidden(
  tx: Prisma.TransactionClient,
  scope: Scope,
  now: Date,
): Promise<{ recipientId: RecipientId; noticeId: NoticeId }[]> {
  return tx.$queryRawUnsafe(CANCEL_FORBIDDEN(WITHIN[keyOf(scope)]), now, Object.values(scope)[0]);
}

/** The same for deliveries that have just become waiting again; rights are held still (holdRightsOf). */
export async function cancelForbiddenAgain(
  client: PoolClient,
  deliveries: readonly DeliveryId[],
  now: Date,
): Promise<RecipientId[]> {
  const { rows } = await client.query<{ recipientId: RecipientId }>(
    CANCEL_FORBIDDEN('d.id = any($2::bigint[])'),
    [now, deliveries],
  );
  return rows.map((row) => row.recipientId);
}

const WITHIN = {
  guardianId: 'r.guardian_id = $2::uuid',
  schoolId: 'd.school_id = $2::uuid',
  noticeId: 'd.notice_id = $2::uuid',
  recipients: 'd.recipient_id = any($2::bigint[])',
};

const keyOf = (scope: Scope) => Object.keys(scope)[0] as keyof typeof WITHIN;

/** Cancels what still waits of a notice (superseded). @returns the recipients concerned. */
export async function cancelNotice(
  tx: Prisma.TransactionClient,
  noticeId: NoticeId,
  reason: string,
  now: Date,
): Promise<RecipientId[]> {
  const rows = await tx.$queryRaw<{ recipientId: RecipientId }[]>`
    update delivery set state = 'cancelled', settled_at = ${now}, reason = ${reason}
     where notice_id = ${noticeId}::uuid and state = 'pending' returning recipient_id::text as "recipientId"`;
  return rows.map((row) => row.recipientId);
}

/**
 * Ends what could not be sent in time. @returns the recipients concerned.
 *
 * The rows come from an array, which is made once: as a subquery, a planner with old statistics looked for them anew for
 * every row that waited, and a sweep over 20 000 took minutes.
 */
export async function expireOverdue(
  tx: Prisma.TransactionClient,
  now: Date,
  most = 10_000,
): Promise<{ recipientId: RecipientId; noticeId: NoticeId }[]> {
  return tx.$queryRaw`
    update delivery d set state = 'expired', settled_at = ${now}, reason = coalesce(d.reason, 'timedOut')
     where d.id = any(array(select id from delivery where state = 'pending' and expires_at <= ${now} limit ${most} for update skip locked))
       and d.state = 'pending'
    returning d.recipient_id::text as "recipientId", d.notice_id as "noticeId"`;
}
