import { HubError } from '../errors.ts';
import type { NoticeId } from '../store/ids.ts';
import type { PrismaClient } from '../store/prisma/client.ts';

export type NoticeReport = {
  id: NoticeId;
  kind: string;
  title: string;
  publishedAt: Date;
  audience: number;
  /** By the channel that got there first. */
  reached: Record<string, number>;
  /** Where the channel says so. */
  seen: number;
  confirmed: number;
  /** By reason; the sum of `reached` and this is `audience` when it is finished. */
  notReached: Record<string, number>;
  waiting: number;
  /** Recipients who may have got it twice, because a process died while it was being sent. */
  possibleDuplicates: number;
  reminded: boolean;
  finished: boolean;
};

/** How a notice stands. @throws HubError `notFound` when this school has no such notice. */
export async function reportOf(
  db: PrismaClient,
  schoolId: string,
  noticeId: NoticeId,
): Promise<NoticeReport> {
  const notice = await db.notice.findFirst({ where: { id: noticeId, schoolId } });
  if (!notice) throw new HubError('notFound');
  const sums = await db.recipient.groupBy({
    by: ['outcome', 'reason', 'reachedBy'],
    where: { noticeId },
    _count: { _all: true, seenAt: true, confirmedAt: true },
  });
  const [doubles] = await db.$queryRaw<{ count: number }[]>`
    select count(distinct recipient_id)::int as count from delivery
     where possible_duplicate and recipient_id in (select id from recipient where notice_id = ${noticeId}::uuid)`;
  const report: NoticeReport = {
    id: notice.id,
    kind: notice.kind,
    title: notice.title,
    publishedAt: notice.publishedAt,
    audience: notice.audienceSize,
    reached: {},
    seen: 0,
    confirmed: 0,
    notReached: {},
    waiting: 0,
    possibleDuplicates: doubles?.count ?? 0,
    reminded: notice.remindedAt !== null,
    finished: notice.finishedAt !== null,
  };
  for (const sum of sums) {
    const count = sum._count._all;
    report.seen += sum._count.seenAt;
    report.confirmed += sum._count.confirmedAt;
    if (sum.outcome === 'reached')
      report.reached[sum.reachedBy ?? ''] = (report.reached[sum.reachedBy ?? ''] ?? 0) + count;
    else if (sum.outcome === 'notReached')
      report.notReached[sum.reason ?? ''] = (report.notReached[sum.reason ?? ''] ?? 0) + count;
    else report.waiting += count;
  }
  return report;
}

/** Whether audience = reached + not reached, by reason. */
export function sumsAgree(
  report: Pick<NoticeReport, 'audience' | 'reached' | 'notReached' | 'confirmed'>,
): boolean {
  const total = (counts: Record<string, number>) =>
    Object.values(counts).reduce((sum, count) => sum + count, 0);
  return (
    report.audience === total(report.reached) + total(report.notReached) &&
    report.confirmed <= total(report.reached)
  );
}

export type Unreached = {
  pupil: string;
  className: string;
  guardian: string | null;
  phone: string | null;
  reason: string;
};

/** Who has not been reached, and why, in the order of the class list: for the person who calls them. */
export async function unreachedOf(
  db: PrismaClient,
  schoolId: string,
  noticeId: NoticeId,
  most = 1000,
): Promise<Unreached[]> {
  return db.$queryRaw<Unreached[]>`
    select p.full_name as pupil, r.class_name as "className", g.full_name as guardian, g.phone, r.reason
      from recipient r join pupil p on p.id = r.pupil_id join guardian g on g.id = r.guardian_id
     where r.notice_id = ${noticeId}::uuid and r.school_id = ${schoolId}::uuid and r.outcome = 'notReached'
     order by r.class_name, p.name_key, p.code, g.id limit ${most}`;
}

/** `reason`: as of those who were not reached; or "waiting", or "notConfirmed" where a confirmation is asked for. */
export type Missing = Unreached & { total: number };

/** Who has not got it, or has not confirmed it, in the order of the class list; `total`: how many there are in all. */
export async function missingOf(
  db: PrismaClient,
  schoolId: string,
  noticeId: NoticeId,
  { from, most }: { from: number; most: number },
): Promise<Missing[]> {
  return db.$queryRaw<Missing[]>`
    select p.full_name as pupil, r.class_name as "className", g.full_name as guardian, g.phone,
           case r.outcome when 'notReached' then r.reason when 'waiting' then 'waiting' else 'notConfirmed' end as reason,
           (count(*) over ())::int as total
      from recipient r join notice n on n.id = r.notice_id join pupil p on p.id = r.pupil_id join guardian g on g.id = r.guardian_id
     where r.notice_id = ${noticeId}::uuid and r.school_id = ${schoolId}::uuid
       and (r.outcome <> 'reached' or n.asks_to_confirm and r.confirmed_at is null)
     order by r.class_name, p.name_key, p.code, g.id limit ${most} offset ${from}`;
}
