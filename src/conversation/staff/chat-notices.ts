// What staff have ordered from a chat to be told to families: a row first, a notice when its time has come. So there are
// seconds in which it can be called off, an hour may be chosen, and a process that dies in between loses nothing.

import { draftClassNotice } from '../../classroom/index.ts';
import { HubError } from '../../errors.ts';
import { type NoticeDraft, type Published, publishWithin } from '../../notices/index.ts';
import { audit } from '../../security/index.ts';
import type { ChatNotice, Prisma } from '../../store/prisma/client.ts';
import { sayIn } from '../say.ts';
import type { ConversationPorts, Talk } from '../talk.ts';
import { type Letter, writeLetters } from '../threads/post.ts';
import { roleFor, type Scope } from './scope.ts';
import { rolesOf } from './staff-of.ts';

/** The alarm that looks at what is due; see lookAfterNotices(). */
export const ALARM_CHAT_NOTICES = 'chatNotices';

/** What is to be told, in the sender's words. */
export type Told = {
  title: string;
  body: string;
  sender: string;
  asksToConfirm: boolean;
  /** A picture or PDF that goes with it. */
  attachmentId?: string;
};

export type Ordered = { staffId: string; scope: Scope; told: Told; dueAt: Date };

/** Keeps an order; handled again, the same one. @returns its id */
export async function orderNotice(talk: Talk, { staffId, scope, told, dueAt }: Ordered): Promise<string> {
  const { ports, account, address, updateId } = talk;
  const now = ports.clock.now();
  const { title, asksToConfirm, ...draft } = told;
  const id = await ports.db.prisma.$transaction(async (tx) => {
    const { count } = await tx.chatNotice.createMany({
      data: [
        {
          ...{ schoolId: scope.schoolId, staffId, accountId: account.id, address, language: talk.language },
          ...{ updateId: BigInt(updateId), title, asksToConfirm, draft, scope: scope.audience },
          ...{ dueAt, lookAt: dueAt, messageId: account.connection.edit ? talk.messageId : null },
        },
      ],
      skipDuplicates: true,
    });
    const row = await tx.chatNotice.findUniqueOrThrow({ where: { updateId: BigInt(updateId) } });
    if (count && draft.attachmentId)
      await ports.attachments.use(tx, draft.attachmentId, `chatNotice:${row.id}`);
    if (count)
      await audit(tx, {
        orgUnitId: scope.schoolId,
        at: now,
        actor: `staff:${staffId}`,
        action: 'notice.order',
        subject: `chatNotice:${row.id}`,
        data: { dueAt: dueAt.toISOString() },
      });
    return row.id;
  });
  await ports.bell.at(ALARM_CHAT_NOTICES, id, dueAt);
  return id;
}

/** Calls an order off while it is none but an order. @returns whether nothing will be sent. */
export async function callOff({ ports }: Talk, row: ChatNotice): Promise<boolean> {
  return ports.db.prisma.$transaction(async (tx) => {
    const { count } = await tx.chatNotice.updateMany({
      where: { id: row.id, noticeId: null, ended: null },
      data: { ended: 'calledOff', draft: {}, lookAt: null },
    });
    if (count)
      await audit(tx, {
        orgUnitId: row.schoolId,
        at: ports.clock.now(),
        actor: `staff:${row.staffId}`,
        action: 'notice.callOff',
        subject: `chatNotice:${row.id}`,
      });
    return (
      count > 0 || (await tx.chatNotice.findUniqueOrThrow({ where: { id: row.id } })).ended === 'calledOff'
    );
  });
}

export const scopeOf = ({ schoolId, scope }: ChatNotice): Scope => ({
  schoolId,
  audience: scope as Scope['audience'],
});

/** Sets when its status is looked at next, by default now; null: never more. */
export async function wakeFor(
  { db, bell, clock }: Pick<ConversationPorts, 'db' | 'bell' | 'clock'>,
  id: string,
  data: { lookAt?: Date | null; messageId?: string | null; shown?: string | null },
): Promise<void> {
  const lookAt = data.lookAt === undefined ? clock.now() : data.lookAt;
  await db.prisma.chatNotice.update({ where: { id }, data: { ...data, lookAt } });
  // A name of its own for each look: an alarm that is being answered counts as set.
  if (lookAt) await bell.at(ALARM_CHAT_NOTICES, `${id}.${lookAt.getTime()}`, lookAt);
}

