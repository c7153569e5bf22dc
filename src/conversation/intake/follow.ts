import type { Logger } from 'pino';
import type { Accounts, Connection } from '../../channels/index.ts';
import type { Topic } from '../../notices/index.ts';
import { FALLBACK_LANGUAGE, type Texts } from '../../render/index.ts';
import type { Signer } from '../../security/index.ts';
import type { AccountId } from '../../store/ids.ts';
import type { PrismaClient } from '../../store/prisma/client.ts';
import { commandsIn } from '../menu.ts';

export type FollowPorts = {
  texts: Texts;
  topics: readonly Topic[];
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
  const listed = new Set<AccountId>();

  /** @returns whether its updates have to be fetched */
  async function follow(id: AccountId): Promise<boolean> {
    const { connection, channel } = await ports.accounts.open(id);
    if (!connection.poll) return false;
    const url = ports.webhookOf(id, channel.name);
    if (!told.has(id)) {
      await connection.setWebhook?.(url, ports.signer.webhookSecret(id));
      told.add(id);
    }
    if (!listed.has(id)) await list(id, connection);
    return url === null;
  }

  /** A convenience: without its list the bot is heard and answers all the same. */
  async function list(id: AccountId, connection: Connection): Promise<void> {
    try {
      for (const language of ports.texts.languages) {
        const shownTo = language === FALLBACK_LANGUAGE ? null : language;
        await connection.setCommands?.(shownTo, commandsIn(ports.texts, ports.topics, language));
      }
      listed.add(id);
    } catch (error) {
      ports.log.warn({ err: error, accountId: id }, 'commands not listed; next try soon');
    }
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
