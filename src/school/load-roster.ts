import type { Prisma } from '../store/prisma/client.ts';
import { classKey } from './class-name.ts';
import type { KnownGuardian, PresentRoster } from './present-roster.ts';
import type { RosterList } from './roster-facts.ts';

type Tx = Prisma.TransactionClient;

const dayOf = (date: Date | null): string | null => date?.toISOString().slice(0, 10) ?? null;

/** The list's pupils by code, and all who are in its classes now; with their enrolments and guardianships. */
async function loadPupils(tx: Tx, schoolId: string, codes: string[], classIds: string[]) {
  return tx.pupil.findMany({
    where: {
      schoolId,
      OR: [{ code: { in: codes } }, { enrolments: { some: { classId: { in: classIds } } } }],
    },
    include: {
      enrolments: { include: { schoolClass: { select: { schoolYear: { select: { label: true } } } } } },
      guardianships: true,
    },
    orderBy: { id: 'asc' },
  });
}

async function loadGuardians(tx: Tx, schoolId: string, ids: string[], phones: string[], now: Date) {
  return tx.guardian.findMany({
    where: {
      schoolId,
      OR: [{ id: { in: ids } }, { phone: { in: phones } }, { secondPhone: { in: phones } }],
    },
    include: {
      guardianships: true,
      contacts: { select: { channel: true, address: true } },
      linkCodes: {
        where: { revokedAt: null, usedAt: null, expiresAt: { gt: now } },
        select: { id: true },
        take: 1,
      },
    },
    orderBy: { id: 'asc' },
  });
}

function knownGuardian(row: Awaited<ReturnType<typeof loadGuardians>>[number]): KnownGuardian {
  const linked = row.contacts.length > 0;
  return {
    id: row.id,
    fullName: row.fullName,
    nameKey: row.nameKey,
    phone: row.phone,
    secondPhone: row.secondPhone,
    emails: row.contacts.filter((contact) => contact.channel === 'email').map((contact) => contact.address),
    linked,
    spokenFor: linked || row.linkCodes.length > 0,
  };
}

/** Locks the school's roster until the transaction ends: two imports of one school go one after the other. */
async function lockSchool(tx: Tx, schoolId: string): Promise<void> {
  await tx.$queryRaw`select id from org_unit where id = ${schoolId}::uuid for no key update`;
}

/** Reads what planning a list needs: some ten queries, however long the list is. */
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
  const pupils = await loadPupils(
    tx,
    schoolId,
    codes,
    classes.map((one) => one.id),
  );
  const guardianIds = pupils.flatMap((pupil) => pupil.guardianships.map((one) => one.guardianId));
  const phones = list.pupils.flatMap((fact) => fact.guardians.flatMap((guardian) => guardian.phones));
  const guardians = await loadGuardians(tx, schoolId, [...new Set(guardianIds)], [...new Set(phones)], now);
  const guardianships = guardians.flatMap((guardian) => guardian.guardianships);
  return {
    years,
    classes,
    pupils: pupils.map((row) => ({
      id: row.id,
      code: row.code,
      fullName: row.fullName,
      nameKey: row.nameKey,
      bornOn: dayOf(row.bornOn),
      left: row.leftAt !== null,
    })),
    enrolments: pupils.flatMap((pupil) =>
      pupil.enrolments.map((one) => ({
        id: one.id,
        pupilId: one.pupilId,
        classId: one.classId,
        yearLabel: one.schoolClass.schoolYear.label,
        closed: one.closedAt !== null,
      })),
    ),
    guardians: guardians.map(knownGuardian),
    guardianships: guardianships.map((one) => ({
      id: one.id,
      guardianId: one.guardianId,
      pupilId: one.pupilId,
      relation: one.relation,
      closed: one.closedAt !== null,
    })),
  };
}
