import { rightsLockName } from '../outbox/index.ts';
import type { Prisma } from '../store/prisma/client.ts';

// Publishing reads who agreed and writes deliveries; a withdrawal writes the answer and cancels deliveries. Without
// order between the two, a delivery planned from the old answer could appear just after the withdrawal looked.
// So planners share this lock, and whoever takes a right away holds it alone. It ends with the transaction. Who needs
// it takes it before any row, or two could wait for each other.

/** For planners: many at once. */
export async function holdRightsStill(tx: Prisma.TransactionClient, schoolId: string): Promise<void> {
  await tx.$queryRaw`select pg_advisory_xact_lock_shared(hashtextextended(${rightsLockName(schoolId)}, 0))::text`;
}

/** For whoever changes a contact, a consent or a guardianship: alone. */
export async function lockRights(tx: Prisma.TransactionClient, schoolId: string): Promise<void> {
  await tx.$queryRaw`select pg_advisory_xact_lock(hashtextextended(${rightsLockName(schoolId)}, 0))::text`;
}
