// Who chose a digest waits for its hour; what was told by it is told, what could not be is not told, with its reason.

import type { RecipientId } from '../store/ids.ts';
import type { Prisma, PrismaClient } from '../store/prisma/client.ts';
import { lastWeekly, SCHOOL_OFFSET_MIN, schoolDay } from '../time/index.ts';
import type { NoticeKind } from './kind.ts';
import type { PlannedNotice, PlanRules } from './plan.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** When the next digests are told, after `now`. */
export function nextDigests(
  { dailyMin, weekly }: PlanRules['digest'],
  now: Date,
): { daily: Date; weekly: Date } {
  const today = new Date(schoolDay(now).getTime() + (dailyMin - SCHOOL_OFFSET_MIN) * MINUTE_MS);
  return {
    daily: today > now ? today : new Date(today.getTime() + DAY_MS),
    weekly: new Date(lastWeekly(now, weekly).getTime() + 7 * DAY_MS),
  };
}

/**
 * Holds back those who chose a digest. What asks for a confirmation, or is over before the digest's hour, is told at
 * once. @returns how many wait.
 */
export async function holdForDigest(
  tx: Prisma.TransactionClient,
  rules: PlanRules,
  { kind, asksToConfirm }: { kind: NoticeKind; asksToConfirm: boolean },
  notice: PlannedNotice,
  now: Date,
): Promise<number> {
  if (!kind.digests || kind.purpose === null || asksToConfirm) return 0;
  const { daily, weekly } = nextDigests(rules.digest, now);
  return tx.$executeRaw`
    insert into digest_item (recipient_id, school_id, due_at)
    select r.id, r.school_id, x.due_at
      from preference pr
      join recipient r on r.notice_id = ${notice.id}::uuid and r.guardian_id = pr.guardian_id and r.pupil_id = pr.pupil_id
      cross join lateral (select case pr.mode when 'weekly' then ${weekly}::timestamptz else ${daily}::timestamptz end as due_at) x
     where pr.purpose = ${kind.purpose}::"Purpose" and pr.mode in ('digest', 'weekly') and r.outcome = 'waiting'
       and (${notice.validUntil}::timestamptz is null or x.due_at < ${notice.validUntil}::timestamptz)`;
}

/** The guardian wants it at once, or not at all. @returns what has waited: hand it to advance(). */
export async function releaseItems(
  tx: Prisma.TransactionClient,
  { guardianId, pupilId }: { guardianId: string; pupilId: string },
): Promise<RecipientId[]> {
  const rows = await tx.$queryRaw<{ id: RecipientId }[]>`
    delete from digest_item i using recipient r
     where r.id = i.recipient_id and i.digest_recipient_id is null
       and r.guardian_id = ${guardianId}::uuid and r.pupil_id = ${pupilId}::uuid
    returning i.recipient_id::text as id`;
  return rows.map((row) => row.id);
}

/** What became of a digest has become of everything that stands in it. */
export async function settleDigested(db: PrismaClient): Promise<void> {
  await db.$executeRaw`
    with over as (
      delete from digest_item i using recipient d
       where d.id = i.digest_recipient_id and d.outcome <> 'waiting'
      returning i.recipient_id, d.outcome, d.reason, d.reached_by)
    update recipient r set outcome = o.outcome, reason = o.reason, reached_by = o.reached_by
      from over o where r.id = o.recipient_id and r.outcome = 'waiting'`;
}
