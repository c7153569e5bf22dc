import type { Logger } from 'pino';
import type { Accounts } from '../channels/index.ts';
import type { Signer } from '../security/index.ts';
import type { AccountId } from '../store/ids.ts';
import type { PrismaClient } from '../store/prisma/client.ts';

export type FollowPorts = {
  db: PrismaClient;
  accounts: Accounts;
  signer: Signer;
  log: Logger;
  /** Where the provider may bring this account's updates; null: there is no public https address. */
  webhookOf: (id: AccountId, channel: string) => string | null;
  /** Fetch the updates of these accounts, and of no others. */
  poll: (ids: AccountId[]) => void;
};

/**
 * Looks which accounts take part in conversations, and how: with a public https address the provider brings updates
 * (webhook), else we fetch them. New accounts are found without a restart, and one that does not answer keeps no
 * other from being followed.
 */
export function followAccounts(ports: FollowPorts): () => Promise<void> {
  const told = new Set<AccountId>();

  /** @returns whether its updates have to be fetched */
  async function follow(id: AccountId): Promise<boolean> {
    const { connection, channel } = await ports.accounts.open(id);
    if (!connection.poll) return false;
    const url = ports.webhookOf(id, channel.name);
    if (!told.has(id)) {
      await connection.setWebhook?.(url, ports.signer.webhookSecret(id));
      told.add(id);
    }
    return url === null;
  }

  return async () => {
    try {
      const rows = await ports.db.channelAccount.findMany({
        where: { stoppedReason: null },
        select: { id: true, channel: true },
      });
      const polled = await Promise.all(
        rows.map(async ({ id, channel }) => {
          try {
            return (await follow(id)) ? [id] : [];
          } catch (error) {
            ports.log.warn({ err: error, accountId: id }, 'channel account not followed; next try soon');
            return told.has(id) && ports.webhookOf(id, channel) === null ? [id] : [];
          }
        }),
      );
      ports.poll(polled.flat());
    } catch (error) {
      ports.log.warn({ err: error }, 'channel accounts could not be looked at; next try soon');
    }
  };
}
