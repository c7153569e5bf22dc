// Who may have a file: asked again when it goes out, and each time its link is opened.

import type { PrismaClient } from '../store/prisma/client.ts';

export type Chat = { accountId: string; address: string };

/** What holds at the moment of sending a notice holds at the moment of opening what went with it. */
export async function mayStillRead(db: PrismaClient, id: string, deliveryId: string): Promise<boolean> {
  const rows = await db.$queryRaw<unknown[]>`
    select 1 from delivery d
      join contact c on c.id = d.contact_id and c.state = 'active'
      join attachment a on a.id = ${id}::uuid
      join notice n on n.id = case when a.used_for like 'notice:%' then substr(a.used_for, 8)::uuid end and n.attachment_id = a.id
      join recipient r on r.notice_id = n.id and r.guardian_id = c.guardian_id and r.withdrawn is null
      join guardianship gs on gs.guardian_id = r.guardian_id and gs.pupil_id = r.pupil_id and gs.closed_at is null
      left join consent co on co.guardian_id = r.guardian_id and co.pupil_id = r.pupil_id and co.purpose::text = n.purpose
     where d.id = ${deliveryId}::bigint and (n.purpose is null or co.agreed and not gs.urgent_only)
     limit 1`;
  return rows.length > 0;
}

/**
 * Whether a chat is still linked for a guardian or a member of staff; of a thread's file, whether it is one of its two
 * sides, or of whoever is on duty for its school. What is gone nobody is kept from hearing of.
 */
export async function mayChatHave(
  db: PrismaClient,
  id: string,
  { accountId, address }: Chat,
): Promise<boolean> {
  const rows = await db.$queryRaw<unknown[]>`
    select 1 from (select ${id}::uuid as id) x left join attachment a on a.id = x.id
      left join chat_thread t on t.id = case when a.used_for like 'thread:%' then substr(a.used_for, 8)::uuid end
     where exists (select 1 from contact c
                where c.account_id = ${accountId}::uuid and c.address = ${address} and c.state = 'active'
                  and (t.id is null or c.guardian_id = t.guardian_id
                       and exists (select 1 from guardianship gs join pupil p on p.id = gs.pupil_id and p.left_at is null
                                    where gs.guardian_id = t.guardian_id and gs.pupil_id = t.pupil_id and gs.closed_at is null)))
       or exists (select 1 from staff_contact k join staff s on s.id = k.staff_id and s.disabled_at is null
                   where k.account_id = ${accountId}::uuid and k.address = ${address} and k.ended_at is null
                     and (t.id is null or s.id = t.staff_id
                          or exists (select 1 from staff_role r where r.staff_id = s.id and r.org_unit_id = t.school_id and r.role = 'head')
                          or exists (select 1 from duty d where d.staff_id = s.id and d.school_id = t.school_id)))`;
  return rows.length > 0;
}
