import type { Pool } from 'pg';

/** All limits of the product on one page: how many, within which time. */
export type Limit = { name: string; most: number; windowMs: number };

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

export const limits = {
  /** Wrong link codes from one chat; the setting LINK_TRIES_PER_HOUR. */
  linkTries: (most: number): Limit => ({ name: 'link', most, windowMs: HOUR_MS }),
  /** Messages and presses from one chat that are answered; the setting CHAT_PER_MINUTE. */
  chatMessages: (most: number): Limit => ({ name: 'chat', most, windowMs: MINUTE_MS }),
  /** How often a chat that writes too much is told so. */
  chatWarning: { name: 'chatWarning', most: 1, windowMs: MINUTE_MS } satisfies Limit,
  /** Codes for a guardian's own further chats, and mailboxes that they name. */
  ownCodes: { name: 'ownCode', most: 5, windowMs: 24 * HOUR_MS } satisfies Limit,
  ownMails: { name: 'ownMail', most: 3, windowMs: 24 * HOUR_MS } satisfies Limit,
  /** How often a chat is told that pictures are not read: an album is many messages. */
  unreadable: { name: 'unreadable', most: 2, windowMs: MINUTE_MS } satisfies Limit,
  /** Pictures and files of one chat that are fetched and kept. */
  files: { name: 'files', most: 40, windowMs: HOUR_MS } satisfies Limit,
};

/** Counts one more and says whether it is still within the limit. Shared by all processes. */
export async function countUp(pool: Pool, limit: Limit, who: string, now: Date): Promise<boolean> {
  const windowAt = new Date(Math.floor(now.getTime() / limit.windowMs) * limit.windowMs);
  const { rows } = await pool.query<{ count: number }>(
    `insert into rate_count (key, window_at, count) values ($1, $2, 1)
     on conflict (key, window_at) do update set count = rate_count.count + 1 returning count`,
    [`${limit.name}:${who}`, windowAt],
  );
  return (rows[0]?.count ?? 0) <= limit.most;
}

/** Whether the limit is used up, without counting. */
export async function isUsedUp(pool: Pool, limit: Limit, who: string, now: Date): Promise<boolean> {
  const windowAt = new Date(Math.floor(now.getTime() / limit.windowMs) * limit.windowMs);
  const { rows } = await pool.query<{ count: number }>(
    'select count from rate_count where key = $1 and window_at = $2',
    [`${limit.name}:${who}`, windowAt],
  );
  return (rows[0]?.count ?? 0) >= limit.most;
}

/** No limit looks back further than this. */
const LONGEST_WINDOW_MS = 24 * HOUR_MS;

/** Removes counts that no limit asks for any more; each is one row per hour and chat. @returns how many. */
export async function forgetCounts(pool: Pool, now: Date): Promise<number> {
  const { rowCount } = await pool.query('delete from rate_count where window_at < $1', [
    new Date(now.getTime() - LONGEST_WINDOW_MS),
  ]);
  return rowCount ?? 0;
}
