import type { PrismaClient } from '../store/prisma/client.ts';
import type { Role } from '../store/prisma/enums.ts';

/** Whoever of the staff has linked this chat, and what they may do at which school. */
export type StaffRoleHere = {
  staffId: string;
  fullName: string;
  schoolId: string;
  school: string;
  role: Role;
  classId: string | null;
  className: string | null;
};

/** The roles behind a chat; empty for everybody who is not staff. */
export async function staffOf(
  db: PrismaClient,
  { accountId, address }: { accountId: string; address: string },
): Promise<StaffRoleHere[]> {
  return db.$queryRaw<StaffRoleHere[]>`
    select s.id::text as "staffId", s.full_name as "fullName", u.id::text as "schoolId", u.name as school, r.role::text as role,
           k.id::text as "classId", k.name as "className"
      from staff_contact c
      join staff s on s.id = c.staff_id and s.disabled_at is null
      join staff_role r on r.staff_id = s.id
      join org_unit u on u.id = r.org_unit_id
      left join school_class k on k.id = r.class_id
     where c.account_id = ${accountId}::uuid and c.address = ${address} and c.ended_at is null
     order by k.grade, k.name_key, r.role`;
}
