import { cancelForbidden, expireOverdue, LIVE_SQL, leaveStopped } from '../outbox/index.ts';
import type { AccountId, NoticeId, RecipientId } from '../store/ids.ts';
import type { PrismaClient } from '../store/prisma/client.ts';
import { advance } from './advance.ts';
import { settleDigested } from './digest-items.ts';
import type { NoticeKinds } from './kind.ts';
import { type PlanRules, plan } from './plan.ts';
import { holdRightsStill } from './rights.ts';
import { tellDigests } from './tell-digests.ts';

// "Finished" is a statement about sums, made by the database: nobody waits, nothing is under way, nobody will be
// reminded any more, and the recipients are as many as at publishing, each with an outcome.
const FINISH = `
update notice n set finished_at = $1::timestamptz
 where n.finished_at is null and ($2::uuid[] is null or n.id = any($2::uuid[]))
   and not exists (select 1 from recipient r where r.notice_id = n.id and r.outcome = 'waiting')
   and not exists (select 1 from delivery d where d.notice_id = n.id and d.state in ${LIVE_SQL})
   and (n.confirm_by is null or n.reminded_at is not null or n.superseded_at is not null
        or not exists (select 1 from recipient r where r.notice_id = n.id and r.outcome = 'reached' and r.confirmed_at is null
                         and r.answered_at is null))
   and n.audience_size = (select count(*) from recipient r where r.notice_id = n.id
                           and (r.outcome = 'reached' or (r.outcome = 'notReached' and r.reason is not null)))
returning n.id`;

/** Finishes those of the notices whose sums agree; null: all that are open. @returns the finished ones. */
export async function finishNotices(
  db: PrismaClient,
  ids: readonly NoticeId[] | null,
  now: Date,
): Promise<NoticeId[]> {
  const rows = await db.$queryRawUnsafe<{ id: NoticeId }[]>(FINISH, now, ids);
  return rows.map((row) => row.id);
}

/** Recipients who wait although nothing of their notice is under way: a crash fell between two steps. */
async function stranded(db: PrismaClient): Promise<RecipientId[]> {
  const rows = await db.$queryRawUnsafe<{ id: RecipientId }[]>(`
    select r.id::text as id from notice n join recipient r on r.notice_id = n.id and r.outcome = 'waiting'
     where n.finished_at is null
       and not exists (select 1 from delivery d where d.notice_id = n.id and d.state in ${LIVE_SQL})
       and not exists (select 1 from digest_item i where i.recipient_id = r.id) limit 10000`);
  return rows.map((row) => row.id);
}

/** At a notice's `confirmBy`: those who were reached and have not confirmed are told again, once. */
export async function remindUnconfirmed(
  db: PrismaClient,
  kinds: NoticeKinds,
  rules: PlanRules,
  noticeId: NoticeId,
  now: Date,
): Promise<AccountId[]> {
  return db.$transaction(async (tx) => {
    const { schoolId } = await tx.notice.findUniqueOrThrow({
      where: { id: noticeId },
      select: { schoolId: true },
    });
    await holdRightsStill(tx, schoolId);
    const { count } = await tx.notice.updateMany({
      where: {
        id: noticeId,
        remindedAt: null,
        supersededAt: null,
        finishedAt: null,
        confirmBy: { lte: now },
      },
      data: { remindedAt: now },
    });
    const notice = await tx.notice.findUniqueOrThrow({ where: { id: noticeId } });
    const kind = kinds.get(notice.kind);
    if (!count || !kind) return [];
    const to =
      kind.unconfirmed === 'nextContact'
        ? ({ who: 'next', recipients: await unconfirmedOf(tx, noticeId) } as const)
        : ({ who: 'unconfirmed', contacts: kind.unconfirmed === 'remindAll' ? 'all' : 'first' } as const);
    const made = await plan(tx, rules, kind, notice, to, now);
    await cancelForbidden(tx, { noticeId }, now);
    return made.map((lane) => lane.lane);
  });
}

async function unconfirmedOf(
  tx: Pick<PrismaClient, '$queryRaw'>,
  noticeId: NoticeId,
): Promise<RecipientId[]> {
  const rows = await tx.$queryRaw<{ id: RecipientId }[]>`
    select id::text as id from recipient where notice_id = ${noticeId}::uuid and outcome = 'reached' and confirmed_at is null`;
  return rows.map((row) => row.id);
}

/**
 * The sweep, every minute and at start: ends what is too late or waits for a stopped account in vain, goes on where a crash left a gap, reminds, finishes.
 * @returns the lanes to ring.
 */
export async function reconcile(
  db: PrismaClient,
  kinds: NoticeKinds,
  rules: PlanRules,
  now: Date,
): Promise<AccountId[]> {
  const overdue = await db.$transaction((tx) => expireOverdue(tx, now));
  const lanes = await advance(
    db,
    kinds,
    rules,
    overdue.map((row) => row.recipientId),
    now,
  );
  const oneByOne = [...kinds.values()].filter((kind) => kind.contacts === 'first').map((kind) => kind.name);
  const left = await db.$transaction((tx) =>
    leaveStopped(
      tx,
      new Date(now.getTime() - rules.stoppedMs),
      { kinds: oneByOne, channels: rules.channels },
      now,
    ),
  );
  lanes.push(
    ...(await advance(
      db,
      kinds,
      rules,
      left.map((row) => row.recipientId),
      now,
    )),
  );
  const digests = await tellDigests(db, rules, now);
  lanes.push(...digests.lanes, ...(await advance(db, kinds, rules, digests.left, now)));
  await settleDigested(db);
  lanes.push(...(await advance(db, kinds, rules, await stranded(db), now)));
  const due = await db.notice.findMany({
    where: { finishedAt: null, remindedAt: null, supersededAt: null, confirmBy: { lte: now } },
    select: { id: true },
  });
  for (const { id } of due) lanes.push(...(await remindUnconfirmed(db, kinds, rules, id, now)));
  await finishNotices(db, null, now);
  const waiting = await db.$queryRaw<{ lane: AccountId }[]>`
    select a.id::text as lane from channel_account a
     where exists (select 1 from delivery d where d.account_id = a.id and d.state = 'pending' and d.due_at <= ${now})
        or exists (select 1 from delivery d where d.account_id = a.id and d.state = 'sending')`;
  return [...new Set([...lanes, ...waiting.map((row) => row.lane)])];
}
