// What stands behind the link of a mail's "Đã nộp / được miễn giảm": the same as the button below a chat message.
import { HubError } from '../errors.ts';
import type { PrismaClient } from '../store/prisma/client.ts';
import { claimBills } from './claim.ts';
import { billsWhere, type ShownBill } from './shown-bill.ts';

export type ClaimableBills = { school: string; language: string; bills: ShownBill[] };

/** A bill outlives its reminders; who asks later finds it in a newer mail. */
export const CLAIM_LINK_DAYS = 30;

type Reader = { guardianId: string; schoolId: string; school: string; language: string; billIds: string[] };

// The mail may have been passed on, or be older than the right to what it shows: the address must still be the guardian's,
// and only what they may see of bills today is there.
async function readerOf(db: PrismaClient, deliveryId: string): Promise<Reader> {
  const [reader] = await db.$queryRaw<Reader[]>`
    select r.guardian_id::text as "guardianId", r.school_id::text as "schoolId", u.name as school, g.language,
           array(select t.bill_id::text from bill_told t
                   join bill b on b.id = t.bill_id
                   join guardianship gs on gs.guardian_id = t.guardian_id and gs.pupil_id = b.pupil_id
                   join consent co on co.guardian_id = gs.guardian_id and co.pupil_id = gs.pupil_id and co.purpose = 'fees'
                  where t.recipient_id = r.id and t.guardian_id = r.guardian_id and gs.closed_at is null and gs.can_pay
                    and not gs.urgent_only and co.agreed) as "billIds"
      from delivery d
      join recipient r on r.id = d.recipient_id
      join contact c on c.id = d.contact_id and c.guardian_id = r.guardian_id and c.state = 'active'
      join guardian g on g.id = r.guardian_id
      join org_unit u on u.id = r.school_id
     where d.id = ${deliveryId}::bigint`;
  if (!reader?.billIds.length) throw new HubError('badLink');
  return reader;
}

/** The bills of the message that this delivery brought, as they are now. @throws HubError `badLink` */
export async function billsOfMessage(db: PrismaClient, deliveryId: string): Promise<ClaimableBills> {
  const { school, language, billIds } = await readerOf(db, deliveryId);
  return { school, language, bills: await billsWhere(db, 'b.id = any($1::uuid[])', billIds) };
}

/**
 * Claims these of the message's bills; others are nobody's business here. Done again, it changes nothing.
 * @returns how many it was about @throws HubError `badLink`
 */
export async function claimOfMail(
  db: PrismaClient,
  deliveryId: string,
  chosen: readonly string[],
  now: Date,
): Promise<number> {
  const { guardianId, schoolId, billIds } = await readerOf(db, deliveryId);
  const ids = billIds.filter((id) => chosen.includes(id));
  return ids.length ? claimBills(db, schoolId, guardianId, ids, now) : 0;
}
