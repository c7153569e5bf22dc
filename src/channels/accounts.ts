import type { Logger } from 'pino';
import { HubError } from '../errors.ts';
import type { Sealer } from '../security/index.ts';
import type { AccountId } from '../store/ids.ts';
import type { PrismaClient } from '../store/prisma/client.ts';
import { Pace } from './pace.ts';
import type { Channel, Connection } from './port.ts';

/** Every channel that this hub knows, by its folder's name. */
export type Channels = ReadonlyMap<string, Channel>;

export type OpenAccount = {
  id: AccountId;
  orgUnitId: string;
  name: string;
  channel: Channel;
  connection: Connection;
  /** Shared by everything that this process sends with the account. */
  pace: Pace;
  pausedUntil: Date | null;
  stoppedReason: string | null;
};

export interface Accounts {
  /** Opens an account, or returns the open one; opens it anew when its secret or settings changed; a new pace holds at once. */
  open(id: AccountId): Promise<OpenAccount>;
  /** The provider asks the whole account to wait. */
  pause(id: AccountId, until: Date): Promise<void>;
  /** Only a person can help; `reason` says with what. */
  stop(id: AccountId, reason: string): Promise<void>;
  close(): Promise<void>;
}

type Kept = { secret: string; settings: string; account: OpenAccount };

/** The accounts that this process has open. */
export function openAccounts(db: PrismaClient, channels: Channels, sealer: Sealer, log: Logger): Accounts {
  const kept = new Map<AccountId, Kept>();
  const retired = new Set<Connection>();

  async function open(id: AccountId): Promise<OpenAccount> {
    const row = await db.channelAccount.findUnique({ where: { id } });
    if (!row) throw new HubError('notFound');
    const channel = channels.get(row.channel);
    if (!channel) throw new HubError('badSetting', { name: 'channel', problem: row.channel });
    const state = { pausedUntil: row.pausedUntil, stoppedReason: row.stoppedReason };
    const secret = sealer.unseal(row.sealedSecret, id);
    const settings = JSON.stringify(row.settings);
    const before = kept.get(id);
    // The same pace goes on, too: who waits for a place or holds one does so in the one that everybody counts in.
    before?.account.pace.change(row.perSecond, row.perAddressMs);
    if (before && before.secret === secret && before.settings === settings)
      return Object.assign(before.account, state);
    const connection = channel.open({
      id,
      name: row.name,
      secret,
      settings: row.settings as Record<string, unknown>,
    });
    const opened = { connection, ...state };
    if (before) retire(before.account);
    // The same object goes on: whoever drains or polls with it has the new connection from the next call on.
    const account = before
      ? Object.assign(before.account, opened)
      : {
          ...{ id, orgUnitId: row.orgUnitId, name: row.name, channel, ...opened },
          pace: new Pace(row.perSecond, row.perAddressMs),
        };
    kept.set(id, { secret, settings, account });
    return account;
  }

  /** Closes a replaced connection when nothing can be on its way there any more. */
  function retire({ connection, channel }: OpenAccount): void {
    retired.add(connection);
    const close = () => void (retired.delete(connection) && connection.close());
    setTimeout(close, 2 * channel.limits.deadlineMs).unref();
  }

  return {
    open,
    async pause(id, until) {
      log.warn({ accountId: id, until }, 'lane paused by the provider');
      await db.channelAccount.updateMany({
        where: { id, OR: [{ pausedUntil: null }, { pausedUntil: { lt: until } }] },
        data: { pausedUntil: until },
      });
    },
    async stop(id, reason) {
      log.error({ accountId: id, reason }, 'channel account stopped: a person has to look at it');
      await db.channelAccount.update({ where: { id }, data: { stoppedReason: reason } });
    },
    async close() {
      const open = [...retired, ...[...kept.values()].map(({ account }) => account.connection)];
      retired.clear();
      kept.clear();
      for (const connection of open) await connection.close();
    },
  };
}
