import type { Prisma, PrismaClient } from '../../store/prisma/client.ts';
import type { Clock } from '../../time/index.ts';
import { monthOf } from '../month.ts';

/** One send: the same part of the same sending is the same one at every try. */
export type Send = { deliveryId: string; part: number };
/** Money that one send may cost, taken before it goes out. */
export type Reserved = Send & { accountId: string; month: string; dong: number };

/** What Zalo says is left of a quota. */
export type Quota = { name: string; remain: number | null; total: number | null; at: Date };

/** What all OAs spend, and what Zalo says of their quotas, in the database. */
export interface OaBooks {
  /**
   * Takes `dong` within the month's cap, or says why not: the cap would be passed (of two that ask for the last of it,
   * one gets it); or this send has been paid for, and nobody knows whether it was made.
   * @param again whether it may be paid for once more all the same
   */
  reserve(
    accountId: string,
    dong: number,
    capDong: number,
    send: Send & { again: boolean },
  ): Promise<Reserved | 'capUsed' | 'paidBefore'>;
  /** Nothing was sent, or it cost nothing. */
  giveBack(reserved: Reserved): Promise<void>;
  /** Whole đồng, this month; what is reserved counts as spent. */
  spent(accountId: string): Promise<number>;
  /** Of sends so old that nobody tries them again. */
  forgetCharges(accountId: string): Promise<void>;
  note(accountId: string, quota: Omit<Quota, 'at'>): Promise<void>;
  quotas(accountId: string): Promise<Quota[]>;
}

/** Longer than any delivery is tried (RETRY_HOURS). */
const CHARGES_KEPT_MS = 30 * 86_400_000;

// One statement: the row is held from the comparison to the sum, so no two senders see the same money.
const RESERVE = `
insert into oa_spending (account_id, month, dong) select $1::uuid, $2, $3::int where $3::int <= $4::int
on conflict (account_id, month) do update set dong = oa_spending.dong + excluded.dong
  where oa_spending.dong + excluded.dong <= $4::int
returning dong`;

export function openBooks(db: PrismaClient, clock: Clock): OaBooks {
  return {
    async reserve(accountId, dong, capDong, { deliveryId, part, again }) {
      const now = clock.now();
      const month = monthOf(now);
      const key = { accountId, deliveryId, part };
      return db.$transaction(async (tx) => {
        const noted = await tx.oaCharge.createMany({ data: { ...key, dong, at: now }, skipDuplicates: true });
        if (noted.count === 0 && !again) return 'paidBefore';
        const rows = await tx.$queryRawUnsafe<unknown[]>(RESERVE, accountId, month, dong, capDong);
        if (rows.length) return { ...key, month, dong };
        if (noted.count) await tx.oaCharge.delete({ where: { accountId_deliveryId_part: key } });
        return 'capUsed';
      });
    },
    async giveBack({ accountId, month, dong, deliveryId, part }) {
      await db.$transaction([
        db.oaCharge.deleteMany({ where: { accountId, deliveryId, part } }),
        db.oaSpending.updateMany({
          where: { accountId, month, dong: { gte: dong } },
          data: { dong: { decrement: dong } },
        }),
      ]);
    },
    async forgetCharges(accountId) {
      const before = new Date(clock.now().getTime() - CHARGES_KEPT_MS);
      await db.oaCharge.deleteMany({ where: { accountId, at: { lt: before } } });
    },
    async spent(accountId) {
      const key = { accountId, month: monthOf(clock.now()) };
      return (await db.oaSpending.findUnique({ where: { accountId_month: key } }))?.dong ?? 0;
    },
    async note(accountId, { name, remain, total }) {
      const data = { remain, total, at: clock.now() };
      await db.oaQuota.upsert({
        where: { accountId_name: { accountId, name } },
        create: { accountId, name, ...data },
        update: data satisfies Prisma.OaQuotaUpdateInput,
      });
    },
    async quotas(accountId) {
      return db.oaQuota.findMany({
        where: { accountId },
        orderBy: { name: 'asc' },
        omit: { accountId: true },
      });
    },
  };
}

const count = (value: unknown): number | null => {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof number === 'number' && Number.isSafeInteger(number) ? number : null;
};

/**
 * The `quota` of an answer, where there is one (§1.4, §1.6): numbers or texts, and the names differ between the
 * endpoints.
 */
export function readQuota(data: Record<string, unknown>): Omit<Quota, 'at'> | null {
  const { quota } = data;
  if (typeof quota !== 'object' || quota === null) return null;
  const { quota_type, remain, total, dailyQuota, remainingQuota } = quota as Record<string, unknown>;
  if (typeof quota_type === 'string')
    return { name: quota_type.slice(0, 40), remain: count(remain), total: count(total) };
  if (dailyQuota === undefined && remainingQuota === undefined) return null;
  return { name: 'daily', remain: count(remainingQuota), total: count(dailyQuota) };
}

/** A message that Zalo has counted here was in the package, given, or an answer: it cost nothing. */
export const isCovered = (quota: Omit<Quota, 'at'> | null): boolean =>
  quota !== null && ['reply', 'sub_quota', 'reward_quota'].includes(quota.name);
