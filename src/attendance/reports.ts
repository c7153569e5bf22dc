// Reports of absence as rows: kept once, decided once. Who may do it is looked at by whoever calls.

import { audit, type Sealer } from '../security/index.ts';
import type { Prisma } from '../store/prisma/client.ts';
import type { AbsenceState, DayPart } from '../store/prisma/enums.ts';
import { type AbsenceReason, statesBefore } from './absence.ts';

type Tx = Prisma.TransactionClient;

export type NewAbsence = {
  schoolId: string;
  pupilId: string;
  guardianId: string;
  fromOn: Date;
  toOn: Date;
  part: DayPart;
  reason: AbsenceReason;
  attachmentId: string | null;
  /** The same update makes one report. */
  updateId: string;
  accountId: string;
  address: string;
};

const sealedFor = (updateId: string | bigint): string => `absence:${updateId}`;

/** Keeps a report, once, however often the update that brought it is handled. */
export async function keepAbsence(
  tx: Tx,
  sealer: Sealer,
  { reason, updateId, ...given }: NewAbsence,
  now: Date,
): Promise<{ id: string; made: boolean }> {
  const { count } = await tx.absenceReport.createMany({
    data: [
      {
        ...given,
        updateId: BigInt(updateId),
        askedAt: now,
        sealedReason: reason ? sealer.seal(JSON.stringify(reason), sealedFor(updateId)) : null,
      },
    ],
    skipDuplicates: true,
  });
  const { id } = await tx.absenceReport.findUniqueOrThrow({
    where: { updateId: BigInt(updateId) },
    select: { id: true },
  });
  if (count)
    await audit(tx, {
      orgUnitId: given.schoolId,
      at: now,
      actor: `guardian:${given.guardianId}`,
      action: 'absence.ask',
      subject: `absence:${id}`,
    });
  return { id, made: count > 0 };
}

/** @throws HubError `cannotUnseal` */
export function reasonOf(
  sealer: Sealer,
  { sealedReason, updateId }: { sealedReason: Uint8Array | null; updateId: bigint },
): AbsenceReason {
  if (!sealedReason) return null;
  return JSON.parse(sealer.unseal(sealedReason, sealedFor(updateId))) as AbsenceReason;
}

/**
 * Brings a report to a state, in the caller's transaction. Of two who decide at once, one does.
 * @returns whether it was this call
 */
export async function settleAbsence(
  tx: Tx,
  { id, schoolId }: { id: string; schoolId: string },
  to: AbsenceState,
  by: string,
  now: Date,
): Promise<boolean> {
  const { count } = await tx.absenceReport.updateMany({
    where: { id, schoolId, state: { in: statesBefore(to) } },
    data: { state: to, decidedAt: now, decidedBy: by },
  });
  if (count)
    await audit(tx, {
      orgUnitId: schoolId,
      at: now,
      actor: by,
      action: `absence.${to}`,
      subject: `absence:${id}`,
    });
  return count > 0;
}

export type AbsenceOf = {
  id: string;
  schoolId: string;
  pupilId: string;
  guardianId: string;
  classId: string | null;
  /** The child as they are called: full and given name, class. */
  fullName: string;
  givenName: string;
  className: string;
  fromOn: Date;
  toOn: Date;
  part: DayPart;
  state: AbsenceState;
  decidedBy: string | null;
  askedContacts: string[];
  accountId: string;
  address: string;
  sealedReason: Uint8Array | null;
  attachmentId: string | null;
  updateId: bigint;
};

export type AbsenceFilter = {
  id?: string;
  schoolIds?: readonly string[];
  classIds?: readonly string[];
  pupilIds?: readonly string[];
  states?: readonly AbsenceState[];
  /** Those that touch these days. */
  fromOn?: Date;
  toOn?: Date;
  most?: number;
};

const MOST = 200;

/** Reports with the child they are about, first day first. Pupils who left the school are not among them. */
export function absences(tx: Pick<Tx, '$queryRaw'>, filter: AbsenceFilter): Promise<AbsenceOf[]> {
  const { id = null } = filter;
  // As text: a date must not go by anybody's time zone.
  const day = (on: Date | undefined) => on?.toISOString().slice(0, 10) ?? null;
  const [fromOn, toOn] = [day(filter.fromOn), day(filter.toOn)];
  const list = (values: readonly string[] | undefined) => (values ? [...values] : null);
  const schoolIds = list(filter.schoolIds);
  const classIds = list(filter.classIds);
  const pupilIds = list(filter.pupilIds);
  const states = list(filter.states);
  return tx.$queryRaw<AbsenceOf[]>`
    select r.id::text as id, r.school_id::text as "schoolId", r.pupil_id::text as "pupilId", r.guardian_id::text as "guardianId",
           k.id::text as "classId", p.full_name as "fullName", regexp_replace(p.full_name, '^.* ', '') as "givenName",
           coalesce(k.name, '') as "className", r.from_on as "fromOn", r.to_on as "toOn", r.part::text as part, r.state::text as state,
           r.decided_by as "decidedBy", r.asked_contacts::text[] as "askedContacts", r.account_id::text as "accountId", r.address,
           r.sealed_reason as "sealedReason", r.attachment_id::text as "attachmentId", r.update_id as "updateId"
      from absence_report r
      join pupil p on p.id = r.pupil_id and p.left_at is null
      left join lateral (select e.class_id from enrolment e where e.pupil_id = p.id and e.closed_at is null order by e.id desc limit 1) e on true
      left join school_class k on k.id = e.class_id
     where (${id}::uuid is null or r.id = ${id}::uuid)
       and (${schoolIds}::uuid[] is null or r.school_id = any(${schoolIds}::uuid[]))
       and (${classIds}::uuid[] is null or k.id = any(${classIds}::uuid[]))
       and (${pupilIds}::uuid[] is null or r.pupil_id = any(${pupilIds}::uuid[]))
       and (${states}::text[] is null or r.state::text = any(${states}::text[]))
       and (${fromOn}::date is null or r.to_on >= ${fromOn}::date)
       and (${toOn}::date is null or r.from_on <= ${toOn}::date)
     order by r.from_on, k.grade, k.name_key, p.name_key, r.id
     limit ${filter.most ?? MOST}`;
}

/** Reasons are forgotten so long after the last day away (docs/decisions/013). */
const REASON_DAYS = 30;
const DAY_MS = 86_400_000;

/** @returns how many reasons were forgotten */
export async function forgetReasons(db: Pick<Tx, 'absenceReport'>, now: Date): Promise<number> {
  const { count } = await db.absenceReport.updateMany({
    where: { sealedReason: { not: null }, toOn: { lt: new Date(now.getTime() - REASON_DAYS * DAY_MS) } },
    data: { sealedReason: null },
  });
  return count;
}
