import { randomUUID } from 'node:crypto';
import type { AccountId } from '../store/ids.ts';
import type { PrismaClient } from '../store/prisma/client.ts';
import type { NoticeKind } from './kind.ts';
import { type PlanRules, plan } from './plan.ts';

/** The confirmation mail to an address that came from a file. Not a notice of the school: it asks, it tells nothing. */
export const invitation: NoticeKind = {
  name: 'invitation',
  purpose: null,
  priority: 9,
  urgent: false,
  contacts: 'first',
  unconfirmed: 'nextContact',
  templates: { first: 'invitation' },
  variables: ['givenName'],
};

// One mail per address, headed by the guardian's first child; its page shows all of them.
const INVITED = `
insert into recipient (notice_id, school_id, guardian_id, pupil_id, outcome, child, class_name, vars)
select distinct on (c.guardian_id) $1::uuid, c.school_id, c.guardian_id, p.id, 'waiting', p.full_name, k.name,
       jsonb_build_object('givenName', (regexp_match(p.full_name, '[^ ]+$'))[1])
  from contact c
  join guardianship gs on gs.guardian_id = c.guardian_id and gs.closed_at is null
  join pupil p on p.id = gs.pupil_id and p.left_at is null
  join enrolment e on e.pupil_id = p.id and e.closed_at is null
  join school_class k on k.id = e.class_id
 where c.school_id = $2::uuid and c.state = 'unconfirmed' and c.invited_at is null
 order by c.guardian_id, (gs.relation = 'guardian'), k.grade, p.code`;

/**
 * Asks every new address for confirmation, once. Quiet hours hold.
 * @returns how many guardians, and the lanes to ring.
 */
export async function inviteContacts(
  db: PrismaClient,
  rules: PlanRules,
  schoolId: string,
  actor: string,
  now: Date,
): Promise<{ invited: number; lanes: AccountId[] }> {
  return db.$transaction(async (tx) => {
    const notice = await tx.notice.create({
      data: {
        schoolId,
        kind: invitation.name,
        title: '',
        vars: {},
        facts: {},
        audience: {},
        urgent: false,
        asksToConfirm: false,
        idempotencyKey: `invitation:${randomUUID()}`,
        requestHash: '',
        createdBy: actor,
        publishedAt: now,
      },
    });
    const invited = await tx.$executeRawUnsafe(INVITED, notice.id, schoolId);
    if (!invited) {
      await tx.notice.delete({ where: { id: notice.id } });
      return { invited, lanes: [] };
    }
    await tx.notice.update({ where: { id: notice.id }, data: { audienceSize: invited } });
    const lanes = await plan(tx, rules, invitation, { ...notice, validUntil: null }, { who: 'invited' }, now);
    await tx.$executeRaw`
      update contact c set invited_at = ${now} from recipient r
       where r.notice_id = ${notice.id}::uuid and c.guardian_id = r.guardian_id and c.state = 'unconfirmed' and c.invited_at is null`;
    return { invited, lanes: lanes.map((lane) => lane.lane) };
  });
}
