import type { PrismaClient } from '../../store/prisma/client.ts';

/** The one thread of a guardian and a member of staff about a child, begun by the school; @returns its id. */
export async function openThread(
  db: PrismaClient,
  about: {
    schoolId: string;
    pupilId: string;
    guardianId: string;
    staffId: string;
    /** Where the guardian is written to, until they write from elsewhere. */
    accountId: string;
    address: string;
  },
): Promise<string> {
  const { pupilId, guardianId, staffId } = about;
  const { id } = await db.chatThread.upsert({
    where: { pupilId_guardianId_staffId: { pupilId, guardianId, staffId } },
    create: about,
    update: {},
  });
  return id;
}
