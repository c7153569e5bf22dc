// The running count of missed sessions.

import { audit } from '../security/index.ts';
import type { Prisma } from '../store/prisma/client.ts';

type Tx = Prisma.TransactionClient;

/** Who misses more in a school year, with leave or without, is not promoted (Circular 22/2021 Art. 12; facts/domain.md §1.1). */
const SESSIONS_MOST = 45;
/** The circular is that of lower and upper secondary schools. */
const BOUND_FROM_GRADE = 6;
/** From so many on the school is to know; beyond the bound it is told once more. */
const WARN_FROM = [35, SESSIONS_MOST + 1] as const;

export type MissedCount = {
  pupilId: string;
  /** Missed sessions of the present school year. */
  count: number;
  /** Of them without leave. */
  unexcused: number;
  /** The last day that the school has told of for this class; midnight UTC. */
  until: Date;
  /** How many there may be; null: in primary school there is no such bound. */
  most: number | null;
};

/**
 * How many sessions these pupils have missed in the present school year. A pupil of a class whose attendance the school
 * has not told of is not among them: nothing known is not zero.
 */
export async function missedSessions(
  db: Pick<Tx, '$queryRaw'>,
  pupilIds: readonly string[],
): Promise<Map<string, MissedCount>> {
  if (!pupilIds.length) return new Map();
  const rows = await db.$queryRaw<MissedCount[]>`
    with present as (
      select e.pupil_id, e.class_id, k.school_year_id, k.grade, coalesce(r.sessions_a_day, 1)::int as a_day
        from enrolment e
        join school_class k on k.id = e.class_id
        join school_year y on y.id = k.school_year_id and y.current
        left join attendance_rule r on r.school_id = k.school_id
       where e.pupil_id = any(${[...pupilIds]}::uuid[]) and e.closed_at is null),
    known as (
      select c.class_id, max(m.day) as until
        from (select distinct class_id, school_year_id from present) c
        join enrolment o on o.class_id = c.class_id and o.closed_at is null
        join missed_session m on m.pupil_id = o.pupil_id and m.school_year_id = c.school_year_id
       group by c.class_id),
    days as (
      select m.pupil_id,
             greatest(max(case when m.part = 'wholeDay' then p.a_day else 0 end),
                      count(*) filter (where m.part <> 'wholeDay')) as missed,
             greatest(max(case when m.part = 'wholeDay' and not m.excused then p.a_day else 0 end),
                      count(*) filter (where m.part <> 'wholeDay' and not m.excused)) as unexcused
        from missed_session m
        join present p on p.pupil_id = m.pupil_id and p.school_year_id = m.school_year_id
       group by m.pupil_id, m.day)
    select p.pupil_id::text as "pupilId", coalesce(sum(d.missed), 0)::int as count,
           coalesce(sum(d.unexcused), 0)::int as unexcused, k.until,
           case when p.grade >= ${BOUND_FROM_GRADE} then ${SESSIONS_MOST}::int end as most
      from present p join known k on k.class_id = p.class_id left join days d on d.pupil_id = p.pupil_id
     group by p.pupil_id, p.grade, k.until`;
  return new Map(rows.map((row) => [row.pupilId, row]));
}

/** Notes for which of these pupils the school has to be told that the bound comes near; each step once a year. */
export async function noteNearBound(
  tx: Tx,
  pupilIds: readonly string[],
  schoolYearId: string,
): Promise<void> {
  const counts = await missedSessions(tx, pupilIds);
  const data = [...counts.values()].flatMap(({ pupilId, count, most }) =>
    WARN_FROM.filter((from) => most !== null && count >= from).map((from) => ({
      pupilId,
      schoolYearId,
      from,
    })),
  );
  await tx.absenceWarning.createMany({ data, skipDuplicates: true });
}

export type NearBound = MissedCount & {
  schoolId: string;
  schoolYearId: string;
  /** The step that was reached. */
  from: number;
  most: number;
  fullName: string;
  className: string;
};

/** How many are told of in one go. */
const WARNED_AT_ONCE = 100;

/** Pupils of whom the school has not been told yet, with the highest step that they have reached; as it is today. */
export async function nearBound(db: Pick<Tx, '$queryRaw'>): Promise<NearBound[]> {
  type Row = Pick<NearBound, 'schoolId' | 'pupilId' | 'schoolYearId' | 'from' | 'fullName' | 'className'>;
  const rows = await db.$queryRaw<Row[]>`
    select p.school_id::text as "schoolId", p.id::text as "pupilId", w.school_year_id::text as "schoolYearId", max(w."from")::int as "from",
           p.full_name as "fullName", max(k.name) as "className"
      from absence_warning w
      join school_year y on y.id = w.school_year_id and y.current
      join pupil p on p.id = w.pupil_id and p.left_at is null
      join enrolment e on e.pupil_id = p.id and e.closed_at is null
      join school_class k on k.id = e.class_id and k.school_year_id = y.id
     where w.told_at is null group by p.id, w.school_year_id order by random() limit ${WARNED_AT_ONCE}`;
  const counts = await missedSessions(
    db,
    rows.map((row) => row.pupilId),
  );
  return rows.flatMap((row) => {
    const missed = counts.get(row.pupilId);
    return missed && missed.most !== null && missed.count >= row.from
      ? [{ ...missed, ...row, most: missed.most }]
      : [];
  });
}

/** How many sessions a whole day is at this school: one, unless it has said two. */
export async function sessionsADay(db: Pick<Tx, 'attendanceRule'>, schoolId: string): Promise<number> {
  return (await db.attendanceRule.findUnique({ where: { schoolId } }))?.sessionsADay ?? 1;
}

export async function setSessionsADay(
  tx: Tx,
  schoolId: string,
  count: 1 | 2,
  actor: string,
  now: Date,
): Promise<void> {
  await tx.attendanceRule.upsert({
    where: { schoolId },
    create: { schoolId, sessionsADay: count },
    update: { sessionsADay: count },
  });
  await audit(tx, {
    orgUnitId: schoolId,
    at: now,
    actor,
    action: 'attendance.rule',
    subject: `school:${schoolId}`,
    data: { sessionsADay: count },
  });
}

/** The pupil was at school that day after all. @returns how many entries were taken out. */
export async function takeBackMissed(
  tx: Tx,
  about: { schoolId: string; pupilId: string; day: Date; actor: string },
  now: Date,
): Promise<number> {
  const { schoolId, pupilId, day, actor } = about;
  const { count } = await tx.missedSession.deleteMany({ where: { schoolId, pupilId, day } });
  if (count)
    await audit(tx, {
      orgUnitId: schoolId,
      at: now,
      actor,
      action: 'attendance.takeBack',
      subject: `pupil:${pupilId}`,
    });
  return count;
}
