// One thread per child, guardian and teacher. Neither side sees the other's address or number: what one writes is kept
// and passed on as a letter to wherever the other has a chat.

import { onDuty } from '../../school/index.ts';
import { audit } from '../../security/index.ts';
import type { Prisma } from '../../store/prisma/client.ts';
import { holdUntil, nextOffice } from '../../time/index.ts';
import type { Child } from '../children.ts';
import { type Say, sayIn } from '../say.ts';
import { type ConversationPorts, openAction, type Talk } from '../talk.ts';
import { type Letter, writeLetters } from './post.ts';

type Tx = Prisma.TransactionClient;

/** Staff are written to in the language of the school. */
const STAFF_LANGUAGE = 'vi';

export type Passed = {
  messageId: string;
  /** When office hours begin; null: it is passed on now. */
  heldUntil: Date | null;
  /** Whether the teacher has a chat. Where not, it is passed on as soon as they link one. */
  hasChat: boolean;
};

/** Keeps what a guardian writes about a child, and passes it on to the teacher within office hours. */
export async function writeToTeacher(
  talk: Talk,
  child: Child,
  staffId: string,
  text: string,
  attachmentId: string | null = null,
): Promise<Passed> {
  const { ports, account, address, updateId } = talk;
  const now = ports.clock.now();
  const { pupilId, guardianId, schoolId } = child;
  const passed = await ports.db.prisma.$transaction(async (tx) => {
    const from = { accountId: account.id, address };
    const thread = await tx.chatThread.upsert({
      where: { pupilId_guardianId_staffId: { pupilId, guardianId, staffId } },
      create: { schoolId, pupilId, guardianId, staffId, ...from },
      update: from,
    });
    const message = await keep(tx, ports, {
      threadId: thread.id,
      fromStaff: false,
      ...{ text, attachmentId, updateId, now },
    });
    const dueAt = nextOffice(now, ports.office);
    const count = await passToStaff(tx, ports, [staffId], String(message.id), dueAt, now);
    await audit(tx, {
      orgUnitId: schoolId,
      at: now,
      actor: `guardian:${guardianId}`,
      action: 'thread.write',
      subject: `thread:${thread.id}`,
    });
    return { messageId: String(message.id), heldUntil: dueAt > now ? dueAt : null, hasChat: count > 0 };
  });
  ports.post.kick();
  return passed;
}

type Kept = {
  threadId: string;
  fromStaff: boolean;
  text: string;
  attachmentId: string | null;
  updateId: string;
  now: Date;
};

/** Kept once, however often the update that brought it is handled. */
async function keep(
  tx: Tx,
  { attachments }: Pick<ConversationPorts, 'attachments'>,
  { now, updateId, ...message }: Kept,
): Promise<{ id: bigint }> {
  const { attachmentId, threadId } = message;
  if (attachmentId) await attachments.use(tx, attachmentId, `thread:${threadId}`);
  await tx.threadMessage.createMany({
    data: [{ ...message, updateId: BigInt(updateId), at: now }],
    skipDuplicates: true,
  });
  return tx.threadMessage.findUniqueOrThrow({ where: { updateId: BigInt(updateId) }, select: { id: true } });
}

/** Writes a guardian's message to these members of staff, to the chat that each linked last. @returns how many. */
async function passToStaff(
  tx: Tx,
  ports: Pick<ConversationPorts, 'texts'>,
  staffIds: readonly string[],
  messageId: string,
  dueAt: Date,
  now: Date,
): Promise<number> {
  const message = await tx.threadMessage.findUniqueOrThrow({
    where: { id: BigInt(messageId) },
    include: { thread: true },
  });
  const { thread, urgentAt } = message;
  const [about] = await tx.$queryRaw<{ fullName: string; className: string | null }[]>`
    select p.full_name as "fullName", k.name as "className"
      from pupil p left join enrolment e on e.pupil_id = p.id and e.closed_at is null left join school_class k on k.id = e.class_id
     where p.id = ${thread.pupilId}::uuid limit 1`;
  const chats = await tx.$queryRaw<{ id: string; staffId: string; accountId: string; address: string }[]>`
    select distinct on (staff_id) id::text as id, staff_id::text as "staffId", account_id::text as "accountId", address
      from staff_contact where staff_id = any(${[...staffIds]}::uuid[]) and ended_at is null
     order by staff_id, linked_at desc`;
  const say = sayIn(ports.texts, STAFF_LANGUAGE);
  const sent = await sentWith(tx, say, message);
  const child = { child: about?.fullName ?? '', className: about?.className ?? '' };
  await writeLetters(
    tx,
    chats.map(({ id, staffId, accountId, address }): Letter => {
      // Only the teacher of the thread answers in it; whoever is on duty is told.
      const isTeacher = staffId === thread.staffId;
      return {
        accountId,
        address,
        language: STAFF_LANGUAGE,
        key: `thread:${messageId}:${id}`,
        dueAt,
        reply: {
          ...sent,
          text: `${say(urgentAt ? 'talk:thread.urgentToStaff' : 'talk:thread.toStaff', child)}\n\n${sent.text}`,
          ...(isTeacher
            ? { buttons: [[{ label: say('talk:thread.answer'), action: openAction('reply', thread.id) }]] }
            : {}),
        },
      };
    }),
  );
  if (chats.length) await tx.threadMessage.update({ where: { id: message.id }, data: { passedAt: now } });
  return chats.length;
}

