import type { Prisma } from '../store/prisma/client.ts';

/** A guardian of a pupil who may pay. */
export type FeeGuardian = {
  guardianId: string;
  pupilId: string;
  agreedAt: Date | null;
  /** Their own choice about messages on bills; null: none. */
  mode: 'atOnce' | 'digest' | 'off' | null;
  hasContact: boolean;
  quietFromMin: number | null;
  quietToMin: number | null;
};

/** Whether this guardian may be told of this pupil's bills, and has a way to hear it. Pure. */
export const mayHear = (one: FeeGuardian): boolean =>
  one.agreedAt !== null && one.hasContact && one.mode !== 'off';

/**
 * Who is told of a pupil's bills: the one who pays, and whoever asked to be told too. The one who pays is the first who
 * agreed. Where nobody can be reached it is everybody, so that the report shows who was not, and why. Pure.
 */
export function choosePayers(guardians: readonly FeeGuardian[]): FeeGuardian[] {
  const reachable = guardians
    .filter(mayHear)
    .sort(
      (a, b) =>
        (a.agreedAt?.getTime() ?? 0) - (b.agreedAt?.getTime() ?? 0) ||
        a.guardianId.localeCompare(b.guardianId),
    );
  const [first, ...others] = reachable;
  if (!first) return [...guardians];
  return [first, ...others.filter((one) => one.mode === 'atOnce')];
}

/** The guardians of these pupils who may pay, by pupil. */
export async function guardiansOf(
  tx: Prisma.TransactionClient,
  pupilIds: readonly string[],
): Promise<Map<string, FeeGuardian[]>> {
  const rows = await tx.$queryRaw<FeeGuardian[]>`
    select gs.guardian_id::text as "guardianId", gs.pupil_id::text as "pupilId",
           case when co.agreed then co.changed_at end as "agreedAt", pr.mode::text as mode,
           exists (select from contact c where c.guardian_id = gs.guardian_id and c.state = 'active') as "hasContact",
           g.quiet_from_min::int as "quietFromMin", g.quiet_to_min::int as "quietToMin"
      from guardianship gs
      join guardian g on g.id = gs.guardian_id
      left join consent co on co.guardian_id = gs.guardian_id and co.pupil_id = gs.pupil_id and co.purpose = 'fees'
      left join preference pr on pr.guardian_id = gs.guardian_id and pr.pupil_id = gs.pupil_id and pr.purpose = 'fees'
     where gs.pupil_id = any(${[...pupilIds]}::uuid[]) and gs.closed_at is null and gs.can_pay and not gs.urgent_only
     order by gs.pupil_id, gs.guardian_id`;
  const byPupil = new Map<string, FeeGuardian[]>();
  for (const row of rows) byPupil.set(row.pupilId, [...(byPupil.get(row.pupilId) ?? []), row]);
  return byPupil;
}

/** Whether a guardian of these may be told of a pupil's bills now; see guardiansOf. */
export const mayHearOf =
  (guardians: ReadonlyMap<string, readonly FeeGuardian[]>) =>
  (guardianId: string, pupilId: string): boolean =>
    (guardians.get(pupilId) ?? []).some((one) => one.guardianId === guardianId && mayHear(one));
