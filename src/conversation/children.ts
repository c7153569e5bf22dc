import type { PrismaClient } from '../store/prisma/client.ts';
import type { Purpose } from '../store/prisma/enums.ts';

/** A child as it may be named in a chat: given name and class, nothing more. */
export type Child = {
  guardianshipId: string;
  guardianId: string;
  pupilId: string;
  schoolId: string;
  school: string;
  givenName: string;
  className: string;
  language: string;
  contactId: string;
  canSeeMarks: boolean;
  canPay: boolean;
  /** Gets safety notices and nothing else. */
  urgentOnly: boolean;
  consents: Partial<Record<Purpose, boolean>>;
};

// One statement: every message asks this first, and nine queries of a cold process took most of the time of an answer.
const CHILDREN = `
select gs.id::text as "guardianshipId", g.id::text as "guardianId", p.id::text as "pupilId", gs.school_id::text as "schoolId",
       u.name as school, (regexp_match(p.full_name, '[^ ]*$'))[1] as "givenName", coalesce(k.name, '') as "className",
       g.language, c.id::text as "contactId", gs.can_see_marks as "canSeeMarks", gs.can_pay as "canPay",
       gs.urgent_only as "urgentOnly", coalesce(co.answers, '{}') as consents
  from contact c
  join guardian g on g.id = c.guardian_id
  join guardianship gs on gs.guardian_id = g.id and gs.closed_at is null
  join pupil p on p.id = gs.pupil_id and p.left_at is null
  join org_unit u on u.id = p.school_id
  left join lateral (select k.name from enrolment e join school_class k on k.id = e.class_id
                      where e.pupil_id = p.id and e.closed_at is null limit 1) k on true
  left join lateral (select jsonb_object_agg(purpose, agreed) as answers from consent
                      where guardian_id = g.id and pupil_id = p.id) co on true
 where c.account_id = $1::uuid and c.address = $2 and c.state = 'active'
   and (co.answers is not null
        or exists (select from link_code l where l.guardian_id = g.id and l.pupil_id = p.id and l.used_at is not null))
 order by c.created_at, gs.id`;

/**
 * The children whom an address is linked for. Behind a chat stand the children whose code it has sent, which a
 * consent row or the code itself shows; a child that only shares a phone number in a list is not among them.
 */
export const childrenOf = (
  db: Pick<PrismaClient, '$queryRawUnsafe'>,
  { accountId, address }: { accountId: string; address: string },
): Promise<Child[]> => db.$queryRawUnsafe<Child[]>(CHILDREN, accountId, address);
