import { z } from 'zod';
import type { NoticeId } from '../store/ids.ts';
import type { Prisma } from '../store/prisma/client.ts';
import type { NoticeKind } from './kind.ts';

const uuids = z.array(z.uuid()).max(5000);

/**
 * Whom a notice concerns: the guardians of the pupils of the present school year that all given parts match. A part
 * that is left out does not limit; {} is the whole school.
 */
export const audienceSchema = z.strictObject({
  grades: z.array(z.int().min(0).max(12)).optional(),
  classIds: uuids.optional(),
  pupilIds: uuids.optional(),
  exceptClassIds: uuids.optional(),
  exceptPupilIds: uuids.optional(),
});
export type Audience = z.infer<typeof audienceSchema>;

// One statement: who they are, and for each the reason why nothing can go to them, if there is one.
const insertSql = (own: 'own' | 'all') => `
insert into recipient (notice_id, school_id, guardian_id, pupil_id, outcome, reason, child, class_name, vars)
select $1::uuid, $2::uuid, t.guardian_id, t.pupil_id,
       case when t.reason is null then 'waiting' else 'notReached' end, t.reason, t.full_name, t.class_name, t.vars
  from (
    select gs.guardian_id, p.id as pupil_id, p.full_name, k.name as class_name,
           ${own === 'own' ? 'own.vars' : 'null::jsonb'} as vars,
           case
             when gs.guardian_id not in (select guardian_id from contact where school_id = $2::uuid and state = 'active')
             then coalesce((
               select case when bool_or(state = 'unconfirmed') then 'unconfirmed' when bool_or(state = 'blocked') then 'blocked'
                           when bool_or(state = 'unlinked') then 'unlinked' when count(*) > 0 then 'addressUnknown' end
                 from contact where guardian_id = gs.guardian_id), 'noContact')
             when $3::text is null then null
             when gs.urgent_only then 'urgentOnly'
             when $3::text = 'marks' and not gs.can_see_marks or $3::text = 'fees' and not gs.can_pay then 'mayNotSee'
             when co.agreed is null then 'notAsked'
             when not co.agreed then 'declined'
             when pr.mode = 'off' then 'switchedOff'
           end as reason
      from school_year y
      join school_class k on k.school_year_id = y.id
      join enrolment e on e.class_id = k.id and e.closed_at is null
      join pupil p on p.id = e.pupil_id and p.left_at is null
      join guardianship gs on gs.pupil_id = p.id and gs.closed_at is null
      ${own === 'own' ? 'join jsonb_to_recordset($9::jsonb) as own("guardianId" uuid, "pupilId" uuid, vars jsonb) on own."guardianId" = gs.guardian_id and own."pupilId" = p.id' : ''}
      left join consent co on co.guardian_id = gs.guardian_id and co.pupil_id = p.id and co.purpose = $3::text::"Purpose"
      left join preference pr on pr.guardian_id = gs.guardian_id and pr.pupil_id = p.id and pr.purpose = $3::text::"Purpose"
     where y.school_id = $2::uuid and y.current and k.school_id = $2::uuid
       and ($4::int[] is null or k.grade = any($4::int[]))
       and ($5::uuid[] is null or k.id = any($5::uuid[]))
       and ($6::uuid[] is null or p.id = any($6::uuid[]))
       and ($7::uuid[] is null or k.id <> all($7::uuid[]))
       and ($8::uuid[] is null or p.id <> all($8::uuid[]))
     -- In the order of the unique index, which is then filled from left to right: half the cost of all.
     order by gs.guardian_id, p.id
  ) t`;

/** What is told to one guardian about one pupil, and to nobody else: values for the template that are theirs alone. */
export type OwnTelling = { guardianId: string; pupilId: string; vars: Prisma.InputJsonObject };

/**
 * Writes the recipients of a notice. @returns how many there are.
 * @param own when given, only these guardians and pupils of the audience, each with values of their own
 */
export async function insertRecipients(
  tx: Prisma.TransactionClient,
  notice: { id: NoticeId; schoolId: string; audience: Audience },
  kind: NoticeKind,
  own?: readonly OwnTelling[],
): Promise<number> {
  const { audience } = notice;
  return tx.$executeRawUnsafe(
    insertSql(own ? 'own' : 'all'),
    notice.id,
    notice.schoolId,
    kind.purpose,
    audience.grades ?? null,
    audience.classIds ?? null,
    audience.pupilIds ?? null,
    audience.exceptClassIds ?? null,
    audience.exceptPupilIds ?? null,
    ...(own ? [JSON.stringify(own)] : []),
  );
}