/** The key of a notice that this update has led to. */
export const keyOf = (updateId: string | bigint): string => `chat:${updateId}`;

/** Keeps, with a notice that is sent at once, that its author is to see how it stands. */
export async function keepSent(
  tx: Prisma.TransactionClient,
  talk: Talk,
  made: { scope: Scope; role: { staffId: string }; noticeId: string; title: string },
): Promise<void> {
  const { ports, account, address, language, updateId } = talk;
  const { scope, role, noticeId, title } = made;
  const now = ports.clock.now();
  await tx.chatNotice.create({
    data: {
      ...{ schoolId: scope.schoolId, staffId: role.staffId, accountId: account.id, address, language },
      ...{ updateId: BigInt(updateId), title, asksToConfirm: true, draft: {}, scope: scope.audience },
      ...{ dueAt: now, lookAt: now, noticeId, messageId: account.connection.edit ? talk.messageId : null },
    },
  });
}

/** The notice that an order asks for; the same every time it is asked. */
export const draftOf = (
  { staffId, scope, told }: Omit<Ordered, 'dueAt'>,
  idempotencyKey: string,
): NoticeDraft =>
  draftClassNotice(
    { scope: scope.audience, ...told },
    { schoolId: scope.schoolId, createdBy: `staff:${staffId}`, idempotencyKey },
  );

type Sent = { published: Published; draft: NoticeDraft };

/**
 * Makes a notice of an order whose time has come, if its author may still do that. Once in the cluster: row and notice
 * change together.
 */
export async function sendOrder(ports: ConversationPorts, id: string): Promise<void> {
  const now = ports.clock.now();
  let sent: Sent | null;
  try {
    sent = await ports.db.prisma.$transaction((tx) => sendWithin(tx, ports, id, now));
  } catch (error) {
    // What the notices refuse they refuse for good: nobody is left in the class, say.
    if (!(error instanceof HubError)) throw error;
    const reason = error.data.problem === 'emptyAudience' ? 'nobody' : 'refused';
    await ports.db.prisma.$transaction((tx) => endOrder(tx, ports, id, reason, now));
    sent = null;
  }
  if (sent) await ports.accepted(sent.published, sent.draft);
  else ports.post.kick();
}

async function sendWithin(
  tx: Prisma.TransactionClient,
  ports: ConversationPorts,
  id: string,
  now: Date,
): Promise<Sent | null> {
  await tx.$queryRaw`select id::text from chat_notice where id = ${id}::uuid for update`;
  const row = await tx.chatNotice.findUniqueOrThrow({ where: { id } });
  if (row.noticeId || row.ended || row.dueAt > now) return null;
  const { staffId, title, asksToConfirm } = row;
  const scope = scopeOf(row);
  if (!roleFor(await rolesOf(tx, [staffId], row.accountId), scope)) {
    await endOrder(tx, ports, id, 'mayNot', now);
    return null;
  }
  const words = row.draft as Pick<Told, 'body' | 'sender' | 'attachmentId'>;
  const draft = draftOf({ staffId, scope, told: { ...words, title, asksToConfirm } }, keyOf(row.updateId));
  const published = await publishWithin(tx, ports.rules, draft, now);
  await tx.chatNotice.update({ where: { id }, data: { noticeId: published.id, draft: {} } });
  return { published, draft };
}

/** It becomes no notice, and its author is told why. */
async function endOrder(
  tx: Prisma.TransactionClient,
  { texts }: ConversationPorts,
  id: string,
  reason: 'mayNot' | 'nobody' | 'refused',
  now: Date,
): Promise<void> {
  const { count } = await tx.chatNotice.updateMany({
    where: { id, noticeId: null, ended: null },
    data: { ended: reason, draft: {}, lookAt: null },
  });
  const row = await tx.chatNotice.findUniqueOrThrow({ where: { id } });
  const { accountId, address, language, title, staffId } = row;
  const isLinked = await tx.staffContact.count({ where: { staffId, accountId, address, endedAt: null } });
  if (!count || !isLinked) return;
  const text = sayIn(texts, language)(`staff:order.${reason}`, { title });
  const letter: Letter = {
    accountId,
    address,
    language,
    reply: { text },
    key: `chatNotice:${id}`,
    dueAt: now,
  };
  await writeLetters(tx, [letter]);
}
