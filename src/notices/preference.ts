import { cancelForbidden } from '../outbox/index.ts';
import type { RecipientId } from '../store/ids.ts';
import type { PrismaClient } from '../store/prisma/client.ts';
import type { PreferenceMode, Purpose } from '../store/prisma/enums.ts';
import { releaseItems } from './digest-items.ts';
import { lockRights } from './rights.ts';

/**
 * How one guardian wants to be told of one purpose for one child; nobody else's switch moves. Off works at once, also
 * on what was planned. @returns recipients who need another look: hand them to advance().
 */
export async function setPreference(
  db: PrismaClient,
  who: { schoolId: string; guardianId: string; pupilId: string; purpose: Purpose },
  mode: PreferenceMode,
  now: Date,
): Promise<RecipientId[]> {
  const { schoolId, guardianId, pupilId, purpose } = who;
  const key = { guardianId, pupilId, purpose };
  return db.$transaction(async (tx) => {
    await lockRights(tx, schoolId);
    await tx.preference.upsert({
      where: { guardianId_pupilId_purpose: key },
      create: { ...key, mode },
      update: { mode },
    });
    const released =
      mode === 'atOnce' || mode === 'off' ? await releaseItems(tx, { guardianId, pupilId, purpose }) : [];
    const cancelled = await cancelForbidden(tx, { guardianId }, now);
    return [...released, ...cancelled.map((row) => row.recipientId)];
  });
}
