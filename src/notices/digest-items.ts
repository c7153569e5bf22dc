// Who chose a digest waits for its hour; what was told by it is told, what could not be is not told, with its reason.

import { mayBeTold } from '../outbox/index.ts';
import type { RecipientId } from '../store/ids.ts';
import type { Prisma, PrismaClient } from '../store/prisma/client.ts';
import type { Purpose } from '../store/prisma/enums.ts';
import { lastWeekly, SCHOOL_OFFSET_MIN, schoolDay } from '../time/index.ts';
import type { NoticeKind } from './kind.ts';
import type { PlannedNotice, PlanRules } from './plan.ts';

/** Which of its digests a guardian chose: that of the day or that of the week. */
export type Digest = 'digest' | 'weekly';

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
 * Holds back those who chose a digest, or who pause: then it comes when they do no more; or, where the draft says
 * `digest`, everybody who is told. What asks for a confirmation, or is over before the digest's hour, is told at once.
 * @returns how many wait.
 */
export async function holdForDigest(
  tx: Prisma.TransactionClient,
  rules: PlanRules,
  { kind, asksToConfirm, digest }: { kind: NoticeKind; asksToConfirm: boolean; digest?: Digest | undefined },
  notice: PlannedNotice,
  now: Date,
): Promise<number> {
  const { daily, weekly } = nextDigests(rules.digest, now);
  if (digest)
    return tx.$executeRaw`
      insert into digest_item (recipient_id, school_id, due_at)
      select id, school_id, ${digest === 'weekly' ? weekly : daily}::timestamptz
        from recipient where notice_id = ${notice.id}::uuid and outcome = 'waiting'`;
  if (!kind.digests || kind.purpose === null || asksToConfirm) return 0;
  const paused = await tx.$executeRaw`
    insert into digest_item (recipient_id, school_id, due_at)
    select r.id, r.school_id, g.paused_until
      from guardian g join recipient r on r.notice_id = ${notice.id}::uuid and r.guardian_id = g.id and r.outcome = 'waiting'
     where g.school_id = ${notice.schoolId}::uuid and g.paused_until > ${now}
       and (${notice.validUntil}::timestamptz is null or g.paused_until < ${notice.validUntil}::timestamptz)`;
  const chosen = await tx.$executeRaw`
    insert into digest_item (recipient_id, school_id, due_at)
    select r.id, r.school_id, x.due_at
      from preference pr
      join recipient r on r.notice_id = ${notice.id}::uuid and r.guardian_id = pr.guardian_id and r.pupil_id = pr.pupil_id
      cross join lateral (select case pr.mode when 'weekly' then ${weekly}::timestamptz else ${daily}::timestamptz end as due_at) x
     where pr.purpose = ${kind.purpose}::"Purpose" and pr.mode in ('digest', 'weekly') and r.outcome = 'waiting'
       and (${notice.validUntil}::timestamptz is null or x.due_at < ${notice.validUntil}::timestamptz)
    on conflict do nothing`;
  return paused + chosen;
}

/** A pause was ended or begun anew: what waited for its end comes in one digest now, if nothing else holds it. */
export async function moveItems(
  tx: Prisma.TransactionClient,
  guardianId: string,
  before: Date | null,
  now: Date,
): Promise<void> {
  if (before === null || before <= now) return;
  await tx.$executeRaw`
    update digest_item i set due_at = ${now} from recipient r
     where r.id = i.recipient_id and r.guardian_id = ${guardianId}::uuid and i.digest_recipient_id is null
       and i.due_at = ${before}`;
}

/** The guardian wants it at once, or not at all. @returns what has waited: hand it to advance(). */
export async function releaseItems(
  tx: Prisma.TransactionClient,
  { guardianId, pupilId, purpose }: { guardianId: string; pupilId: string; purpose: Purpose },
): Promise<RecipientId[]> {
  const rows = await tx.$queryRaw<{ id: RecipientId }[]>`
    delete from digest_item i using recipient r, notice n
     where r.id = i.recipient_id and i.digest_recipient_id is null
       and r.guardian_id = ${guardianId}::uuid and r.pupil_id = ${pupilId}::uuid
       and n.id = r.notice_id and n.purpose = ${purpose}
    returning i.recipient_id::text as id`;
  return rows.map((row) => row.id);
}

/** What was left out of a digest when it was sent, and why: the right to it was taken away meanwhile, or it was replaced. */
const LEFT_OUT = `case
  when r.withdrawn is not null then r.withdrawn
  when n.superseded_at is not null then 'superseded'
  when exists (select from preference off where off.guardian_id = r.guardian_id and off.pupil_id = r.pupil_id
                  and off.purpose::text = n.purpose and off.mode = 'off') then 'switchedOff'
  when exists (select from guardianship gs where gs.guardian_id = r.guardian_id and gs.pupil_id = r.pupil_id
                  and (n.purpose = 'marks' and not gs.can_see_marks or n.purpose = 'fees' and not gs.can_pay)) then 'mayNotSee'
  when not ${mayBeTold('r.pupil_id', 'n.purpose')} then 'declined' end`;

/** What became of a digest has become of everything that stands in it. */
export async function settleDigested(db: PrismaClient): Promise<void> {
  await db.$executeRawUnsafe(`
    with over as (
      delete from digest_item i using recipient d
       where d.id = i.digest_recipient_id and d.outcome <> 'waiting'
      returning i.recipient_id, d.outcome, d.reason, d.reached_by),
    each_one as (
      select r.id, o.outcome, o.reason, o.reached_by, case o.outcome when 'reached' then ${LEFT_OUT} end as left_out
        from over o join recipient r on r.id = o.recipient_id and r.outcome = 'waiting' join notice n on n.id = r.notice_id)
    update recipient r
       set outcome = case when o.left_out is null then o.outcome else 'notReached' end,
           reason = coalesce(o.left_out, o.reason), reached_by = case when o.left_out is null then o.reached_by end
      from each_one o where r.id = o.id`);
}
