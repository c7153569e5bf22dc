import type { PrismaClient } from '../../store/prisma/client.ts';
import type { Role } from '../../store/prisma/enums.ts';

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
  chat: { accountId: string; address: string },
): Promise<StaffRoleHere[]> {
  const linked = await db.staffContact.findMany({
    where: { ...chat, endedAt: null },
    select: { staffId: true },
  });
  return linked.length
    ? rolesOf(
        db,
        linked.map((one) => one.staffId),
        chat.accountId,
      )
    : [];
}

/**
 * What these members of staff may do now at the schools for which an account speaks: its own, or those below its unit.
 * A class of a year that is over is none any more.
 */
export async function rolesOf(
  db: Pick<PrismaClient, '$queryRaw'>,
  staffIds: readonly string[],
  accountId: string,
): Promise<StaffRoleHere[]> {
  return db.$queryRaw<StaffRoleHere[]>`
    select s.id::text as "staffId", s.full_name as "fullName", u.id::text as "schoolId", u.name as school, r.role::text as role,
           k.id::text as "classId", k.name as "className"
      from staff s
      join staff_role r on r.staff_id = s.id
      join org_unit u on u.id = r.org_unit_id
      left join (school_class k join school_year y on y.id = k.school_year_id and y.current) on k.id = r.class_id
     where s.id = any(${[...staffIds]}::uuid[]) and s.disabled_at is null
       and exists (with recursive above as (
                     select id, parent_id from org_unit where id = u.id
                     union all select a.id, a.parent_id from org_unit a join above b on a.id = b.parent_id)
                   select 1 from above join channel_account ca on ca.org_unit_id = above.id where ca.id = ${accountId}::uuid)
     order by k.grade, k.name_key, r.role`;
}
