import type { Logger } from 'pino';
import type { Accounts, RawUpdate } from '../../channels/index.ts';
import { closeContacts } from '../../notices/index.ts';
import type { Metrics } from '../../observe/index.ts';
import type { AccountId } from '../../store/ids.ts';
import { respond } from '../respond.ts';
import { ChatClosed } from '../say.ts';
import type { ConversationPorts } from '../talk.ts';
import { openWorkLoop } from './work-loop.ts';

// The inbox: an update is stored before the provider hears that we have it, and handled after. So a handler that
// throws, or a process that dies, loses nothing: the update is handled again. Updates of one chat in order.
// Once handled, only its number stays (so that it is stored once): what somebody wrote, a link code among it, is not
// kept.

const AT_ONCE = 64;
/** A handler that has not ended by then is taken to have died. */
const HANDLING_MS = 60_000;
const TRIES_MOST = 6;
const BACK_OFF_MS = 2000;

export type InboxPorts = ConversationPorts & { accounts: Accounts; log: Logger; metrics: Metrics };

export interface Inbox {
  /** Stores updates (each once) and, for a polled account, how far we have read; in one transaction. */
  store(accountId: AccountId, updates: readonly RawUpdate[], cursor?: string | null): Promise<void>;
  /** Handles what waits; returns at once. */
  kick(): void;
  /** After a start: what a dead process had begun is due at once. */
  recover(): Promise<void>;
  stop(): Promise<void>;
}

type Waiting = { id: string; accountId: AccountId; payload: unknown; attempts: number };

const CLAIM = `
update inbound_update u set due_at = $1::timestamptz + make_interval(secs => $2), attempts = u.attempts + 1
 where u.id in (
   select w.id from inbound_update w
    where w.handled_at is null and w.due_at <= $1::timestamptz
      and not exists (select 1 from inbound_update b where b.account_id = w.account_id and b.chat_key = w.chat_key
                         and b.handled_at is null and b.id < w.id)
    order by w.id limit $3 for update skip locked)
   and u.handled_at is null
returning u.id::text as id, u.account_id as "accountId", u.payload, u.attempts`;

const GIVE_BACK = `
update inbound_update set error = $2, due_at = $3, handled_at = $4,
       payload = case when $4::timestamptz is null then payload else '{}' end
 where id = $1`;

export function openInbox(ports: InboxPorts): Inbox {
  const { db, clock, log } = ports;
  /** @returns whether all of it is to be kept: it is of a kind that nobody knows. */
  async function handle(row: Waiting): Promise<boolean> {
    const account = await ports.accounts.open(row.accountId);
    const inbound = account.connection.read?.(row.payload);
    if (!inbound) return false;
    ports.metrics.inbound.inc({ kind: inbound.kind });
    await account.connection.heard?.(row.payload);
    try {
      await respond(ports, account, inbound, row.id);
    } catch (error) {
      if (!(error instanceof ChatClosed)) throw error;
      await closeContacts(
        db.prisma,
        { accountId: row.accountId, address: inbound.address },
        error.state,
        'hub',
        clock.now(),
      );
    }
    const unknown = inbound.kind === 'other' ? inbound.unknown : undefined;
    if (unknown !== undefined)
      log.warn({ accountId: row.accountId, inboundId: row.id, event: unknown }, 'an unknown event is kept');
    return unknown !== undefined;
  }

  async function handleSafely(row: Waiting): Promise<void> {
    try {
      const keep = await handle(row);
      await db.pool.query(
        `update inbound_update set handled_at = $2, error = null, payload = case when $3 then payload else '{}' end where id = $1`,
        [row.id, clock.now(), keep],
      );
    } catch (error) {
      const last = row.attempts >= TRIES_MOST;
      const now = clock.now();
      log[last ? 'error' : 'warn'](
        { err: error, inboundId: row.id, attempt: row.attempts },
        'update not handled',
      );
      await db.pool.query(GIVE_BACK, [
        row.id,
        error instanceof Error ? error.message.slice(0, 300) : 'unknown',
        new Date(now.getTime() + BACK_OFF_MS * 2 ** row.attempts),
        last ? now : null,
      ]);
    }
  }

  // Several updates at once, but one per chat: the claim sees to that.
  const loop = openWorkLoop<Waiting>({
    atOnce: AT_ONCE,
    async claim(most) {
      const values = [clock.now(), HANDLING_MS / 1000, most];
      return (await db.pool.query<Waiting>({ name: 'inbox-claim', text: CLAIM, values })).rows;
    },
    handle: handleSafely,
    broken: (error) => log.error({ err: error }, 'inbox rests until the next update or sweep'),
  });

  return {
    async store(accountId, updates, cursor) {
      const now = clock.now();
      const later = Math.max(0, ...updates.map((one) => one.afterMs ?? 0));
      if (later > 0) setTimeout(() => this.kick(), later + 50).unref();
      await db.prisma.$transaction(async (tx) => {
        await tx.inboundUpdate.createMany({
          data: updates.map(({ externalId, chatKey, payload, afterMs }) => ({
            accountId,
            externalId,
            chatKey,
            payload: payload as object,
            receivedAt: now,
            dueAt: new Date(now.getTime() + (afterMs ?? 0)),
          })),
          skipDuplicates: true,
        });
        if (cursor !== undefined)
          await tx.channelAccount.update({ where: { id: accountId }, data: { cursor } });
      });
    },
    kick: loop.kick,
    async recover() {
      await db.pool.query('update inbound_update set due_at = $1 where handled_at is null', [clock.now()]);
      loop.kick();
    },
    stop: loop.stop,
  };
}
