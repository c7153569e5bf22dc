import type { Prisma } from '../store/prisma/client.ts';
import type { GradebookSheet } from './gradebook.ts';
import type { MarkValue } from './mark.ts';
import { openRoll, type RollPupil } from './match-pupil.ts';
import { type GradebookPlan, markKey, type PlannedChange, planGradebook } from './plan-gradebook.ts';
import { hasAverages, schemeOf } from './scheme.ts';

export type GradebookClass = { id: string; name: string; grade: number };

export type ApplyGradebook = {
  schoolId: string;
  schoolYearId: string;
  yearLabel: string;
  classes: readonly GradebookClass[];
  sheets: readonly GradebookSheet[];
  at: Date;
  dryRun: boolean;
  /** How long changes wait before families are told, ms; counted from the last import of the class. */
  settleMs: number;
  /** Asked with the plan before anything is written; may throw. */
  check: (plan: GradebookPlan) => void;
};

/**
 * Brings the stored marks of a school to what a gradebook says, in the caller's transaction, and notes every change.
 * The same gradebook a second time changes nothing. What the file has no column for stays as it is.
 */
export async function applyGradebook(
  tx: Prisma.TransactionClient,
  options: ApplyGradebook,
): Promise<GradebookPlan> {
  const { schoolId, schoolYearId, sheets, dryRun } = options;
  // Two imports of one school at once would each compare with what the other is about to change.
  await tx.$queryRaw`select pg_advisory_xact_lock(hashtextextended(${`marks:${schoolId}`}, 0))::text`;
  const pupils = await loadRoll(tx, options);
  const stored = await loadMarks(tx, schoolYearId, pupils);
  const gradeOf = new Map(options.classes.map((one) => [one.id, one.grade]));
  const plan = planGradebook(sheets, openRoll(pupils), stored, (classId) =>
    hasAverages(schemeOf(options.yearLabel, gradeOf.get(classId) ?? 0)),
  );
  options.check(plan);
  if (!dryRun) await write(tx, options, plan);
  return plan;
}

type RollRow = Omit<RollPupil, 'left'> & { leftAt: Date | null };

/** Pupils of the file's classes, and of whole school those whose code it names. */
async function loadRoll(
  tx: Prisma.TransactionClient,
  { schoolId, schoolYearId, sheets }: ApplyGradebook,
): Promise<RollPupil[]> {
  const rows = sheets.flatMap((sheet) => sheet.rows);
  const classIds = [...new Set(rows.map((row) => row.classId))];
  const codes = [...new Set(rows.flatMap((row) => row.code ?? []))];
  const vendorCodes = [...new Set(rows.flatMap((row) => row.vendorCode ?? []))];
  const found = await tx.$queryRaw<RollRow[]>`
    select p.id, p.code, p.vendor_code as "vendorCode", p.full_name as "fullName", p.name_key as "nameKey",
           to_char(p.born_on, 'YYYY-MM-DD') as "bornOn", p.left_at as "leftAt",
           coalesce(array_agg(e.class_id::text) filter (where k.id is not null), '{}') as "classIds"
      from pupil p
      left join enrolment e on e.pupil_id = p.id and (e.closed_at is null or p.left_at is not null)
      left join school_class k on k.id = e.class_id and k.school_year_id = ${schoolYearId}::uuid
     where p.school_id = ${schoolId}::uuid
       and (p.id in (select pupil_id from enrolment where class_id = any(${classIds}::uuid[]))
            or p.code = any(${codes}) or p.vendor_code = any(${vendorCodes}))
     group by p.id`;
  return found.map(({ leftAt, ...rest }) => ({ ...rest, left: leftAt !== null }));
}

type MarkRow = MarkValue & { pupilId: string; term: number; subjectKey: string; slot: string };

