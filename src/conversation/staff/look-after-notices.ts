import { createHash } from 'node:crypto';
import type { ChatNotice } from '../../store/prisma/client.ts';
import type { InboxPorts } from '../intake/inbox.ts';
import { ChatClosed, editReply, type Reply, sayIn, sendReply } from '../say.ts';
import { writeLetters } from '../threads/post.ts';
import { sendOrder, wakeFor } from './chat-notices.ts';
import { isOver, statusOf, toReached } from './status.ts';

const AT_ONCE = 50;
/** Whoever has not ended by then is taken to have died. */
const LOOKING_MS = 60_000;
/** How often a message is changed at most, and how long it is looked after. */
const CHANGE_LEAST_MS = 3000;
const CHANGE_MOST_MS = 60_000;
const LOOKED_AFTER_MS = 24 * 3_600_000;
/** Whoever has read by then has read; without a confirmation nothing else is waited for. */
const SEEN_MS = 3_600_000;

const CLAIM = `
update chat_notice set look_at = $1::timestamptz + make_interval(secs => $2)
 where id = any(array(select id from chat_notice where look_at <= $1::timestamptz order by look_at limit $3 for update skip locked))
   and look_at <= $1::timestamptz
returning id::text as id`;

/**
 * Sends what staff have ordered from their chats and is due now, and shows there how it stands. Asked twice at once, it
 * is done once.
 */
export async function lookAfterNotices(ports: InboxPorts): Promise<void> {
  const values = [ports.clock.now(), LOOKING_MS / 1000, AT_ONCE];
  const { rows } = await ports.db.pool.query<{ id: string }>(CLAIM, values);
  for (const { id } of rows) {
    try {
      await sendOrder(ports, id);
      await show(ports, await ports.db.prisma.chatNotice.findUniqueOrThrow({ where: { id } }));
    } catch (error) {
      ports.log.warn({ err: error, chatNoticeId: id }, 'a notice from a chat waits for the next look');
    }
  }
}

/** Changes the message that tells how a notice stands; where none can be changed, tells the end of it once. */
async function show(ports: InboxPorts, row: ChatNotice): Promise<void> {
  if (!row.noticeId) return;
  const { id, staffId, accountId, address, language } = row;
  const isLinked = await ports.db.prisma.staffContact.count({
    where: { staffId, accountId, address, endedAt: null },
  });
  const { reply, report } = await statusOf(ports, sayIn(ports.texts, language), row);
  if (!isLinked || !report) return wakeFor(ports, id, { lookAt: null });
  const account = await ports.accounts.open(accountId);
  const shown = createHash('sha256').update(JSON.stringify(reply)).digest('base64url');
  const age = ports.clock.now().getTime() - row.dueAt.getTime();
  let { messageId } = row;
  try {
    if (!account.connection.edit) {
      if (!report.finished && age < LOOKED_AFTER_MS)
        return wakeFor(ports, id, { lookAt: nextLook(ports, row) });
      await writeLetters(ports.db.prisma, [
        {
          accountId,
          address,
          language,
          reply,
          key: `chatNotice:${id}:${row.reminders}`,
          dueAt: ports.clock.now(),
        },
      ]);
      ports.post.kick();
      return wakeFor(ports, id, { lookAt: null });
    }
    if (shown !== row.shown) messageId = await shownAs(account, address, messageId, reply);
  } catch (error) {
    if (error instanceof ChatClosed) return wakeFor(ports, id, { lookAt: null });
    throw error;
  }
  const isRead = row.asksToConfirm || age > SEEN_MS || report.seen >= toReached(report);
  const ends = age > LOOKED_AFTER_MS || (isOver(report, row) && isRead);
  await wakeFor(ports, id, { shown, messageId, lookAt: ends ? null : nextLook(ports, row) });
}

async function shownAs(
  account: Parameters<typeof sendReply>[0],
  address: string,
  messageId: string | null,
  reply: Reply,
): Promise<string | null> {
  if (messageId === null) return sendReply(account, address, reply);
  await editReply(account, address, messageId, reply);
  return messageId;
}

/** Often at first, more seldom with time. */
function nextLook({ clock }: InboxPorts, { dueAt, remindedAt }: ChatNotice): Date {
  const now = clock.now().getTime();
  const since = now - Math.max(dueAt.getTime(), remindedAt?.getTime() ?? 0);
  return new Date(now + Math.min(Math.max(since / 4, CHANGE_LEAST_MS), CHANGE_MOST_MS));
}
