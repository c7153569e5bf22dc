import { cancelForbidden, LIVE_SQL } from '../outbox/index.ts';
import type { AccountId, NoticeId, RecipientId } from '../store/ids.ts';
import type { Prisma, PrismaClient } from '../store/prisma/client.ts';
import type { NoticeKinds } from './kind.ts';
import { type PlanRules, plan } from './plan.ts';
import { holdRightsStill } from './rights.ts';

// A recipient who waits and for whom nothing is under way any more: the last reason is the reason.
const CLOSE = `
update recipient r set outcome = 'notReached',
       reason = coalesce((select d.reason from delivery d where d.recipient_id = r.id
                           order by d.settled_at desc nulls last, d.id desc limit 1), 'noContact')
 where r.id = any($1::bigint[]) and r.outcome = 'waiting'
   and not exists (select 1 from delivery d where d.recipient_id = r.id and d.state in ${LIVE_SQL})`;

/**
 * What comes next for recipients whose delivery has come to nothing: the guardian's next contact, or the end with a
 * reason. Doing it again changes nothing.
 * @returns the lanes to ring.
 */
export async function advance(
  db: PrismaClient,
  kinds: NoticeKinds,
  rules: PlanRules,
  recipients: readonly RecipientId[],
  now: Date,
): Promise<AccountId[]> {
  if (!recipients.length) return [];
  const rows = await db.recipient.findMany({
    where: { id: { in: recipients.map(BigInt) } },
    select: { id: true, noticeId: true },
  });
  const lanes = new Set<AccountId>();
  for (const noticeId of new Set(rows.map((row) => row.noticeId))) {
    const ids = rows.filter((row) => row.noticeId === noticeId).map((row) => String(row.id));
    for (const lane of await db.$transaction((tx) => advanceWithin(tx, kinds, rules, noticeId, ids, now)))
      lanes.add(lane);
  }
  return [...lanes];
}

async function advanceWithin(
  tx: Prisma.TransactionClient,
  kinds: NoticeKinds,
  rules: PlanRules,
  noticeId: NoticeId,
  ids: RecipientId[],
  now: Date,
): Promise<AccountId[]> {
  const notice = await tx.notice.findUniqueOrThrow({ where: { id: noticeId } });
  const kind = kinds.get(notice.kind);
  await holdRightsStill(tx, notice.schoolId);
  const over = notice.supersededAt !== null || (notice.validUntil !== null && notice.validUntil <= now);
  let lanes: AccountId[] = [];
  if (kind?.contacts === 'first' && !over) {
    lanes = (await plan(tx, rules, kind, notice, { who: 'next', recipients: ids }, now)).map(
      (made) => made.lane,
    );
    if (lanes.length) await cancelForbidden(tx, { recipients: ids }, now);
  }
  await tx.$executeRawUnsafe(CLOSE, ids);
  return lanes;
}
