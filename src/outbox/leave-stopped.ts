import type { NoticeId, RecipientId } from '../store/ids.ts';
import type { Prisma } from '../store/prisma/client.ts';

// Only those who have somewhere to go: an active contact that this recipient was not tried by, on an account that is
// not stopped. Who has none waits for the person who mends the account: a late notice is better than none.
//
// Accounts and rows come from arrays, which are made once each: as a subquery, a planner with old statistics looked for them
// anew for every row that waited, and a worker that started beside 20 000 was not ready for minutes.
const LEAVE_STOPPED = `
update delivery d set state = 'expired', settled_at = $1::timestamptz, reason = 'channelStopped'
 where d.state = 'pending' and d.id = any(array(
   select w.id
     from delivery w
     join notice n on n.id = w.notice_id and n.kind = any($3::text[])
     join recipient r on r.id = w.recipient_id
    where w.account_id = any(array(select id from channel_account where stopped_reason is not null))
      and w.state = 'pending' and w.round = 1 and w.due_at <= $2::timestamptz
      and exists (select 1 from contact k join channel_account b on b.id = k.account_id and b.stopped_reason is null
                   where k.guardian_id = r.guardian_id and k.state = 'active' and k.channel = any($4::text[])
                     and not exists (select 1 from delivery t where t.recipient_id = r.id and t.contact_id = k.id))
    limit $5 for update of w skip locked))
returning d.recipient_id::text as "recipientId", d.notice_id as "noticeId"`;

/**
 * Ends what has been due since `dueBefore` on an account that only a person can mend, where the guardian has another
 * contact.
 * @param to kinds of notices that are told by one contact after the other, and the channels of this hub.
 * @returns the recipients who now need another way: see advance().
 */
export async function leaveStopped(
  tx: Prisma.TransactionClient,
  dueBefore: Date,
  to: { kinds: readonly string[]; channels: readonly string[] },
  now: Date,
  most = 10_000,
): Promise<{ recipientId: RecipientId; noticeId: NoticeId }[]> {
  return tx.$queryRawUnsafe(LEAVE_STOPPED, now, dueBefore, to.kinds, to.channels, most);
}