/** What somebody wrote, as the other side gets it. */
async function sentWith(
  tx: Tx,
  say: Say,
  { text, attachmentId }: { text: string; attachmentId: string | null },
): Promise<{ text: string; attachment?: string }> {
  const quote = text && say('talk:thread.quote', { text });
  if (!attachmentId) return { text: quote };
  const file = await tx.attachment.findUnique({
    where: { id: attachmentId },
    select: { type: true, name: true },
  });
  const what = file?.type === 'application/pdf' ? 'document' : 'picture';
  return { text: quote || say(`talk:file.${what}`, { name: file?.name ?? '' }), attachment: attachmentId };
}

/** Passes on what has waited for a member of staff to link a chat. @returns how many messages. */
export async function passWaiting(ports: ConversationPorts, staffId: string): Promise<number> {
  const now = ports.clock.now();
  const count = await ports.db.prisma.$transaction(async (tx) => {
    const waiting = await tx.threadMessage.findMany({
      where: { fromStaff: false, passedAt: null, thread: { staffId } },
      orderBy: { id: 'asc' },
      select: { id: true },
    });
    for (const { id } of waiting) await passToStaff(tx, ports, [staffId], String(id), now, now);
    return waiting.length;
  });
  ports.post.kick();
  return count;
}

/**
 * "Khẩn cấp": whoever is on duty is told of the message now, and the teacher too. Only its own writer may say so.
 * @returns how many were told; null: no such message of this chat.
 */
export async function callUrgent(talk: Talk, messageId: string): Promise<number | null> {
  const { ports, children } = talk;
  const now = ports.clock.now();
  const told = await ports.db.prisma.$transaction(async (tx) => {
    const message = await tx.threadMessage.findUnique({
      where: { id: BigInt(messageId) },
      include: { thread: true },
    });
    const thread = message?.thread;
    const isOwn = children.some(
      (one) => one.guardianId === thread?.guardianId && one.pupilId === thread.pupilId,
    );
    if (!message || !thread || message.fromStaff || !isOwn) return null;
    await tx.threadMessage.update({ where: { id: message.id }, data: { urgentAt: message.urgentAt ?? now } });
    await tx.$executeRaw`
      update chat_letter set due_at = ${now}
       where key in (select 'thread:' || ${messageId} || ':' || id from staff_contact where staff_id = ${thread.staffId}::uuid)
         and sent_at is null and failed is null and attempts = 0`;
    const staffIds = [thread.staffId, ...(await onDuty(ports.db.prisma, thread.schoolId))];
    const count = await passToStaff(tx, ports, [...new Set(staffIds)], messageId, now, now);
    await audit(tx, {
      orgUnitId: thread.schoolId,
      at: now,
      actor: `guardian:${thread.guardianId}`,
      action: 'thread.urgent',
      subject: `thread:${thread.id}`,
      data: { told: count },
    });
    return count;
  });
  ports.post.kick();
  return told;
}

/**
 * Keeps a teacher's answer and passes it on to the guardian's chat, outside their quiet hours.
 * @returns when it goes out; null: the guardian has no chat any more.
 */
export async function writeToGuardian(
  talk: Talk,
  threadId: string,
  text: string,
  attachmentId: string | null = null,
): Promise<Date | null> {
  const { ports, updateId } = talk;
  const now = ports.clock.now();
  const dueAt = await ports.db.prisma.$transaction(async (tx) => {
    const [to] = await tx.$queryRaw<To[]>`
      select t.school_id::text as "schoolId", t.staff_id::text as "staffId", p.full_name as "fullName", s.full_name as teacher,
             g.language, g.quiet_from_min as "fromMin", g.quiet_to_min as "toMin", c.account_id::text as "accountId", c.address
        from chat_thread t join guardian g on g.id = t.guardian_id join pupil p on p.id = t.pupil_id join staff s on s.id = t.staff_id
        join contact c on c.guardian_id = t.guardian_id and c.state = 'active' and c.channel <> 'email'
       where t.id = ${threadId}::uuid
       order by (c.account_id = t.account_id and c.address = t.address) desc, c.position, c.created_at limit 1`;
    if (!to) return null;
    const written = { threadId, fromStaff: true, text, attachmentId, updateId, now };
    const message = await keep(tx, ports, written);
    const { quiet } = ports.rules;
    const at = holdUntil(now, to.fromMin ?? quiet.fromMin, to.toMin ?? quiet.toMin);
    const say = sayIn(ports.texts, to.language);
    const sent = await sentWith(tx, say, written);
    const about = { givenName: to.fullName.split(' ').at(-1) ?? '', teacher: to.teacher };
    await writeLetters(tx, [
      {
        accountId: to.accountId,
        address: to.address,
        language: to.language,
        key: `thread:${message.id}:guardian`,
        dueAt: at,
        reply: {
          ...sent,
          text: `${say('talk:thread.toGuardian', about)}\n\n${sent.text}`,
          buttons: [[{ label: say('talk:thread.answer'), action: openAction('reply', threadId) }]],
        },
      },
    ]);
    await tx.threadMessage.update({ where: { id: message.id }, data: { passedAt: now } });
    await audit(tx, {
      orgUnitId: to.schoolId,
      at: now,
      actor: `staff:${to.staffId}`,
      action: 'thread.write',
      subject: `thread:${threadId}`,
    });
    return at;
  });
  ports.post.kick();
  return dueAt;
}

type To = {
  schoolId: string;
  staffId: string;
  fullName: string;
  teacher: string;
  language: string;
  fromMin: number | null;
  toMin: number | null;
  accountId: string;
  address: string;
};
