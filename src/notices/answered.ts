import { cancelForbidden } from '../outbox/index.ts';
import type { Prisma } from '../store/prisma/client.ts';

/**
 * Notes that a guardian has answered for a pupil what a notice asks. They have got it, whatever became of its message;
 * and neither they nor the pupil's other guardians are reminded. The caller holds the rights alone (lockRights).
 */
export async function noteAnswered(
  tx: Prisma.TransactionClient,
  answer: { noticeId: string; pupilId: string; guardianId: string; channel: string },
  now: Date,
): Promise<void> {
  const { noticeId, pupilId, guardianId, channel } = answer;
  const rows = await tx.$queryRaw<{ id: string }[]>`
    update recipient set answered_at = coalesce(answered_at, ${now})
     where notice_id = ${noticeId}::uuid and pupil_id = ${pupilId}::uuid
    returning id::text as id`;
  await tx.$executeRaw`
    update recipient set outcome = 'reached', reason = null, reached_by = coalesce(reached_by, ${channel}),
           seen_at = coalesce(seen_at, ${now}), confirmed_at = coalesce(confirmed_at, ${now})
     where notice_id = ${noticeId}::uuid and pupil_id = ${pupilId}::uuid and guardian_id = ${guardianId}::uuid`;
  await cancelForbidden(tx, { recipients: rows.map((row) => row.id) }, now);
}
