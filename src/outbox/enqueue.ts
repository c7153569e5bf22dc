import type { AccountId, NoticeId, RecipientId, SchoolId, TemplateId } from '../store/ids.ts';
import type { Prisma } from '../store/prisma/client.ts';
import { holdUntil } from '../time/index.ts';
import { LIVE_SQL } from './states.ts';

/** Which template a delivery gets: by the guardian's language and the contact's channel. */
export type TemplateChoice = { language: string; channel: string; templateId: TemplateId };

export type EnqueueRules = {
  noticeId: NoticeId;
  schoolId: SchoolId;
  templates: readonly TemplateChoice[];
  /** For guardians whose language has no template. */
  fallbackLanguage: string;
  /** 0 overtakes everything. */
  priority: number;
  /** Null: quiet hours are ignored. Minutes since midnight; a guardian's own hours go before. */
  quiet: { fromMin: number; toMin: number } | null;
  now: Date;
  /** How long one delivery is tried, counted from its due time. */
  retryMs: number;
  validUntil: Date | null;
};

/** To whom, and by which of their contacts. */
export type EnqueueTo =
  /** Everybody who waits, first telling. `held`: some of them wait for a digest, and get nothing now. */
  | { who: 'waiting'; contacts: 'first' | 'all'; held?: boolean }
  /** Everybody who was reached, has not confirmed and was not answered for: told again, once. */
  | { who: 'unconfirmed'; contacts: 'first' | 'all' }
  /** These recipients, by their next contact that has not been tried; none if something is still under way. */
  | { who: 'next'; recipients: readonly RecipientId[] }
  /** These recipients once more, though they were told or tried before; a round of its own. */
  | { who: 'again'; recipients: readonly RecipientId[]; round: number; contacts: 'first' | 'all' }
  /** Everybody who waits, by addresses that came from a file (the confirmation mail itself). */
  | { who: 'invited' };

// A contact on a channel for which there are no words (a channel that this hub does not have any more) is passed
// over: it must not keep a whole school's notice back.
const spoken = (contact: string) =>
  `${contact}.state = 'active' and $3::jsonb ? ($12::text || '/' || ${contact}.channel)`;

const CONTACTS = {
  first: `(select * from contact c1 where school_id = $2::uuid and ${spoken('c1')}
             and not exists (select 1 from contact c0 where c0.guardian_id = c1.guardian_id and ${spoken('c0')}
                              and (c0.position, c0.created_at, c0.id) < (c1.position, c1.created_at, c1.id)))`,
  all: `(select * from contact c1 where school_id = $2::uuid and ${spoken('c1')})`,
  invited: `(select * from contact where school_id = $2::uuid and state = 'unconfirmed')`,
};

const roundOf = (to: EnqueueTo): number => (to.who === 'again' ? to.round : to.who === 'unconfirmed' ? 2 : 1);

/** Of those named, to whom nothing is under way. */
const THESE_AT_REST = `r.id = any($14::bigint[]) and r.confirmed_at is null
                and not exists (select 1 from delivery d where d.recipient_id = r.id and d.state in ${LIVE_SQL})`;

function parts(to: EnqueueTo): { contacts: string; where: string } {
  switch (to.who) {
    case 'waiting':
      return {
        contacts: CONTACTS[to.contacts],
        where: `r.outcome = 'waiting' ${to.held ? 'and not exists (select from digest_item i where i.recipient_id = r.id)' : ''}`,
      };
    case 'invited':
      return { contacts: CONTACTS.invited, where: `r.outcome = 'waiting'` };
    case 'unconfirmed':
      return {
        contacts: CONTACTS[to.contacts],
        where: `r.outcome = 'reached' and r.confirmed_at is null and r.answered_at is null`,
      };
    case 'again':
      return {
        contacts: CONTACTS[to.contacts],
        where: THESE_AT_REST,
      };
    case 'next':
      // The next in order of those that this recipient was not tried by.
      return {
        contacts: `lateral (select * from contact k where k.guardian_id = r.guardian_id and ${spoken('k')}
                     and not exists (select 1 from delivery d where d.recipient_id = r.id and d.contact_id = k.id)
                   order by k.position, k.created_at, k.id limit 1)`,
        where: THESE_AT_REST,
      };
  }
}

// The template is looked up in one jsonb value, "<language>/<channel>" → id, rather than joined: with a join, the
// planner has two more ways to go wrong about rows that this transaction has only just written.
const enqueueSql = (to: EnqueueTo): string => {
  const { contacts, where } = parts(to);
  return `
with made as (
  insert into delivery (recipient_id, notice_id, school_id, contact_id, account_id, channel, address, template_id,
                        round, priority, state, due_at, expires_at)
  select x.id, x.notice_id, x.school_id, x.contact_id, x.account_id, x.channel, x.address, x.template_id,
         $5::smallint, $4::smallint, 'pending', x.due_at,
         least(x.due_at + make_interval(secs => $10::float8), $11::timestamptz)
    from (
      select r.id, r.notice_id, r.school_id, c.id as contact_id, c.account_id, c.channel, c.address,
             coalesce($3::jsonb ->> (g.language || '/' || c.channel), $3::jsonb ->> ($12::text || '/' || c.channel))::uuid as template_id,
             -- Nearly everybody keeps the hub's own hours; for them it was worked out once, before.
             case when $6::bool or (g.quiet_from_min is null and g.quiet_to_min is null and g.paused_until is null)
                  then $7::timestamptz
                  else hold_until(greatest($13::timestamptz, g.paused_until), coalesce(g.quiet_from_min, $8::int),
                                  coalesce(g.quiet_to_min, $9::int))
             end as due_at
        from recipient r
        join guardian g on g.id = r.guardian_id
        join ${contacts} c on ${to.who === 'next' ? 'true' : 'c.guardian_id = r.guardian_id'}
       where r.notice_id = $1::uuid and r.school_id = $2::uuid and ${where}
       order by r.id
    ) x
  ${to.who === 'waiting' || to.who === 'invited' ? '' : 'on conflict (recipient_id, contact_id, round) do nothing'}
  returning account_id, recipient_id
)
select account_id::text as "lane", count(*)::int as "count" from made group by account_id`;
};

/**
 * Makes the deliveries of a notice in the caller's transaction, all with one statement.
 * @returns the lanes that have work now, each with its number of new deliveries; ring them after the commit.
 */
export async function enqueue(
  tx: Prisma.TransactionClient,
  rules: EnqueueRules,
  to: EnqueueTo,
): Promise<{ lane: AccountId; count: number }[]> {
  const values: unknown[] = [
    rules.noticeId,
    rules.schoolId,
    JSON.stringify(
      Object.fromEntries(rules.templates.map((one) => [`${one.language}/${one.channel}`, one.templateId])),
    ),
    rules.priority,
    roundOf(to),
    rules.quiet === null,
    rules.quiet ? holdUntil(rules.now, rules.quiet.fromMin, rules.quiet.toMin) : rules.now,
    rules.quiet?.fromMin ?? 0,
    rules.quiet?.toMin ?? 0,
    rules.retryMs / 1000,
    rules.validUntil,
    rules.fallbackLanguage,
    rules.now,
  ];
  if (to.who === 'next' || to.who === 'again') values.push([...to.recipients]);
  return tx.$queryRawUnsafe(enqueueSql(to), ...values);
}
