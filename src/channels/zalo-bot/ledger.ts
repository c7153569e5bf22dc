import type { Logger } from 'pino';
import type { Prisma, PrismaClient } from '../../store/prisma/client.ts';
import type { Clock } from '../../time/index.ts';
import { monthOf } from '../month.ts';
import type { Caps, CapUse, Ledger } from './quota.ts';

/** From this share of a cap on, people are told. */
export const WARN_SHARE = 0.8;

/**
 * The use of all bots in the database. Whoever takes room for a bot holds that bot's lock, so counts are exact also
 * when workers answer and send at once. Says in the log when four fifths of a cap are used, and when it is used up.
 */
export function openLedger(db: PrismaClient, clock: Clock, log: Logger): Ledger {
  async function useWithin(tx: Prisma.TransactionClient, accountId: string): Promise<CapUse> {
    const month = monthOf(clock.now());
    const row = await tx.channelMonth.findUnique({ where: { accountId_month: { accountId, month } } });
    return { messages: row?.messages ?? 0, users: await tx.channelUser.count({ where: { accountId } }) };
  }

  const tell = (accountId: string, what: keyof CapUse, used: number, most: number): void => {
    if (used === most) log.error({ accountId, what, used, most }, 'channel account: cap reached');
    else if (used === Math.ceil(most * WARN_SHARE))
      log.warn({ accountId, what, used, most }, 'channel account: cap is near');
  };

  return {
    async take(accountId, address, caps) {
      const key = { accountId, address };
      const taken = await db.$transaction(async (tx) => {
        await lockCount(tx, accountId);
        const use = await useWithin(tx, accountId);
        if (use.messages >= caps.messagesAMonth) return { taken: false, usedUp: 'messages' } as const;
        const known = await tx.channelUser.findUnique({ where: { accountId_address: key } });
        if (!known && use.users >= caps.users) return { taken: false, usedUp: 'users' } as const;
        const now = clock.now();
        if (!known) await tx.channelUser.create({ data: { ...key, since: now } });
        const month = { accountId, month: monthOf(now) };
        await tx.channelMonth.upsert({
          where: { accountId_month: month },
          create: { ...month, messages: 1 },
          update: { messages: { increment: 1 } },
        });
        return { taken: true, newUser: !known, use } as const;
      });
      if (!taken.taken) return taken;
      tell(accountId, 'messages', taken.use.messages + 1, caps.messagesAMonth);
      if (taken.newUser) tell(accountId, 'users', taken.use.users + 1, caps.users);
      return { taken: true, newUser: taken.newUser };
    },

    async giveBack(accountId, address, newUser) {
      const month = monthOf(clock.now());
      await db.$transaction(async (tx) => {
        await lockCount(tx, accountId);
        await tx.channelMonth.updateMany({
          where: { accountId, month, messages: { gt: 0 } },
          data: { messages: { decrement: 1 } },
        });
        if (newUser) await tx.channelUser.deleteMany({ where: { accountId, address } });
      });
    },

    use: (accountId) => useWithin(db, accountId),

    async hasRoom(accountId, address, caps: Caps) {
      const { users, messages } = await useWithin(db, accountId);
      if (messages >= caps.messagesAMonth) return false;
      return users < caps.users || (await db.channelUser.count({ where: { accountId, address } })) > 0;
    },
  };
}

async function lockCount(tx: Prisma.TransactionClient, accountId: string): Promise<void> {
  await tx.$queryRaw`select pg_advisory_xact_lock(hashtextextended(${`caps:${accountId}`}, 0))::text`;
}
