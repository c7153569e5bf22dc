import type { Pool } from 'pg';
import type { AccountId, ContactId, DeliveryId, NoticeId, RecipientId, TemplateId } from '../store/ids.ts';
import { mayBeTold, PARTS_THAT_MAY, VARS_THAT_MAY } from './rights.ts';

export type Claimed = {
  id: DeliveryId;
  recipientId: RecipientId;
  noticeId: NoticeId;
  contactId: ContactId;
  address: string;
  templateId: TemplateId;
  round: number;
  /** This one included. */
  attempts: number;
  partsSent: number;
  expiresAt: Date | null;
  /** Whom it is about; of several children, the first whose part may go out. */
  child: string;
  className: string;
  /** Further values of this recipient's own. */
  vars: Record<string, unknown> | null;
  /** False: what is this child's own may not go to this guardian any more; asked at the moment of taking it up. */
  may: boolean;
};

// What is one child's own (marks, bills) is asked about once more in the moment of sending: the child's guardian, the
// right, the agreement, and that the contact is still this guardian's. Of a message that puts several things together
// only those parts go out that may; a digest has no purpose of its own.
const STILL_MAY = `exists (
  select 1 from notice n
   where n.id = r.notice_id
     and (n.purpose is null and not r.vars ? 'parts'
          or exists (select 1 from contact k where k.id = t.contact_id and k.guardian_id = r.guardian_id and k.state = 'active')
             and case when r.vars ? 'parts' then ${PARTS_THAT_MAY} is not null
                      else ${mayBeTold('r.pupil_id', 'n.purpose')} end))`;
// Which (priority, school) have something waiting on the lane: hops over the index from one to the next, so its cost
// does not grow with the number of rows that wait.
const HEADS = `with recursive heads as (
  (select priority, school_id from delivery
    where account_id = $1 and state = 'pending' order by priority, school_id limit 1)
  union all
  select n.priority, n.school_id from heads h cross join lateral (
    select d.priority, d.school_id from delivery d
     where d.account_id = $1 and d.state = 'pending' and (d.priority, d.school_id) > (h.priority, h.school_id)
     order by d.priority, d.school_id limit 1) n
)`;

// The rows are taken by their place in the table (ctid): by their ids, a planner whose statistics are some minutes old
// would rather read everything that waits, for every slice; for the same reason the order comes from an array, not
// from a join. `state = 'pending'` is asked again of the row as it is then.
// The lane's owner takes the next slice: by priority, then in turns over the schools that share the lane (one
// school's flood does not starve another), then by due time.
const CLAIM = `
${HEADS},
due as (
  select x.row, x.id, h.priority, x.due_at, row_number() over (partition by h.priority, h.school_id order by x.due_at, x.id) as turn
    from heads h cross join lateral (
      select d.ctid as row, d.id, d.due_at from delivery d
       where d.account_id = $1 and d.state = 'pending' and d.priority = h.priority and d.school_id = h.school_id
         and d.due_at <= $3
       order by d.due_at, d.id limit $4) x
),
picked as (select row, id, row_number() over (order by priority, turn, due_at, id) as place from due
            order by priority, turn, due_at, id limit $4),
taken as (
  update delivery d set state = 'sending', owner = $2, attempts = d.attempts + 1
   where d.ctid = any(array(select row from picked)) and d.state = 'pending'
  returning d.id, d.recipient_id, d.notice_id, d.contact_id, d.address, d.template_id, d.round, d.attempts,
            d.parts_sent, d.expires_at
)
select t.id, t.recipient_id as "recipientId", t.notice_id as "noticeId", t.contact_id as "contactId", t.address,
       t.template_id as "templateId", t.round, t.attempts, t.parts_sent as "partsSent", t.expires_at as "expiresAt",
       coalesce(v.vars #>> '{parts,0,name}', r.child) as child,
       coalesce(v.vars #>> '{parts,0,className}', r.class_name) as "className",
       v.vars, r.vars is null or ${STILL_MAY} as may
  from taken t join recipient r on r.id = t.recipient_id cross join lateral (select ${VARS_THAT_MAY} as vars offset 0) v
 order by array_position((select array_agg(id order by place) from picked), t.id)`;

/** Takes at most `most` due deliveries of a lane for `owner` (who must hold the lane's lease). */
export async function claim(
  pool: Pool,
  lane: AccountId,
  owner: string,
  now: Date,
  most: number,
): Promise<Claimed[]> {
  const { rows } = await pool.query<Claimed>({
    name: 'outbox-claim',
    text: CLAIM,
    values: [lane, owner, now, most],
  });
  return rows;
}

const NEXT_DUE = `
${HEADS}
select min(x.due_at) as "dueAt" from heads h cross join lateral (
  select d.due_at from delivery d
   where d.account_id = $1 and d.state = 'pending' and d.priority = h.priority and d.school_id = h.school_id
   order by d.due_at limit 1) x`;

/** When the first of a lane's waiting deliveries is due; null when none waits. */
export async function nextDueAt(pool: Pool, lane: AccountId): Promise<Date | null> {
  const { rows } = await pool.query<{ dueAt: Date | null }>({
    name: 'outbox-next-due',
    text: NEXT_DUE,
    values: [lane],
  });
  return rows[0]?.dueAt ?? null;
}
