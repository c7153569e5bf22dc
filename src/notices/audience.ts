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
const INSERT_RECIPIENTS = `
insert into recipient (notice_id, school_id, guardian_id, pupil_id, outcome, reason, vars)
select $1::uuid, $2::uuid, t.guardian_id, t.pupil_id,
       case when t.reason is null then 'waiting' else 'notReached' end, t.reason,
       jsonb_build_object('child', t.full_name, 'className', t.class_name)
  from (
    select gs.guardian_id, p.id as pupil_id, p.full_name, k.name as class_name,
           case
             when c.guardian_id is null then 'noContact'
             when not c.active then c.why_not
             when $3::text is null then null
             when gs.urgent_only then 'urgentOnly'
             when co.agreed is null then 'notAsked'
             when not co.agreed then 'declined'
             when pr.mode = 'off' then 'switchedOff'
           end as reason
      from school_year y
      join school_class k on k.school_year_id = y.id
      join enrolment e on e.class_id = k.id and e.closed_at is null
      join pupil p on p.id = e.pupil_id and p.left_at is null
      join guardianship gs on gs.pupil_id = p.id and gs.closed_at is null
      left join (
        select guardian_id, bool_or(state = 'active') as active,
               case when bool_or(state = 'unconfirmed') then 'unconfirmed' when bool_or(state = 'blocked') then 'blocked'
                    when bool_or(state = 'unlinked') then 'unlinked' else 'addressUnknown' end as why_not
          from contact where school_id = $2::uuid group by guardian_id) c on c.guardian_id = gs.guardian_id
      left join consent co on co.guardian_id = gs.guardian_id and co.pupil_id = p.id and co.purpose::text = $3::text
      left join preference pr on pr.guardian_id = gs.guardian_id and pr.pupil_id = p.id and pr.purpose::text = $3::text
     where y.school_id = $2::uuid and y.current and k.school_id = $2::uuid
       and ($4::int[] is null or k.grade = any($4::int[]))
       and ($5::uuid[] is null or k.id = any($5::uuid[]))
       and ($6::uuid[] is null or p.id = any($6::uuid[]))
       and ($7::uuid[] is null or k.id <> all($7::uuid[]))
       and ($8::uuid[] is null or p.id <> all($8::uuid[]))
  ) t`;

/** Writes the recipients of a notice. @returns how many there are. */
export async function insertRecipients(
  tx: Prisma.TransactionClient,
  notice: { id: NoticeId; schoolId: string; audience: Audience },
  kind: NoticeKind,
): Promise<number> {
  const { audience } = notice;
  return tx.$executeRawUnsafe(
    INSERT_RECIPIENTS,
    notice.id,
    notice.schoolId,
    kind.purpose,
    audience.grades ?? null,
    audience.classIds ?? null,
    audience.pupilIds ?? null,
    audience.exceptClassIds ?? null,
    audience.exceptPupilIds ?? null,
  );
}
