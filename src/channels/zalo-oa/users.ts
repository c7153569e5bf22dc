import type { PrismaClient } from '../../store/prisma/client.ts';
import type { Clock } from '../../time/index.ts';
import { FREE_MS, MARGIN_MS } from './window.ts';

/** What is known of a person's last sign of life. */
export type Seen = { interactedAt: Date | null; askedAt: Date | null };

const HOUR_MS = 3_600_000;
/** A prompt goes out when so little of the free window is left: more than any night, in which nobody is asked. */
const PROMPT_AHEAD_MS = 12 * HOUR_MS;
const WEEK_MS = 7 * 24 * HOUR_MS;
/** Prompts of one look; the next look finds the others. */
const PROMPTS_MOST = 50;

/** The people of all OAs, for all processes: when each has written last. */
export interface OaUsers {
  seen(accountId: string, userId: string): Promise<Seen>;
  /** An interaction; an older one than is known changes nothing. */
  heard(accountId: string, userId: string, at: Date): Promise<void>;
  /** What Zalo says of the last interaction when it is asked. */
  told(accountId: string, userId: string, interactedAt: Date | null): Promise<void>;
  /** Zalo has refused a send for want of an interaction; `before` is what we had believed. */
  closed(accountId: string, userId: string, before: Date | null): Promise<void>;
  /** Nothing more is kept of a person who has taken their consent back. */
  forget(accountId: string, userId: string): Promise<void>;
  /** Whose free window ends soon, and who has not been prompted for a week. */
  closingSoon(accountId: string): Promise<string[]>;
  /** Takes the right to prompt a person; false when it was taken within the week. */
  mayPrompt(accountId: string, userId: string): Promise<boolean>;
  /** How many are within the free window, of all that are known. */
  within(accountId: string): Promise<{ inside: number; all: number }>;
}

export function openUsers(db: PrismaClient, clock: Clock): OaUsers {
  const before = (ms: number) => new Date(clock.now().getTime() - ms);
  return {
    async seen(accountId, userId) {
      const row = await db.oaUser.findUnique({ where: { accountId_userId: { accountId, userId } } });
      return { interactedAt: row?.interactedAt ?? null, askedAt: row?.askedAt ?? null };
    },
    async heard(accountId, userId, at) {
      await db.$executeRaw`
        insert into oa_user (account_id, user_id, interacted_at) values (${accountId}::uuid, ${userId}, ${at})
        on conflict (account_id, user_id) do update set interacted_at = greatest(oa_user.interacted_at, excluded.interacted_at)`;
    },
    async told(accountId, userId, interactedAt) {
      await db.$executeRaw`
        insert into oa_user (account_id, user_id, interacted_at, asked_at)
        values (${accountId}::uuid, ${userId}, ${interactedAt}, ${clock.now()})
        on conflict (account_id, user_id) do update
           set interacted_at = greatest(oa_user.interacted_at, excluded.interacted_at), asked_at = excluded.asked_at`;
    },
    async closed(accountId, userId, known) {
      await db.oaUser.updateMany({
        where: { accountId, userId, interactedAt: known },
        data: { interactedAt: null },
      });
    },
    async forget(accountId, userId) {
      await db.oaUser.deleteMany({ where: { accountId, userId } });
    },
    async closingSoon(accountId) {
      const rows = await db.oaUser.findMany({
        where: {
          accountId,
          interactedAt: { gt: before(FREE_MS - 2 * MARGIN_MS), lte: before(FREE_MS - PROMPT_AHEAD_MS) },
          OR: [{ promptedAt: null }, { promptedAt: { lte: before(WEEK_MS) } }],
        },
        orderBy: { interactedAt: 'asc' },
        take: PROMPTS_MOST,
        select: { userId: true },
      });
      return rows.map((row) => row.userId);
    },
    async mayPrompt(accountId, userId) {
      const { count } = await db.oaUser.updateMany({
        where: {
          accountId,
          userId,
          OR: [{ promptedAt: null }, { promptedAt: { lte: before(WEEK_MS) } }],
        },
        data: { promptedAt: clock.now() },
      });
      return count === 1;
    },
    async within(accountId) {
      const [inside, all] = await Promise.all([
        db.oaUser.count({ where: { accountId, interactedAt: { gte: before(FREE_MS - MARGIN_MS) } } }),
        db.oaUser.count({ where: { accountId } }),
      ]);
      return { inside, all };
    },
  };
}
