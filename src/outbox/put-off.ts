import type { Prisma } from '../store/prisma/client.ts';

/**
 * A guardian's hours or pause have changed: what waits for them and is not urgent goes out when the new ones allow.
 * @param hours of the hub, for a guardian without their own; minutes since midnight
 */
export async function putOff(
  tx: Prisma.TransactionClient,
  guardianId: string,
  hours: { fromMin: number; toMin: number; retryMs: number },
  now: Date,
): Promise<void> {
  await tx.$executeRaw`
    update delivery d
       set due_at = x.due_at, expires_at = least(x.due_at + make_interval(secs => ${hours.retryMs / 1000}::float8), x.valid_until)
      from (
        select d.id, n.valid_until,
               hold_until(greatest(${now}::timestamptz, g.paused_until), coalesce(g.quiet_from_min, ${hours.fromMin}::int),
                          coalesce(g.quiet_to_min, ${hours.toMin}::int)) as due_at
          from contact c
          join delivery d on d.account_id = c.account_id and d.contact_id = c.id and d.state = 'pending'
          join notice n on n.id = d.notice_id and not n.urgent
          join guardian g on g.id = c.guardian_id
         where c.guardian_id = ${guardianId}::uuid
      ) x
     where d.id = x.id and d.state = 'pending'`;
}
