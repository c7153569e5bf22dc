import { cancelForbidden, LIVE_SQL } from '../outbox/index.ts';
import type { RecipientId } from '../store/ids.ts';
import type { Prisma } from '../store/prisma/client.ts';
import type { Reason } from './reasons.ts';

/**
 * Takes back what was to be said to these recipients, because it is not true any more: a bill has been paid. What waits
 * is cancelled, what is being sent gets no second try. Whom it has reached it has reached. The caller holds the rights
 * alone (lockRights).
 * @returns those who have not got it and will not: what else stood in the message has to be told anew
 */
export async function withdraw(
  tx: Prisma.TransactionClient,
  recipients: readonly RecipientId[],
  reason: Reason,
  now: Date,
): Promise<RecipientId[]> {
  if (!recipients.length) return [];
  await tx.$executeRaw`
    update recipient set withdrawn = ${reason} where id = any(${[...recipients]}::bigint[]) and outcome = 'waiting'`;
  await cancelForbidden(tx, { recipients }, now);
  const rows = await tx.$queryRawUnsafe<{ id: RecipientId }[]>(
    `update recipient r set outcome = 'notReached', reason = $2
      where r.id = any($1::bigint[]) and r.outcome = 'waiting'
        and not exists (select 1 from delivery d where d.recipient_id = r.id and d.state in ${LIVE_SQL})
     returning r.id::text as id`,
    [...recipients],
    reason,
  );
  return rows.map((row) => row.id);
}
