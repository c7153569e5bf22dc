import type { Prisma } from '../store/prisma/client.ts';
import type { GuardianRow, PupilRow, RosterPlan } from './roster-plan.ts';

type Tx = Prisma.TransactionClient;

export type WriteOptions = {
  schoolId: string;
  yearLabel: string;
  at: Date;
  /** Where addresses from a list belong; null: none were planned. */
  mailAccountId: string | null;
};

/** A chat is tried before an address that came from a file. */
const MAIL_POSITION = 10;

async function yearId(tx: Tx, plan: RosterPlan, { schoolId, yearLabel }: WriteOptions): Promise<string> {
  const { newYear } = plan;
  if (newYear === null) {
    const known = await tx.schoolYear.findUniqueOrThrow({
      where: { schoolId_label: { schoolId, label: yearLabel } },
      select: { id: true },
    });
    return known.id;
  }
  if (newYear.current)
    await tx.schoolYear.updateMany({ where: { schoolId, current: true }, data: { current: false } });
  await tx.schoolYear.create({ data: { ...newYear, schoolId } });
  return newYear.id;
}

const closing = (closed: boolean, at: Date): Date | null => (closed ? at : null);

async function createRows(tx: Tx, plan: RosterPlan, options: WriteOptions): Promise<void> {
  const { schoolId, at, mailAccountId } = options;
  if (plan.newClasses.length > 0) {
    const schoolYearId = await yearId(tx, plan, options);
    await tx.schoolClass.createMany({
      data: plan.newClasses.map((row) => ({ ...row, schoolId, schoolYearId })),
    });
  }
  await tx.pupil.createMany({
    data: plan.pupils.created.map(({ left, bornOn, ...row }) => ({
      ...row,
      schoolId,
      bornOn: bornOn === null ? null : new Date(bornOn),
      leftAt: closing(left, at),
      createdAt: at,
    })),
  });
  await tx.enrolment.createMany({
    data: plan.enrolments.created.map(({ id, pupilId, classId, closed }) => ({
      id,
      pupilId,
      classId,
      schoolId,
      closedAt: closing(closed, at),
    })),
  });
  await tx.guardian.createMany({
    data: plan.guardians.created.map(({ id, fullName, nameKey, phone, secondPhone }) => ({
      id,
      fullName,
      nameKey,
      phone,
      secondPhone,
      schoolId,
      createdAt: at,
    })),
  });
  await tx.guardianship.createMany({
    data: plan.guardianships.created.map(({ closed, ...row }) => ({
      ...row,
      schoolId,
      closedAt: closing(closed, at),
    })),
  });
  if (mailAccountId === null) return;
  await tx.contact.createMany({
    data: plan.newMailContacts.map((row) => ({
      ...row,
      schoolId,
      accountId: mailAccountId,
      channel: 'email',
      state: 'unconfirmed' as const,
      position: MAIL_POSITION,
      createdAt: at,
      changedAt: at,
    })),
  });
}

async function changePupils(tx: Tx, rows: PupilRow[], at: Date): Promise<void> {
  if (rows.length === 0) return;
  await tx.$executeRaw`
    update pupil p set full_name = v."fullName", name_key = v."nameKey", born_on = v."bornOn",
           left_at = case when v."left" then coalesce(p.left_at, ${at}) end
      from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
        as v(id uuid, "fullName" text, "nameKey" text, "bornOn" date, "left" boolean)
     where p.id = v.id`;
}

async function changeGuardians(tx: Tx, rows: GuardianRow[]): Promise<void> {
  if (rows.length === 0) return;
  const values = rows.map(({ id, fullName, nameKey, phone, secondPhone }) => ({
    id,
    fullName,
    nameKey,
    phone,
    secondPhone,
  }));
  await tx.$executeRaw`
    update guardian g set full_name = v."fullName", name_key = v."nameKey", phone = v.phone, second_phone = v."secondPhone"
      from jsonb_to_recordset(${JSON.stringify(values)}::jsonb)
        as v(id uuid, "fullName" text, "nameKey" text, phone text, "secondPhone" text)
     where g.id = v.id`;
}

async function changeEnrolments(tx: Tx, plan: RosterPlan, at: Date): Promise<void> {
  const ids = (closed: boolean): string[] =>
    plan.enrolments.changed.filter((row) => row.closed === closed).map((row) => row.id);
  const [closed, opened] = [ids(true), ids(false)];
  if (closed.length > 0)
    await tx.enrolment.updateMany({ where: { id: { in: closed } }, data: { closedAt: at } });
  if (opened.length > 0)
    await tx.enrolment.updateMany({ where: { id: { in: opened } }, data: { closedAt: null } });
}

async function changeGuardianships(tx: Tx, plan: RosterPlan, at: Date): Promise<void> {
  const rows = plan.guardianships.changed;
  if (rows.length === 0) return;
  await tx.$executeRaw`
    update guardianship g set relation = v.relation::"Relation",
           closed_at = case when v.closed then coalesce(g.closed_at, ${at}) end
      from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as v(id uuid, relation text, closed boolean)
     where g.id = v.id`;
}

/** Writes a plan in the caller's transaction: a handful of statements, however long the list is. */
export async function writeRoster(tx: Tx, plan: RosterPlan, options: WriteOptions): Promise<void> {
  await createRows(tx, plan, options);
  await changePupils(tx, plan.pupils.changed, options.at);
  await changeEnrolments(tx, plan, options.at);
  await changeGuardians(tx, plan.guardians.changed);
  await changeGuardianships(tx, plan, options.at);
}
