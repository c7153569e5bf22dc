import { mayBeTold } from '../outbox/index.ts';
import type { AccountId, RecipientId } from '../store/ids.ts';
import { Prisma, type PrismaClient } from '../store/prisma/client.ts';
import type { OwnTelling } from './audience.ts';
import type { NoticeKind } from './kind.ts';
import type { PlanRules } from './plan.ts';
import { publishWithin } from './publish.ts';
import { holdRightsStill } from './rights.ts';

/**
 * What has come for a guardian's children in a day or a week, in one message; each item as it would have been told alone.
 * It has no purpose of its own: each of its parts names one, and only those parts are sent that may be (outbox/rights.ts).
 */
export const digest: NoticeKind = {
  name: 'digest',
  purpose: null,
  priority: 6,
  urgent: false,
  contacts: 'first',
  unconfirmed: 'nextContact',
  templates: { first: 'digest' },
  variables: ['parts'],
};

/** A part of a digest, as its template and its buttons need it. */
export type DigestPart = {
  recipientId: RecipientId;
  purpose: string;
  kind: string;
  pupilId: string;
  name: string;
  givenName: string;
  className: string;
  title: string;
  at: string;
  /** A picture or file goes with it; who opens it gets that. */
  hasFile: boolean;
};

/**
 * A family whose digest is told now gets in the same message what would be told within the hour: who chose the news of
 * the day and the marks of the week is not written to at 17:00 and at 17:30.
 */
const TOGETHER_MS = 3_600_000;
/** What is longer is cut in the digest, and read whole by opening it. */
const SHOWN_MOST = 600;

type Due = Omit<DigestPart, 'at' | 'givenName'> & {
  guardianId: string;
  noticeId: string;
  at: Date;
  isDue: boolean;
  vars: Prisma.JsonObject;
};

// What has been superseded or taken back meanwhile is not told; nor what the guardian may not be told any more. The
// digests of a pause come together in one at its end.
const DUE = `
select i.recipient_id::text as "recipientId", r.guardian_id::text as "guardianId", r.pupil_id::text as "pupilId",
       n.purpose, n.kind, n.title, n.published_at as at, r.child as name, r.class_name as "className",
       n.attachment_id is not null as "hasFile",
       i.due_at <= $2::timestamptz as "isDue", n.vars || coalesce(r.vars, '{}') as vars
  from digest_item i
  join recipient r on r.id = i.recipient_id and r.outcome = 'waiting' and r.withdrawn is null
  join notice n on n.id = r.notice_id and n.superseded_at is null and (n.valid_until is null or n.valid_until > $2::timestamptz)
  join pupil p on p.id = r.pupil_id and p.left_at is null
  join guardian g on g.id = r.guardian_id and (g.paused_until is null or g.paused_until <= $2::timestamptz)
  cross join lateral (
    select k.grade from enrolment e join school_class k on k.id = e.class_id
      join school_year y on y.id = k.school_year_id and y.current and y.school_id = i.school_id
     where e.pupil_id = r.pupil_id and e.closed_at is null limit 1) k
 where i.school_id = $1::uuid and i.due_at <= $3::timestamptz and i.digest_recipient_id is null
   and ${mayBeTold('r.pupil_id', 'n.purpose')}
 order by k.grade desc, p.name_key, r.pupil_id, n.published_at, n.id`;

const isDue = (now: Date) => Prisma.sql`
  i.due_at <= ${now} and i.digest_recipient_id is null
  and not exists (select from recipient r join guardian g on g.id = r.guardian_id
                   where r.id = i.recipient_id and g.paused_until > ${now})`;

export type ToldDigests = {
  /** To ring. */
  lanes: AccountId[];
  /** Who is told, or not told, as anybody else: hand them to advance(). */
  left: RecipientId[];
};

/** Tells the digests whose hour has come, school by school. Asked twice at once, it is done once. */
export async function tellDigests(db: PrismaClient, rules: PlanRules, now: Date): Promise<ToldDigests> {
  const schools = await db.$queryRaw<{ schoolId: string }[]>`
    select distinct i.school_id::text as "schoolId" from digest_item i where ${isDue(now)}`;
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
  const soon = new Date(now.getTime() + TOGETHER_MS);
  const waiting = await tx.$queryRawUnsafe<Due[]>(DUE, schoolId, now, soon);
  const byGuardian = new Map<string, Due[]>();
  for (const one of waiting) byGuardian.set(one.guardianId, [...(byGuardian.get(one.guardianId) ?? []), one]);
  const due = [...byGuardian.values()].filter((theirs) => theirs.some((one) => one.isDue));
  let lanes: AccountId[] = [];
  const [first] = due;
  if (first) {
    const published = await publishWithin(
      tx,
      rules,
      {
        schoolId,
        kind: digest,
        title: '',
        vars: {},
        facts: {},
        audience: {},
        own: due.map(ownTelling),
        asksToConfirm: false,
        idempotencyKey: `digest:${first[0]?.recipientId}`,
        createdBy: 'hub',
      },
      now,
    );
    lanes = published.lanes;
    await tx.$executeRaw`
      update digest_item i set digest_recipient_id = d.id
        from recipient r join recipient d on d.notice_id = ${published.id}::uuid and d.guardian_id = r.guardian_id
       where r.id = i.recipient_id and i.recipient_id = any(${due.flat().map((one) => one.recipientId)}::bigint[])`;
  }
  const left = await tx.$queryRaw<{ id: RecipientId }[]>`
    delete from digest_item i where i.school_id = ${schoolId}::uuid and ${isDue(now)}
    returning i.recipient_id::text as id`;
  return { lanes, left: left.map((row) => row.id) };
}

/** One message of a guardian, headed by their first child. */
function ownTelling(theirs: readonly Due[]): OwnTelling {
  return {
    guardianId: theirs[0]?.guardianId ?? '',
    pupilId: theirs[0]?.pupilId ?? '',
    vars: { parts: theirs.map(partOf) },
  };
}

function partOf({ vars, at, hasFile, recipientId, purpose, kind, pupilId, name, className, title }: Due) {
  const part: DigestPart = {
    recipientId,
    purpose,
    kind,
    pupilId,
    name,
    givenName: name.split(' ').at(-1) ?? name,
    className,
    title,
    at: at.toISOString(),
    hasFile,
  };
  const { body, sender = null } = vars;
  const told = { ...vars, body: typeof body === 'string' ? shortened(body) : '', sender };
  return { ...told, ...part } as Prisma.InputJsonObject;
}

function shortened(body: string): string {
  if (body.length <= SHOWN_MOST) return body;
  const cut = body.slice(0, SHOWN_MOST);
  return `${cut.slice(0, cut.lastIndexOf(' ') > SHOWN_MOST / 2 ? cut.lastIndexOf(' ') : SHOWN_MOST)} …`;
}
