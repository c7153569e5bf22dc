import type { Document } from '../render/index.ts';
import type { Prisma, PrismaClient } from '../store/prisma/client.ts';
import type { NoticeKinds } from './kind.ts';
import type { PlanRules } from './plan.ts';
import { type NoticeDraft, publishWithin } from './publish.ts';
import { wordedAgain } from './recent.ts';

/** What would become of a notice if it were published now. Recipients: guardians, once for each of their children. */
export type Forecast = {
  pupils: number;
  recipients: number;
  /** To whom something goes out; of these, so many not before their quiet hours are over. */
  told: number;
  held: number;
  /** Who gets it with their next digest. */
  inDigest: number;
  /** How long the accounts need for what goes out at once, at their own pace. */
  seconds: number;
  /** As the first of them will read it. */
  words: Document;
};

type Sums = Omit<Forecast, 'words'> & { first: string };

const SUMS = `
with d as (select recipient_id, account_id, due_at from delivery where notice_id = $1::uuid),
     lanes as (select account_id, count(*) filter (where due_at <= $2::timestamptz) as count from d group by account_id)
select count(distinct r.pupil_id)::int as pupils, count(*)::int as recipients,
       (select count(distinct recipient_id) from d)::int as told,
       (select count(*) from (select 1 from d group by recipient_id having min(due_at) > $2::timestamptz) h)::int as held,
       (select count(*) from digest_item i join recipient w on w.id = i.recipient_id where w.notice_id = $1::uuid)::int as "inDigest",
       coalesce((select max(l.count / a.per_second) from lanes l join channel_account a on a.id = l.account_id and a.per_second > 0), 0)::float8 as seconds,
       (array_agg(r.id::text order by (exists (select from d where d.recipient_id = r.id)) desc, r.id))[1] as first
  from recipient r where r.notice_id = $1::uuid`;

/** Makes the transaction end as if it had not been. */
const UNDONE = Symbol('undone');

/**
 * Publishes a notice and takes it back before anybody can see it: so what is foretold is what the same rules would do.
 * @param look how it would be read: on which channel, and whether there is a button to confirm with
 * @throws HubError `badInput` when it concerns nobody
 */
export async function forecast(
  db: PrismaClient,
  kinds: NoticeKinds,
  rules: PlanRules,
  draft: NoticeDraft,
  look: { channel: string; language: string; button: boolean },
  now: Date,
): Promise<Forecast> {
  let seen: Forecast | undefined;
  try {
    await db.$transaction(async (tx) => {
      const { id } = await publishWithin(tx, rules, draft, now);
      const { first, ...sums } = await sumsOf(tx, id, now);
      const confirm = draft.asksToConfirm && look.button;
      const words = await wordedAgain(tx, kinds, first, look.channel, look.language, { confirm });
      seen = { ...sums, words: words ?? [] };
      throw UNDONE;
    });
  } catch (error) {
    if (error !== UNDONE) throw error;
  }
  if (!seen) throw new Error('a forecast was not made');
  return seen;
}

async function sumsOf(tx: Prisma.TransactionClient, noticeId: string, now: Date): Promise<Sums> {
  const [sums] = await tx.$queryRawUnsafe<Sums[]>(SUMS, noticeId, now);
  if (!sums) throw new Error('an aggregate has no row');
  return sums;
}
