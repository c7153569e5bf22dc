// Who is told of a pupil's marks, how, and up to where they have been told.
import type { Prisma } from '../store/prisma/client.ts';
import type { PreferenceMode } from '../store/prisma/enums.ts';

type Tx = Prisma.TransactionClient;

/** How a guardian who has not chosen is told. */
export type DefaultMode = 'atOnce' | 'digest' | 'weekly';

/** A guardian of a pupil who is at the school now. */
export type Listener = {
  guardianId: string;
  pupilId: string;
  child: string;
  className: string;
  mode: PreferenceMode;
  /** The change up to which they have been told; null: nothing ever. */
  told: bigint | null;
};

export const givenNameOf = ({ child }: Pick<Listener, 'child'>): string => child.split(' ').at(-1) ?? child;

export function listenersOf(
  tx: Tx,
  schoolId: string,
  pupilIds: readonly string[],
  defaultMode: DefaultMode,
): Promise<Listener[]> {
  return tx.$queryRaw<Listener[]>`
    select gs.guardian_id as "guardianId", gs.pupil_id as "pupilId", p.full_name as child, k.name as "className",
           t.change_id as told, coalesce(pr.mode::text, ${defaultMode}) as mode
      from guardianship gs
      join pupil p on p.id = gs.pupil_id and p.left_at is null and p.school_id = ${schoolId}::uuid
      join enrolment e on e.pupil_id = p.id and e.closed_at is null
      join school_class k on k.id = e.class_id
      join school_year y on y.id = k.school_year_id and y.current
      left join preference pr on pr.guardian_id = gs.guardian_id and pr.pupil_id = gs.pupil_id and pr.purpose = 'marks'
      left join mark_told t on t.guardian_id = gs.guardian_id and t.pupil_id = gs.pupil_id
     where gs.closed_at is null and gs.pupil_id = any(${[...pupilIds]}::uuid[])
     order by gs.guardian_id, k.grade desc, p.full_name, p.id`;
}

export type Told = { guardianId: string; pupilId: string; changeId: string };

export async function remember(tx: Tx, told: readonly Told[]): Promise<void> {
  if (!told.length) return;
  await tx.$executeRaw`
    insert into mark_told (guardian_id, pupil_id, change_id)
    select t."guardianId", t."pupilId", t."changeId"
      from jsonb_to_recordset(${JSON.stringify(told)}::jsonb) t("guardianId" uuid, "pupilId" uuid, "changeId" bigint)
        on conflict (guardian_id, pupil_id) do update set change_id = excluded.change_id`;
}
