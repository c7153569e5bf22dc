import type { Prisma } from '../store/prisma/client.ts';

const DAY_MS = 86_400_000;

/**
 * Notes that a file is passed on; part of the transaction that does it. From now on it is kept for so many days.
 * @param what "thread:<id>", "notice:<id>": what the chat has used its last file for
 * @returns whether it is still there
 */
export async function useAttachment(
  tx: Pick<Prisma.TransactionClient, 'attachment'>,
  id: string,
  what: string,
  days: number,
  now: Date,
): Promise<boolean> {
  const { count } = await tx.attachment.updateMany({
    where: { id, expiresAt: { gt: now } },
    data: { usedFor: what, usedAt: now, expiresAt: new Date(now.getTime() + days * DAY_MS) },
  });
  return count > 0;
}
