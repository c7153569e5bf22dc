import { cancelForbidden } from '../outbox/index.ts';
import type { AccountId, NoticeId, RecipientId } from '../store/ids.ts';
import type { Prisma } from '../store/prisma/client.ts';
import type { NoticeKinds } from './kind.ts';
import { type PlanRules, plan } from './plan.ts';
import { holdRightsStill } from './rights.ts';

// Who has not got it and could by now: a contact stands, and the guardian may be told and wants to be.
const REOPEN = `
update recipient r set outcome = 'waiting', reason = null
  from notice n, guardianship gs
 where n.id = $1::uuid and r.notice_id = n.id and r.outcome = 'notReached' and r.withdrawn is null
   and gs.guardian_id = r.guardian_id and gs.pupil_id = r.pupil_id and gs.closed_at is null
   and exists (select from contact c where c.guardian_id = r.guardian_id and c.state = 'active' and c.channel = any($2::text[]))
   and (n.purpose is null
        or not gs.urgent_only
           and exists (select from consent co where co.guardian_id = r.guardian_id and co.pupil_id = r.pupil_id
                                                and co.purpose::text = n.purpose and co.agreed)
           and not exists (select from preference pr where pr.guardian_id = r.guardian_id and pr.pupil_id = r.pupil_id
                                                       and pr.purpose::text = n.purpose and pr.mode = 'off'))
returning r.id::text as id`;

/** The first telling is round 1, the hub's own reminder 2. */
const OWN_ROUNDS = 2;

/**
 * Tells a notice once more to those who have not got it and, where it asks for that, to those who have not confirmed it.
 * Part of the caller's transaction, which has to see to it that it is done once.
 * @returns how many are told, and the lanes to ring
 */
export async function tellAgain(
  tx: Prisma.TransactionClient,
  kinds: NoticeKinds,
  rules: PlanRules,
  noticeId: NoticeId,
  now: Date,
): Promise<{ count: number; lanes: AccountId[] }> {
  const notice = await tx.notice.findUniqueOrThrow({ where: { id: noticeId } });
  const kind = kinds.get(notice.kind);
  if (!kind || notice.supersededAt || (notice.validUntil && notice.validUntil <= now))
    return { count: 0, lanes: [] };
  await holdRightsStill(tx, notice.schoolId);
  const reopened = await tx.$queryRawUnsafe<{ id: RecipientId }[]>(REOPEN, noticeId, rules.channels);
  const unconfirmed = notice.asksToConfirm
    ? await tx.$queryRaw<{ id: RecipientId }[]>`
        select id::text as id from recipient
         where notice_id = ${noticeId}::uuid and outcome = 'reached' and confirmed_at is null and answered_at is null and withdrawn is null`
    : [];
  const recipients = [...reopened, ...unconfirmed].map((row) => row.id);
  if (!recipients.length) return { count: 0, lanes: [] };
  const [last] = await tx.$queryRaw<{ round: number }[]>`
    select max(round)::int as round from delivery where notice_id = ${noticeId}::uuid`;
  const round = Math.max(last?.round ?? 0, OWN_ROUNDS) + 1;
  const made = await plan(
    tx,
    rules,
    kind,
    notice,
    { who: 'again', recipients, round, contacts: kind.contacts },
    now,
  );
  await cancelForbidden(tx, { recipients }, now);
  await tx.notice.update({ where: { id: noticeId }, data: { finishedAt: null } });
  return { count: recipients.length, lanes: made.map((one) => one.lane) };
}
