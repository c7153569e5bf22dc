import type { Logger } from 'pino';
import type { PrismaClient } from '../store/prisma/client.ts';
import type { Accounts } from './accounts.ts';

/**
 * Gives every account what it needs from time to time (tokens that end are renewed ahead). One that needs a person
 * stops, and its deliveries wait or go another way; one that fails now has its turn again with the next look.
 */
export async function lookAfter(
  db: PrismaClient,
  accounts: Accounts,
  channels: readonly string[],
  log: Logger,
): Promise<void> {
  const rows = await db.channelAccount.findMany({
    where: { channel: { in: [...channels] }, stoppedReason: null },
    select: { id: true },
  });
  for (const { id } of rows) {
    try {
      const { connection } = await accounts.open(id);
      const problem = (await connection.upkeep?.()) ?? null;
      if (problem !== null) await accounts.stop(id, `channelStopped: ${problem}`);
    } catch (error) {
      log.warn({ err: error, accountId: id }, 'channel account not looked after; next try soon');
    }
  }
}
