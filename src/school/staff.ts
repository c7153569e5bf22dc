import { audit, type Signer } from '../security/index.ts';
import type { Prisma, PrismaClient } from '../store/prisma/client.ts';
import type { Role } from '../store/prisma/enums.ts';
import { newLinkCode } from './link-code.ts';
import { tidyName } from './name.ts';

const DAY_MS = 86_400_000;

export type StaffMember = { id: string; fullName: string };

/** A member of staff with a role; known by name at this school. Giving a role twice changes nothing. */
export async function addStaff(
  db: PrismaClient,
  given: { schoolId: string; fullName: string; role: Role; classId: string | null; actor: string },
  now: Date,
): Promise<StaffMember> {
  const { schoolId, role, classId, actor } = given;
  const fullName = tidyName(given.fullName);
  return db.$transaction(async (tx) => {
    const before = await staffNamed(tx, schoolId, fullName);
    const staff = before ?? (await tx.staff.create({ data: { fullName } }));
    const same = { staffId: staff.id, orgUnitId: schoolId, role, classId };
    if (await tx.staffRole.findFirst({ where: same })) return staff;
    await tx.staffRole.create({ data: same });
    await audit(tx, {
      orgUnitId: schoolId,
      at: now,
      actor,
      action: 'staff.role',
      subject: `staff:${staff.id}`,
      data: { role },
    });
    return staff;
  });
}

/** The member of staff of that name at this school; null when nobody or more than one is called so. */
export async function staffNamed(
  db: Prisma.TransactionClient,
  schoolId: string,
  fullName: string,
): Promise<StaffMember | null> {
  const found = await db.staff.findMany({
    where: { fullName: tidyName(fullName), disabledAt: null, roles: { some: { orgUnitId: schoolId } } },
    select: { id: true, fullName: true },
  });
  return found.length === 1 ? (found[0] ?? null) : null;
}

/** A new one-time code with which this person links their own chat; earlier ones that were not used end. */
export async function issueStaffCode(
  db: PrismaClient,
  signer: Signer,
  about: { schoolId: string; staffId: string; days: number; actor: string },
  now: Date,
): Promise<string> {
  const { schoolId, staffId, days, actor } = about;
  const code = newLinkCode();
  await db.$transaction(async (tx) => {
    await tx.staffCode.updateMany({
      where: { staffId, usedAt: null, revokedAt: null },
      data: { revokedAt: now },
    });
    const expiresAt = new Date(now.getTime() + days * DAY_MS);
    await tx.staffCode.create({ data: { staffId, hash: signer.hash(code), expiresAt } });
    await audit(tx, {
      orgUnitId: schoolId,
      at: now,
      actor,
      action: 'staff.code',
      subject: `staff:${staffId}`,
    });
  });
  return code;
}

export type Teacher = { staffId: string; fullName: string; role: Role };

/** Who teaches a pupil, the form teacher first. */
export function teachersOf(db: PrismaClient, pupilId: string): Promise<Teacher[]> {
  return db.$queryRaw<Teacher[]>`
    select s.id::text as "staffId", s.full_name as "fullName", min(r.role)::text as role
      from enrolment e
      join staff_role r on r.class_id = e.class_id and r.role in ('formTeacher', 'subjectTeacher')
      join staff s on s.id = r.staff_id and s.disabled_at is null
     where e.pupil_id = ${pupilId}::uuid and e.closed_at is null
     group by s.id, s.full_name order by min(r.role), s.full_name, s.id`;
}

/** Whom to tell what cannot wait: those on duty, or else the heads of the school. */
export async function onDuty(db: PrismaClient, schoolId: string): Promise<string[]> {
  const duty = await db.duty.findMany({ where: { schoolId }, select: { staffId: true } });
  if (duty.length) return duty.map((one) => one.staffId);
  const heads = await db.staffRole.findMany({
    where: { orgUnitId: schoolId, role: 'head', staff: { disabledAt: null } },
    select: { staffId: true },
  });
  return [...new Set(heads.map((one) => one.staffId))];
}
