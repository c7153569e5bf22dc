import type { Inbound, OpenAccount } from '../../channels/index.ts';
import { closeContacts, reopenContacts } from '../../notices/index.ts';
import { takeReceiptOf } from '../../receipts/index.ts';
import { countUp, limits } from '../../security/index.ts';
import { megabytes } from '../answer-file.ts';
import { ORDERS } from '../orders.ts';
import { sendReply } from '../say.ts';
import { type ConversationPorts, openTalk } from '../talk.ts';

/** What somebody has said, to be answered. */
export type Said = Extract<Inbound, { kind: 'start' | 'text' | 'press' | 'file' }>;

/**
 * Takes in what a provider tells of an address or of our messages.
 * @returns what is left to be answered
 */
export async function takeNews(
  ports: ConversationPorts,
  account: OpenAccount,
  inbound: Inbound,
  updateId: string,
): Promise<Said | null> {
  const { address } = inbound;
  const contact = { accountId: account.id, address };
  const { prisma } = ports.db;
  const now = ports.clock.now();
  switch (inbound.kind) {
    case 'blocked': {
      const cancelled = await closeContacts(prisma, contact, 'blocked', `chat:${account.id}`, now);
      await ports.undelivered(cancelled.map((row) => row.recipientId));
      return null;
    }
    case 'unblocked':
      await reopenContacts(prisma, contact, now);
      return null;
    case 'followed':
      await reopenContacts(prisma, contact, now);
      return { kind: 'start', address, startCode: '', group: false };
    case 'withdrawn': {
      // Every consent ends, and so does the contact; there is nobody to answer any more.
      const talk = await openTalk(ports, account, { address }, updateId);
      await ORDERS.stop(talk);
      await ORDERS.unlink(talk);
      return null;
    }
    case 'receipt': {
      const { says: kind, ...receipt } = inbound;
      await takeReceiptOf(prisma, { ...receipt, kind, accountId: account.id });
      return null;
    }
    case 'unreadable': {
      if (!(await countUp(ports.db.pool, limits.unreadable, `${account.id}:${address}`, now))) return null;
      const talk = await openTalk(ports, account, { address }, updateId);
      await sendReply(account, address, { text: talk.say('talk:unreadable', { mb: megabytes(talk) }) });
      return null;
    }
    case 'other':
      return null;
    default:
      // Whoever writes is there, whatever a provider has said of the address.
      await reopenContacts(prisma, contact, now, ['gone']);
      return inbound;
  }
}
