import { audit } from '../security/index.ts';
import type { Prisma } from '../store/prisma/client.ts';
import { schoolDay } from '../time/index.ts';
import type { AttendanceFact } from './attendance-facts.ts';
import {
  type AttendanceBefore,
  type AttendancePlan,
  planAttendance,
  type StoredSession,
} from './plan-attendance.ts';
import { noteNearBound, sessionsADay } from './sessions.ts';

type Tx = Prisma.TransactionClient;

export type ApplyAttendance = {
  schoolId: string;
  year: { id: string; label: string };
  facts: readonly AttendanceFact[];
  at: Date;
  /** "staff:<id>" or "cli"; stands in the audit. */
  actor: string;
  dryRun: boolean;
};

/**
 * Adds what the school's attendance says, in the caller's transaction. What a file does not name stays: it may cover a
 * day or a class only. The same file a second time changes nothing.
 */
export async function applyAttendance(tx: Tx, options: ApplyAttendance): Promise<AttendancePlan> {
  const { schoolId, year, facts, at, actor, dryRun } = options;
  // Two imports at once would each plan from what the other has not written yet.
  await tx.$queryRaw`select pg_advisory_xact_lock(hashtextextended(${`attendance:${schoolId}`}, 0))::text`;
  const plan = planAttendance(facts, await loadBefore(tx, options));
  if (facts.some((fact) => fact.part === 'wholeDay')) {
    const count = String(await sessionsADay(tx, schoolId));
    plan.warnings.push({ row: 0, column: '', value: '', code: 'wholeDayCounts', data: { count } });
  }
  if (dryRun || !plan.sessions.length) return plan;
  const added = plan.sessions.filter((one) => one.isNew);
  const changed = plan.sessions.filter((one) => !one.isNew);
  await tx.missedSession.createMany({
    data: added.map(({ isNew: _, day, ...rest }) => ({
      ...rest,
      day: new Date(day),
      schoolId,
      schoolYearId: year.id,
    })),
  });
  for (const { pupilId, day, part, excused } of changed)
    await tx.missedSession.update({
      where: { pupilId_day_part: { pupilId, day: new Date(day), part } },
      data: { excused },
    });
  await noteNearBound(tx, [...new Set(plan.sessions.map((one) => one.pupilId))], year.id);
  await audit(tx, {
    orgUnitId: schoolId,
    at,
    actor,
    action: 'attendance.apply',
    subject: `school:${schoolId}`,
    data: { added: added.length, changed: changed.length },
  });
  return plan;
}

async function loadBefore(tx: Tx, { schoolId, year, facts, at }: ApplyAttendance): Promise<AttendanceBefore> {
  const codes = [...new Set(facts.map((fact) => fact.pupilCode))];
  const pupils = await tx.$queryRaw<AttendanceBefore['pupils'][number][]>`
    select p.id::text as id, p.code, p.vendor_code as "vendorCode", p.full_name as "fullName", p.name_key as "nameKey",
           array(select k.name_key from enrolment e join school_class k on k.id = e.class_id and k.school_year_id = ${year.id}::uuid
                  where e.pupil_id = p.id) as "classKeys"
      from pupil p where p.school_id = ${schoolId}::uuid and (p.code = any(${codes}) or p.vendor_code = any(${codes}))`;
  const stored = await tx.$queryRaw<StoredSession[]>`
    select pupil_id::text as "pupilId", to_char(day, 'YYYY-MM-DD') as day, part::text as part, excused
      from missed_session where pupil_id = any(${pupils.map((one) => one.id)}::uuid[])`;
  return { pupils, stored, yearLabel: year.label, today: schoolDay(at).toISOString().slice(0, 10) };
}
