import { audit } from '../security/index.ts';
import type { PrismaClient } from '../store/prisma/client.ts';
import type { DataRequestKind } from '../store/prisma/enums.ts';
import { schoolDay } from '../time/index.ts';

const DAY_MS = 86_400_000;
/** Decree 356/2025: the school answers within two working days (facts/domain.md §5). */
const ANSWER_WORKING_DAYS = 2;
/** … and has done it within so many days. Sources differ on working days; the shorter reading is kept. */
const DONE_DAYS: Record<DataRequestKind, number> = { view: 10, delete: 20 };

/** The day that lies so many working days (Monday to Friday) behind. */
export function workingDaysAfter(day: Date, days: number): Date {
  let at = day.getTime();
  for (let left = days; left > 0; ) {
    at += DAY_MS;
    const weekday = new Date(at).getUTCDay();
    if (weekday !== 0 && weekday !== 6) left--;
  }
  return new Date(at);
}

export type DataRequested = { id: string; answerOn: Date; dueOn: Date; before: boolean };

/** Keeps that a guardian wants to see or to have deleted what is kept of them; an open request is not made twice. */
export async function requestData(
  db: PrismaClient,
  who: { schoolId: string; guardianId: string; channel: string },
  kind: DataRequestKind,
  now: Date,
): Promise<DataRequested> {
  const { schoolId, guardianId, channel } = who;
  return db.$transaction(async (tx) => {
    await tx.$queryRaw`select id::text from guardian where id = ${guardianId}::uuid for update`;
    const open = await tx.dataRequest.findFirst({ where: { guardianId, kind, doneAt: null } });
    if (open) return { ...open, before: true };
    const today = schoolDay(now);
    const made = await tx.dataRequest.create({
      data: {
        schoolId,
        guardianId,
        kind,
        channel,
        at: now,
        answerOn: workingDaysAfter(today, ANSWER_WORKING_DAYS),
        dueOn: new Date(today.getTime() + DONE_DAYS[kind] * DAY_MS),
      },
    });
    await audit(tx, {
      orgUnitId: schoolId,
      at: now,
      actor: `guardian:${guardianId}`,
      action: `data.${kind}`,
      subject: `request:${made.id}`,
    });
    return { ...made, before: false };
  });
}

export type OpenRequest = {
  id: string;
  kind: DataRequestKind;
  guardian: string | null;
  pupils: string;
  at: Date;
  answerOn: Date;
  dueOn: Date;
};

/** What a school still has to do, the most pressing first. */
export function openRequests(db: PrismaClient, schoolId: string): Promise<OpenRequest[]> {
  return db.$queryRaw<OpenRequest[]>`
    select q.id::text as id, q.kind::text as kind, g.full_name as guardian, q.at, q.answer_on as "answerOn", q.due_on as "dueOn",
           coalesce((select string_agg(p.full_name, ', ' order by p.name_key) from guardianship gs join pupil p on p.id = gs.pupil_id
                      where gs.guardian_id = g.id and gs.closed_at is null), '') as pupils
      from data_request q join guardian g on g.id = q.guardian_id
     where q.school_id = ${schoolId}::uuid and q.done_at is null order by q.due_on, q.at`;
}

/** Notes that it was done. False: there is no such open request at this school. */
export async function closeRequest(
  db: PrismaClient,
  schoolId: string,
  id: string,
  actor: string,
  now: Date,
): Promise<boolean> {
  return db.$transaction(async (tx) => {
    const { count } = await tx.dataRequest.updateMany({
      where: { id, schoolId, doneAt: null },
      data: { doneAt: now, doneBy: actor },
    });
    if (count)
      await audit(tx, { orgUnitId: schoolId, at: now, actor, action: 'data.done', subject: `request:${id}` });
    return count > 0;
  });
}