async function loadMarks(tx: Prisma.TransactionClient, schoolYearId: string, pupils: readonly RollPupil[]) {
  const ids = pupils.map((pupil) => pupil.id);
  const rows = await tx.$queryRaw<MarkRow[]>`
    select pupil_id as "pupilId", term, subject_key as "subjectKey", slot, tenths, word, raw
      from mark where pupil_id = any(${ids}::uuid[]) and school_year_id = ${schoolYearId}::uuid`;
  const stored = new Map<string, Map<string, MarkValue>>();
  for (const { pupilId, term, subjectKey, slot, tenths, word, raw } of rows) {
    const marks = stored.get(pupilId) ?? new Map<string, MarkValue>();
    stored.set(pupilId, marks.set(markKey(term, subjectKey, slot), { tenths, word, raw }));
  }
  return stored;
}

const WRITE_MARKS = `
insert into mark (school_id, school_year_id, pupil_id, term, subject_key, subject, slot, tenths, word, raw)
select $1::uuid, $2::uuid, c."pupilId", c.term, c."subjectKey", c.subject, c.slot,
       (c.after ->> 'tenths')::smallint, c.after ->> 'word', c.after ->> 'raw'
  from jsonb_to_recordset($3::jsonb) c("pupilId" uuid, term smallint, "subjectKey" text, subject text, slot text, after jsonb)
    on conflict (pupil_id, school_year_id, term, subject_key, slot)
    do update set tenths = excluded.tenths, word = excluded.word, raw = excluded.raw, subject = excluded.subject`;

const REMOVE_MARKS = `
delete from mark m using jsonb_to_recordset($2::jsonb) c("pupilId" uuid, term smallint, "subjectKey" text, slot text)
 where m.pupil_id = c."pupilId" and m.school_year_id = $1::uuid and m.term = c.term
   and m.subject_key = c."subjectKey" and m.slot = c.slot`;

const NOTE_CHANGES = `
insert into mark_change (school_id, school_year_id, class_id, pupil_id, term, subject_key, subject, slot, before, after, at)
select $1::uuid, $2::uuid, c."classId", c."pupilId", c.term, c."subjectKey", c.subject, c.slot,
       nullif(c.before, 'null'::jsonb), nullif(c.after, 'null'::jsonb), $4::timestamptz
  from jsonb_to_recordset($3::jsonb) c("classId" uuid, "pupilId" uuid, term smallint, "subjectKey" text, subject text,
                                       slot text, before jsonb, after jsonb)`;

/** A class with waiting news waits on: forty corrections make one message. What was released waits for a new release. */
const WAIT = `
insert into mark_news (class_id, school_id, due_at)
select unnest($2::uuid[]), $1::uuid, $3::timestamptz
    on conflict (class_id) do update set due_at = excluded.due_at, released_at = null`;

async function write(
  tx: Prisma.TransactionClient,
  options: ApplyGradebook,
  plan: GradebookPlan,
): Promise<void> {
  const { schoolId, schoolYearId, at, settleMs } = options;
  for (const { pupilId, vendorCode } of plan.vendorCodes)
    await tx.pupil.updateMany({ where: { id: pupilId, schoolId }, data: { vendorCode } });
  const { changes } = plan;
  const json = (some: readonly PlannedChange[]) => JSON.stringify(some);
  if (changes.length) {
    await tx.$executeRawUnsafe(WRITE_MARKS, schoolId, schoolYearId, json(changes.filter((one) => one.after)));
    await tx.$executeRawUnsafe(REMOVE_MARKS, schoolYearId, json(changes.filter((one) => !one.after)));
    await tx.$executeRawUnsafe(NOTE_CHANGES, schoolId, schoolYearId, json(changes), at);
  }
  const changed = new Set(changes.map((one) => one.classId));
  // Also a class that only waits: the time counts from its last import.
  const waiting = await tx.markNews.findMany({
    where: { classId: { in: plan.classIds } },
    select: { classId: true },
  });
  const due = new Date(at.getTime() + settleMs);
  if (changed.size) await tx.markRule.createMany({ data: [{ schoolId }], skipDuplicates: true });
  if (changed.size) await tx.$executeRawUnsafe(WAIT, schoolId, [...changed], due);
  const others = waiting.map((one) => one.classId).filter((id) => !changed.has(id));
  if (others.length)
    await tx.markNews.updateMany({ where: { classId: { in: others } }, data: { dueAt: due } });
}
