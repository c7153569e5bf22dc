import type { Prisma } from '../store/prisma/client.ts';
import { classKey } from './class-name.ts';
import type { KnownEnrolment, KnownGuardian, KnownPupil, PresentRoster } from './present-roster.ts';
import type { RosterList } from './roster-facts.ts';
import { pushTo } from './working-roster.ts';

type Tx = Prisma.TransactionClient;

// One query after the other, never an `include` of two relations: a transaction has one connection, and the driver
// warns (and will refuse) when a second query is sent while the first runs.

const dayOf = (date: Date | null): string | null => date?.toISOString().slice(0, 10) ?? null;

/** Locks the school's roster until the transaction ends: two imports of one school go one after the other. */
async function lockSchool(tx: Tx, schoolId: string): Promise<void> {
  await tx.$queryRaw`select id from org_unit where id = ${schoolId}::uuid for no key update`;
}

/** The list's pupils by code, and all who are in its classes now. */
async function loadPupils(
  tx: Tx,
  schoolId: string,
  codes: string[],
  classIds: string[],
): Promise<KnownPupil[]> {
  const rows = await tx.pupil.findMany({
    where: {
      schoolId,
      OR: [{ code: { in: codes } }, { enrolments: { some: { classId: { in: classIds } } } }],
    },
    orderBy: { id: 'asc' },
  });
  return rows.map(({ id, code, fullName, nameKey, bornOn, leftAt }) => ({
    id,
    code,
    fullName,
    nameKey,
    bornOn: dayOf(bornOn),
    left: leftAt !== null,
  }));
}

async function loadEnrolments(tx: Tx, schoolId: string, pupilIds: string[]): Promise<KnownEnrolment[]> {
  const rows = await tx.enrolment.findMany({
    where: { schoolId, pupilId: { in: pupilIds } },
    include: { schoolClass: { select: { schoolYear: { select: { label: true } } } } },
    orderBy: { id: 'asc' },
  });
  return rows.map(({ id, pupilId, classId, closedAt, schoolClass }) => ({
    id,
    pupilId,
    classId,
    yearLabel: schoolClass.schoolYear.label,
    closed: closedAt !== null,
  }));
}

/** Guardians of these pupils, and all of the school who have one of these phones. */
async function loadGuardians(
  tx: Tx,
  schoolId: string,
  pupilIds: string[],
  phones: string[],
  now: Date,
): Promise<KnownGuardian[]> {
  const rows = await tx.guardian.findMany({
    where: {
      schoolId,
      OR: [
        { guardianships: { some: { pupilId: { in: pupilIds } } } },
        { phone: { in: phones } },
        { secondPhone: { in: phones } },
      ],
    },
    orderBy: { id: 'asc' },
  });
  const ids = rows.map((row) => row.id);
  const contacts = await tx.contact.findMany({
    where: { guardianId: { in: ids } },
    select: { guardianId: true, channel: true, address: true },
  });
  const codes = await tx.linkCode.findMany({
    where: { guardianId: { in: ids }, revokedAt: null, usedAt: null, expiresAt: { gt: now } },
    select: { guardianId: true },
  });
  const contactsOf = new Map<string, typeof contacts>();
  for (const contact of contacts) pushTo(contactsOf, contact.guardianId, contact);
  const withCode = new Set(codes.map((code) => code.guardianId));
  return rows.map(({ id, fullName, nameKey, phone, secondPhone }) => {
    const own = contactsOf.get(id) ?? [];
    const emails = own.filter((one) => one.channel === 'email').map((one) => one.address);
    const linked = own.length > 0;
    return {
      id,
      fullName,
      nameKey,
      phone,
      secondPhone,
      emails,
      linked,
      spokenFor: linked || withCode.has(id),
    };
  });
}

/** Reads what planning a list needs: ten queries, however long the list is. */
export async function loadRoster(
  tx: Tx,
  schoolId: string,
  list: RosterList,
  now: Date,
): Promise<PresentRoster> {
  await lockSchool(tx, schoolId);
  const years = await tx.schoolYear.findMany({
    where: { schoolId },
    select: { id: true, label: true, current: true },
  });
  const keys = [...new Set(list.pupils.map((fact) => classKey(fact.className)))];
  const classes = await tx.schoolClass.findMany({
    where: { schoolId, schoolYear: { label: list.yearLabel }, nameKey: { in: keys } },
    select: { id: true, name: true, nameKey: true, grade: true },
  });
  const codes = list.pupils.flatMap((fact) => fact.code ?? []);
  const classIds = classes.map((one) => one.id);
  const pupils = await loadPupils(tx, schoolId, codes, classIds);
  const pupilIds = pupils.map((pupil) => pupil.id);
  const enrolments = await loadEnrolments(tx, schoolId, pupilIds);
  const phones = new Set(list.pupils.flatMap((fact) => fact.guardians.flatMap((one) => one.phones)));
  const guardians = await loadGuardians(tx, schoolId, pupilIds, [...phones], now);
  const guardianships = await tx.guardianship.findMany({
    where: { guardianId: { in: guardians.map((one) => one.id) } },
    orderBy: { id: 'asc' },
  });
  return {
    years,
    classes,
    pupils,
    enrolments,
    guardians,
    guardianships: guardianships.map(({ id, guardianId, pupilId, relation, closedAt }) => ({
      id,
      guardianId,
      pupilId,
      relation,
      closed: closedAt !== null,
    })),
  };
}
