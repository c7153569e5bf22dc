import type { Talk } from '../talk.ts';

export type ThreadHere = {
  id: string;
  side: 'guardian' | 'staff';
  givenName: string;
  className: string;
  teacher: string;
};

/** Which side of a thread this chat is on; null: neither, or the guardian is none any more. */
export async function threadOf(
  { ports, children, staff }: Talk,
  threadId: string,
): Promise<ThreadHere | null> {
  if (!/^[0-9a-f-]{36}$/.test(threadId)) return null;
  const [thread] = await ports.db.prisma.$queryRaw<
    {
      id: string;
      staffId: string;
      guardianId: string;
      pupilId: string;
      fullName: string;
      className: string | null;
      teacher: string;
    }[]
  >`
    select t.id::text as id, t.staff_id::text as "staffId", t.guardian_id::text as "guardianId", t.pupil_id::text as "pupilId",
           p.full_name as "fullName", k.name as "className", s.full_name as teacher
      from chat_thread t
      join guardianship gs on gs.guardian_id = t.guardian_id and gs.pupil_id = t.pupil_id and gs.closed_at is null
      join pupil p on p.id = t.pupil_id and p.left_at is null
      join staff s on s.id = t.staff_id and s.disabled_at is null
      left join enrolment e on e.pupil_id = p.id and e.closed_at is null left join school_class k on k.id = e.class_id
     where t.id = ${threadId}::uuid limit 1`;
  if (!thread) return null;
  const { id, teacher } = thread;
  const about = {
    id,
    teacher,
    givenName: thread.fullName.split(' ').at(-1) ?? '',
    className: thread.className ?? '',
  };
  if (staff.some((one) => one.staffId === thread.staffId)) return { ...about, side: 'staff' };
  const isOwn = children.some(
    (one) => one.guardianId === thread.guardianId && one.pupilId === thread.pupilId,
  );
  return isOwn ? { ...about, side: 'guardian' } : null;
}
