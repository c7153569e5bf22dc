import { sendOrder } from './chat-notices.ts';
import type { InboxPorts } from './inbox.ts';

const AT_ONCE = 50;
/** Whoever has not ended by then is taken to have died. */
const LOOKING_MS = 60_000;

const CLAIM = `
update chat_notice set look_at = $1::timestamptz + make_interval(secs => $2)
 where id = any(array(select id from chat_notice where look_at <= $1::timestamptz order by look_at limit $3 for update skip locked))
   and look_at <= $1::timestamptz
returning id::text as id`;

type Due = { id: string };

/** Sends what staff have ordered from their chats and is due now. Asked twice at once, it is done once. */
export async function lookAfterNotices(ports: InboxPorts): Promise<void> {
  const values = [ports.clock.now(), LOOKING_MS / 1000, AT_ONCE];
  const { rows } = await ports.db.pool.query<Due>(CLAIM, values);
  for (const { id } of rows) {
    try {
      await sendOrder(ports, id);
    } catch (error) {
      ports.log.warn({ err: error, chatNoticeId: id }, 'a notice from a chat was not sent; next try soon');
    }
  }
}
