import type { Prisma, PrismaClient } from '../../store/prisma/client.ts';
import type { Clock } from '../../time/index.ts';
import { monthOf } from '../month.ts';

/** Money that one send may cost, taken before it goes out. */
export type Reserved = { accountId: string; month: string; dong: number };

/** What Zalo says is left of a quota. */
export type Quota = { name: string; remain: number | null; total: number | null; at: Date };

/** What all OAs spend, and what Zalo says of their quotas, in the database. */
export interface OaBooks {
  /** Takes `dong` within the month's cap; null when it would be passed. Of two that ask for the last of it, one gets it. */
  reserve(accountId: string, dong: number, capDong: number): Promise<Reserved | null>;
  /** Nothing was sent, or it cost nothing. */
  giveBack(reserved: Reserved): Promise<void>;
  /** Whole đồng, this month; what is reserved counts as spent. */
  spent(accountId: string): Promise<number>;
  note(accountId: string, quota: Omit<Quota, 'at'>): Promise<void>;
  quotas(accountId: string): Promise<Quota[]>;
}

// One statement: the row is held from the comparison to the sum, so no two senders see the same money.
const RESERVE = `
insert into oa_spending (account_id, month, dong) select $1::uuid, $2, $3::int where $3::int <= $4::int
on conflict (account_id, month) do update set dong = oa_spending.dong + excluded.dong
  where oa_spending.dong + excluded.dong <= $4::int
returning dong`;

export function openBooks(db: PrismaClient, clock: Clock): OaBooks {
  return {
    async reserve(accountId, dong, capDong) {
      const month = monthOf(clock.now());
      const rows = await db.$queryRawUnsafe<unknown[]>(RESERVE, accountId, month, dong, capDong);
      return rows.length ? { accountId, month, dong } : null;
    },
    async giveBack({ accountId, month, dong }) {
      await db.oaSpending.updateMany({
        where: { accountId, month, dong: { gte: dong } },
        data: { dong: { decrement: dong } },
      });
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
