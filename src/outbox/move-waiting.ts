import type { ContactId } from '../store/ids.ts';
import type { Prisma } from '../store/prisma/client.ts';

/** What waits for a contact goes to its new address. What is on its way is refused there, and finds out by itself. */
export async function moveWaiting(
  tx: Prisma.TransactionClient,
  contactId: ContactId,
  newAddress: string,
): Promise<void> {
  await tx.$executeRaw`
    update delivery set address = ${newAddress} where contact_id = ${contactId}::uuid and state = 'pending'`;
}
