import type { AccountId, RecipientId } from '../store/ids.ts';
import type { Prisma, PrismaClient } from '../store/prisma/client.ts';
import type { OwnTelling } from './audience.ts';
import type { NoticeKind } from './kind.ts';
import type { PlanRules } from './plan.ts';
import { publishWithin } from './publish.ts';
import { holdRightsStill } from './rights.ts';

/** The news of a day or a week about one child in one message; each item as it was written. */
export const newsDigest: NoticeKind = {
  name: 'newsDigest',
  purpose: 'classNews',
  priority: 6,
  urgent: false,
  contacts: 'first',
  unconfirmed: 'nextContact',
  templates: { first: 'newsDigest' },
  variables: ['items'],
};

type Due = {
  recipientId: string;
  guardianId: string;
  pupilId: string;
  title: string;
  body: string;
  sender: string | null;
  at: Date;
};

// What has been superseded or taken back meanwhile is not told; nor is it held any longer.
const DUE = `
select i.recipient_id::text as "recipientId", r.guardian_id::text as "guardianId", r.pupil_id::text as "pupilId", n.title,
       coalesce(n.vars ->> 'body', '') as body, n.vars ->> 'sender' as sender, n.published_at as at
  from digest_item i
  join recipient r on r.id = i.recipient_id and r.outcome = 'waiting' and r.withdrawn is null
  join notice n on n.id = r.notice_id and n.superseded_at is null and (n.valid_until is null or n.valid_until > $2::timestamptz)
  join pupil p on p.id = r.pupil_id and p.left_at is null
  join guardianship gs on gs.guardian_id = r.guardian_id and gs.pupil_id = r.pupil_id and gs.closed_at is null
 where i.school_id = $1::uuid and i.due_at <= $2::timestamptz and i.digest_recipient_id is null
   and exists (select 1 from enrolment e join school_class k on k.id = e.class_id
                 join school_year y on y.id = k.school_year_id and y.current and y.school_id = i.school_id
                where e.pupil_id = r.pupil_id and e.closed_at is null)
 order by n.published_at, n.id`;

export type ToldDigests = {
  /** To ring. */
  lanes: AccountId[];
  /** Who is told, or not told, as anybody else: hand them to advance(). */
  left: RecipientId[];
};

/** Tells the digests whose hour has come, school by school. Asked twice at once, it is done once. */
export async function tellDigests(db: PrismaClient, rules: PlanRules, now: Date): Promise<ToldDigests> {
  const schools = await db.$queryRaw<{ schoolId: string }[]>`
    select distinct school_id::text as "schoolId" from digest_item where due_at <= ${now} and digest_recipient_id is null`;
  const all: ToldDigests = { lanes: [], left: [] };
  for (const { schoolId } of schools) {
    const told = await db.$transaction((tx) => tellSchool(tx, rules, schoolId, now), { timeout: 60_000 });
    all.lanes.push(...told.lanes);
    all.left.push(...told.left);
  }
  return all;
}

async function tellSchool(
  tx: Prisma.TransactionClient,
  rules: PlanRules,
  schoolId: string,
  now: Date,
): Promise<ToldDigests> {
  await tx.$queryRaw`select pg_advisory_xact_lock(hashtextextended(${`digest:${schoolId}`}, 0))::text`;
  await holdRightsStill(tx, schoolId);
  const due = await tx.$queryRawUnsafe<Due[]>(DUE, schoolId, now);
  const own = byChild(due);
  let lanes: AccountId[] = [];
  const [first] = due;
  if (first) {
    const published = await publishWithin(
      tx,
      rules,
      {
        schoolId,
        kind: newsDigest,
        title: '',
        vars: {},
        facts: {},
        audience: {},
        own,
        asksToConfirm: false,
        idempotencyKey: `newsDigest:${first.recipientId}`,
        createdBy: 'hub',
      },
      now,
    );
    lanes = published.lanes;
    await tx.$executeRaw`
      update digest_item i set digest_recipient_id = d.id
        from recipient r join recipient d on d.notice_id = ${published.id}::uuid and d.guardian_id = r.guardian_id and d.pupil_id = r.pupil_id
       where r.id = i.recipient_id and i.recipient_id = any(${due.map((one) => one.recipientId)}::bigint[])`;
  }
  const left = await tx.$queryRaw<{ id: RecipientId }[]>`
    delete from digest_item where school_id = ${schoolId}::uuid and due_at <= ${now} and digest_recipient_id is null
    returning recipient_id::text as id`;
  return { lanes, left: left.map((row) => row.id) };
}

function byChild(due: readonly Due[]): OwnTelling[] {
  const told = new Map<string, OwnTelling & { vars: { items: Prisma.InputJsonObject[] } }>();
  for (const { guardianId, pupilId, title, body, sender, at } of due) {
    const key = `${guardianId}/${pupilId}`;
    const one = told.get(key) ?? { guardianId, pupilId, vars: { items: [] } };
    one.vars.items.push({ title, body, sender, at: at.toISOString() });
    told.set(key, one);
  }
  return [...told.values()];
}
