import type { Logger } from 'pino';
import { type Accounts, groupText, type Outcome } from '../channels/index.ts';
import { asTyped, readDocument, toStyled } from '../render/index.ts';
import type { AccountId, NoticeId } from '../store/ids.ts';
import type { Prisma, PrismaClient } from '../store/prisma/client.ts';
import { type Clock, holdUntil } from '../time/index.ts';

// Class notices in the class's group, beside the deliveries to each family: a group tells nobody who has read, so it
// never counts as having reached anybody.

export type GroupPorts = {
  db: PrismaClient;
  accounts: Accounts;
  clock: Clock;
  log: Logger;
  /** Minutes since midnight at school. */
  quiet: { fromMin: number; toMin: number };
};

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
/** A post of a process that died: whether Zalo took it nobody knows, and a group is not told twice. */
const LOST_MS = 5 * MINUTE_MS;
const SEND_MS = 20_000;
const ATTEMPTS_MOST = 5;
const POSTS_AT_ONCE = 20;

// Only a notice to whole classes: one to some pupils of a class would show the others whom it concerns. Of another
// kind there can be none: the table's keys do not let it in.
const PLAN = `
insert into group_post (notice_id, class_group_id, kind, state, due_at)
select n.id, g.id, n.kind, 'pending', $1::timestamptz
  from notice n join class_group g on g.school_id = n.school_id
 where n.kind = 'classNotice' and n.published_at > $2::timestamptz and n.published_at >= g.created_at
   and n.superseded_at is null and (n.valid_until is null or n.valid_until > $1::timestamptz)
   and g.stopped_reason is null
   and n.audience - 'classIds' = '{}'::jsonb and n.audience -> 'classIds' ? g.class_id::text
on conflict (notice_id, class_group_id) do nothing`;

const GIVE_UP_LOST = `
update group_post set state = 'unknown', reason = 'timedOut', settled_at = $1::timestamptz
 where state = 'sending' and due_at < $2::timestamptz`;

const CLAIM = `
update group_post p set state = 'sending', due_at = $1::timestamptz, attempts = p.attempts + 1
 where p.state = 'pending' and p.due_at <= $1::timestamptz and (p.notice_id, p.class_group_id) in (
   select w.notice_id, w.class_group_id from group_post w where w.state = 'pending' and w.due_at <= $1::timestamptz
    order by w.due_at limit $2 for update skip locked)
returning p.notice_id as "noticeId", p.class_group_id as "classGroupId", p.attempts`;

type Claimed = { noticeId: NoticeId; classGroupId: string; attempts: number };

/** Posts the class notices of the last day that are not in their class's group yet. */
export async function postToGroups(ports: GroupPorts): Promise<void> {
  const { db, clock, quiet } = ports;
  const now = clock.now();
  await db.$executeRawUnsafe(PLAN, now, new Date(now.getTime() - DAY_MS));
  await db.$executeRawUnsafe(GIVE_UP_LOST, now, new Date(now.getTime() - LOST_MS));
  if (holdUntil(now, quiet.fromMin, quiet.toMin) > now) return;
  const rows = await db.$queryRawUnsafe<Claimed[]>(CLAIM, now, POSTS_AT_ONCE);
  for (const row of rows) await settle(ports, row, await post(ports, row));
}

async function post(
  { db, accounts, log }: GroupPorts,
  { noticeId, classGroupId }: Claimed,
): Promise<Outcome> {
  const group = await db.classGroup.findUniqueOrThrow({ where: { id: classGroupId } });
  const notice = await db.notice.findUniqueOrThrow({ where: { id: noticeId } });
  const { body, sender } = notice.vars as Prisma.JsonObject;
  const account = await accounts.open(group.accountId as AccountId);
  const { connection, channel } = account;
  const later = { kind: 'retry', scope: 'delivery', inDoubt: false, partsSent: 0 } as const;
  if (account.stoppedReason || !connection.postToGroup)
    return { ...later, reason: 'channelStopped', detail: '' };
  const cut = (text: string) =>
    toStyled(readDocument(asTyped(text)), channel.limits.textMax).map((part) => part.plain);
  const told = {
    kind: 'classNotice',
    title: notice.title,
    body: typeof body === 'string' ? body : '',
    sender: typeof sender === 'string' ? sender : null,
  } as const;
  let outcome: Outcome = { ...later, kind: 'rejected', reason: 'badContent', detail: 'nothing to post' };
  try {
    for (const [index, text] of groupText(told, cut).entries()) {
      outcome = await connection.postToGroup(group.groupId, text, AbortSignal.timeout(SEND_MS));
      // With a part of it out, trying again would say the beginning twice.
      if (outcome.kind !== 'accepted')
        return index > 0 && outcome.kind === 'retry' ? { ...outcome, inDoubt: true } : outcome;
    }
    return outcome;
  } catch (error) {
    log.error({ err: error, noticeId }, 'class group: post failed');
    return { kind: 'rejected', reason: 'badContent', detail: '', partsSent: 0 };
  }
}

async function settle(
  { db, clock, log }: GroupPorts,
  { noticeId, classGroupId, attempts }: Claimed,
  outcome: Outcome,
): Promise<void> {
  const now = clock.now();
  const where = { noticeId_classGroupId: { noticeId, classGroupId } };
  const end = (state: string, reason: string | null, providerId: string | null = null) =>
    db.groupPost.update({ where, data: { state, reason, providerId, settledAt: now } });
  if (outcome.kind === 'accepted') return void (await end('sent', null, outcome.providerId));
  log.warn(
    { noticeId, classGroupId, outcome: outcome.kind, reason: outcome.reason },
    'class group: not posted',
  );
  if (outcome.kind === 'retry' && outcome.inDoubt) return void (await end('unknown', outcome.reason));
  if (outcome.kind === 'retry' && attempts < ATTEMPTS_MOST) {
    const dueAt = new Date(now.getTime() + (outcome.afterMs ?? MINUTE_MS * 2 ** attempts));
    return void (await db.groupPost.update({ where, data: { state: 'pending', dueAt } }));
  }
  await end('failed', outcome.reason);
  // The group is disabled, or the OA has left it: no notice comes through until somebody connects it anew.
  if (outcome.kind === 'rejected' && outcome.reason === 'channelStopped')
    await db.classGroup.update({ where: { id: classGroupId }, data: { stoppedReason: outcome.detail } });
}
