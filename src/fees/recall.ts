import { withdraw } from '../notices/index.ts';
import type { Prisma } from '../store/prisma/client.ts';
import { schoolDay } from '../time/index.ts';

/**
 * Stops what was planned to be said about these bills, reminders and changes, at once; the bills have already been brought
 * to what they are now. What else stood in the same messages is told anew, and so are those of the bills that are still
 * to be paid. The caller holds the school's rights alone (lockRights).
 */
export async function recallMessages(
  tx: Prisma.TransactionClient,
  billIds: readonly string[],
  now: Date,
): Promise<void> {
  if (!billIds.length) return;
  const told = await tx.$queryRaw<{ id: string }[]>`
    select distinct r.id::text as id from bill_told t join recipient r on r.id = t.recipient_id and r.outcome = 'waiting'
     where t.bill_id = any(${[...billIds]}::uuid[])`;
  const unsent = await withdraw(
    tx,
    told.map((row) => row.id),
    'settled',
    now,
  );
  if (!unsent.length) return;
  await tx.$executeRaw`
    update bill b set step = least(b.step, t.step), next_on = ${schoolDay(now)}
      from (select bill_id, min(step) as step from bill_told
             where recipient_id = any(${unsent}::bigint[]) and news is null group by bill_id) t
     where b.id = t.bill_id and b.state = 'open' and b.claimed_at is null and b.paid < b.amount`;
  await tx.$executeRaw`
    update bill b set news = coalesce(b.news, t.news) from bill_told t
     where t.recipient_id = any(${unsent}::bigint[]) and t.news is not null and b.id = t.bill_id`;
  await tx.$executeRaw`delete from bill_told where recipient_id = any(${unsent}::bigint[])`;
  await tx.$executeRaw`delete from fee_day where recipient_id = any(${unsent}::bigint[])`;
}

/** Those who were told of these bills will hear what has become of them, with the next messages. */
export async function noteNews(
  tx: Prisma.TransactionClient,
  billIds: readonly string[],
  news: 'changed' | 'cancelled' | 'exempt' | 'reopened',
): Promise<void> {
  await tx.$executeRaw`
    update bill b set news = ${news} where b.id = any(${[...billIds]}::uuid[])
       and exists (select from bill_told t where t.bill_id = b.id)`;
}
