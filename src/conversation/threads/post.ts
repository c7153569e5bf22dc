// The post: what one person wrote to another, or the hub tells somebody who did not ask. A letter is a row before
// anything is sent, so that a crash loses none; it is sent once, except when a process dies while it is on its way.

import type { Logger } from 'pino';
import type { Attachments } from '../../attachments/index.ts';
import type { Accounts } from '../../channels/index.ts';
import { closeContacts } from '../../notices/index.ts';
import type { Texts } from '../../render/index.ts';
import type { Sealer } from '../../security/index.ts';
import type { AccountId } from '../../store/ids.ts';
import type { Database } from '../../store/index.ts';
import type { Prisma } from '../../store/prisma/client.ts';
import type { Clock } from '../../time/index.ts';
import { withFile } from '../attach.ts';
import { openWorkLoop, type WorkLoop } from '../intake/work-loop.ts';
import { withNumbers } from '../numbered.ts';
import { ChatClosed, type Reply, sendReply } from '../say.ts';

const AT_ONCE = 16;
/** A process that has not ended by then is taken to have died. */
const SENDING_MS = 60_000;
const TRIES_MOST = 12;
const BACK_OFF_MS = 5000;
const BACK_OFF_MOST_MS = 30 * 60_000;

export type Letter = {
  accountId: string;
  address: string;
  language: string;
  /** Without pictures. */
  reply: Reply | SealedReply;
  /** The same key is written once. */
  key: string;
  /** Not before. */
  dueAt: Date;
};

/** A reply that is for no eyes but the reader's while it waits. */
export type SealedReply = { sealed: string };

const sealedFor = (key: string): string => `letter:${key}`;

export const sealReply = (sealer: Sealer, key: string, reply: Reply): SealedReply => ({
  sealed: Buffer.from(sealer.seal(JSON.stringify(reply), sealedFor(key))).toString('base64'),
});

const openReply = (sealer: Sealer, key: string, reply: Reply | SealedReply): Reply =>
  'sealed' in reply ? JSON.parse(sealer.unseal(Buffer.from(reply.sealed, 'base64'), sealedFor(key))) : reply;

/** Writes letters; kick the post after the commit. */
export async function writeLetters(
  tx: Pick<Prisma.TransactionClient, 'chatLetter'>,
  letters: readonly Letter[],
): Promise<void> {
  await tx.chatLetter.createMany({
    data: letters.map(({ reply, ...letter }) => ({
      ...letter,
      reply: reply as unknown as Prisma.InputJsonObject,
    })),
    skipDuplicates: true,
  });
}

type Waiting = {
  id: string;
  accountId: AccountId;
  address: string;
  language: string;
  reply: Reply | SealedReply;
  key: string;
  attempts: number;
};

// In the order of a chat; what is held till morning holds up nothing that is due before.
const CLAIM = `
update chat_letter l set due_at = $1::timestamptz + make_interval(secs => $2), attempts = l.attempts + 1
 where l.id in (
   select w.id from chat_letter w
    where w.sent_at is null and w.failed is null and w.due_at <= $1::timestamptz
      and not exists (select 1 from chat_letter b where b.account_id = w.account_id and b.address = w.address
                         and b.sent_at is null and b.failed is null and b.id < w.id
                         and (b.attempts > 0 or b.due_at <= $1::timestamptz))
    order by w.id limit $3 for update skip locked)
returning l.id::text as id, l.account_id as "accountId", l.address, l.language, l.reply, l.key, l.attempts`;

/** What was said is not kept. */
const OVER = `update chat_letter set sent_at = $2, failed = $3, reply = '{}' where id = $1`;

export type PostPorts = {
  db: Database;
  accounts: Accounts;
  attachments: Attachments;
  texts: Texts;
  clock: Clock;
  log: Logger;
  sealer: Sealer;
};

export function openPost(ports: PostPorts): WorkLoop {
  const { db, clock, log } = ports;

  const over = (id: string, failed: string | null) =>
    db.pool.query(OVER, [id, failed === null ? clock.now() : null, failed]);

  async function send(row: Waiting): Promise<void> {
    const account = await ports.accounts.open(row.accountId);
    try {
      const chat = { accountId: row.accountId, address: row.address };
      const opened = openReply(ports.sealer, row.key, row.reply);
      if (opened.attachment && !(await ports.attachments.mayHave(opened.attachment, chat)))
        return void (await over(row.id, 'mayNot'));
      const numbered = await withNumbers(ports, account, row.address, row.language, opened);
      const { reply, file } = await withFile(ports, chat, row.language, numbered);
      await sendReply(account, row.address, reply, file);
      await over(row.id, null);
    } catch (error) {
      if (!(error instanceof ChatClosed)) throw error;
      const where = { accountId: row.accountId, address: row.address };
      await closeContacts(db.prisma, where, error.state, 'hub', clock.now());
      await over(row.id, error.state);
    }
  }

  async function sendSafely(row: Waiting): Promise<void> {
    try {
      await send(row);
    } catch (error) {
      const last = row.attempts >= TRIES_MOST;
      log[last ? 'error' : 'warn'](
        { err: error, letterId: row.id, attempt: row.attempts },
        'letter not sent',
      );
      const wait = Math.min(BACK_OFF_MS * 2 ** row.attempts, BACK_OFF_MOST_MS);
      await (last
        ? over(row.id, 'givenUp')
        : db.pool.query('update chat_letter set due_at = $2 where id = $1', [
            row.id,
            new Date(clock.now().getTime() + wait),
          ])
      ).catch((problem: unknown) =>
        log.error({ err: problem, letterId: row.id }, 'letter waits for its time'),
      );
    }
  }

  return openWorkLoop<Waiting>({
    atOnce: AT_ONCE,
    async claim(most) {
      const values = [clock.now(), SENDING_MS / 1000, most];
      return (await db.pool.query<Waiting>({ name: 'post-claim', text: CLAIM, values })).rows;
    },
    handle: sendSafely,
    broken: (error) => log.error({ err: error }, 'the post rests until the next letter or sweep'),
  });
}
