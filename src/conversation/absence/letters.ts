// What is written about an absence to chats that did not ask: to the staff who decide, and to the family about what
// they decided.

import { type AbsenceOf, askAt, type MissedCount, missedSessions, reasonOf } from '../../attendance/index.ts';
import { onDuty, teachersOf } from '../../school/index.ts';
import type { Sealer } from '../../security/index.ts';
import type { Prisma, PrismaClient } from '../../store/prisma/client.ts';
import { holdUntil } from '../../time/index.ts';
import { type Reply, type Say, sayIn } from '../say.ts';
import { type ConversationPorts, openAction } from '../talk.ts';
import { type Letter, sealReply, writeLetters } from '../threads/post.ts';
import { countText, daysText, reasonText } from './words.ts';

type Tx = Prisma.TransactionClient;
type StaffChat = { id: string; staffId: string; accountId: string; address: string };

/** Staff are written to in the language of the school. */
export const STAFF_LANGUAGE = 'vi';

export const DECIDE = 'leave';

/** A report as staff see it, with what they may do about it. */
export async function reportText(
  db: Pick<Tx, '$queryRaw'>,
  say: Say,
  sealer: Sealer,
  absence: AbsenceOf,
): Promise<string> {
  const missed: MissedCount | undefined = (await missedSessions(db, [absence.pupilId])).get(absence.pupilId);
  const text = say('absence:staff.asks', {
    child: absence.fullName,
    className: absence.className,
    days: daysText(say, absence),
    reason: reasonText(say, reasonOf(sealer, absence)),
  });
  return missed ? `${text}\n${countText(say, missed)}` : text;
}

/** What came with a report, as a reply carries it. */
export const fileOf = ({ attachmentId }: AbsenceOf): { attachment?: string } =>
  attachmentId ? { attachment: attachmentId } : {};

export const decideButtons = (say: Say, id: string): NonNullable<Reply['buttons']> => [
  [
    { label: say('absence:staff.accept'), action: openAction(DECIDE, `a.${id}`) },
    { label: say('absence:staff.question'), action: openAction(DECIDE, `q.${id}`) },
  ],
];

/** Where members of staff are written to: the chat that each linked last. */
export function chatsOfStaff(tx: Pick<Tx, '$queryRaw'>, staffIds: readonly string[]): Promise<StaffChat[]> {
  return tx.$queryRaw<StaffChat[]>`
    select distinct on (c.staff_id) c.id::text as id, c.staff_id::text as "staffId", c.account_id::text as "accountId", c.address
      from staff_contact c join staff s on s.id = c.staff_id and s.disabled_at is null
     where c.staff_id = any(${[...staffIds]}::uuid[]) and c.ended_at is null
     order by c.staff_id, c.linked_at desc`;
}

export type Asked = {
  whom: 'formTeacher' | 'office' | 'nobody';
  /** When they are asked. */
  at: Date;
};

/** The form teachers who have a chat; else whoever is on duty and the administrators who have one. */
export async function chatsFor(
  db: PrismaClient,
  absence: Pick<AbsenceOf, 'pupilId' | 'schoolId'>,
): Promise<{ whom: Asked['whom']; chats: StaffChat[] }> {
  const { pupilId, schoolId } = absence;
  const forms = (await teachersOf(db, pupilId)).filter(({ role }) => role === 'formTeacher');
  const own = await chatsOfStaff(
    db,
    forms.map((one) => one.staffId),
  );
  if (own.length) return { whom: 'formTeacher', chats: own };
  const administrators = await db.staffRole.findMany({
    where: { orgUnitId: schoolId, role: 'administrator', staff: { disabledAt: null } },
    select: { staffId: true },
  });
  const staffIds = [...(await onDuty(db, schoolId)), ...administrators.map((one) => one.staffId)];
  const chats = await chatsOfStaff(db, [...new Set(staffIds)]);
  return { whom: chats.length ? 'office' : 'nobody', chats };
}

type AskPorts = Pick<ConversationPorts, 'db' | 'texts' | 'sealer' | 'office' | 'rules'>;

/** Asks whoever decides about a report; each chat once. The post has to be kicked after the commit. */
export async function askStaff(tx: Tx, ports: AskPorts, absence: AbsenceOf, now: Date): Promise<Asked> {
  const { whom, chats } = await chatsFor(ports.db.prisma, absence);
  const at = askAt(now, absence, { office: ports.office, quiet: ports.rules.quiet });
  await askChats(tx, ports, absence, chats, at);
  return { whom, at };
}

/** Asks these chats about a report from `dueAt` on. */
export async function askChats(
  tx: Tx,
  { texts, sealer }: Pick<AskPorts, 'texts' | 'sealer'>,
  absence: AbsenceOf,
  chats: readonly StaffChat[],
  dueAt: Date,
): Promise<void> {
  const say = sayIn(texts, STAFF_LANGUAGE);
  const reply: Reply = {
    text: await reportText(tx, say, sealer, absence),
    ...fileOf(absence),
    buttons: decideButtons(say, absence.id),
  };
  await writeLetters(
    tx,
    chats.map(({ id, accountId, address }): Letter => {
      const key = askKey(absence.id, id);
      return {
        accountId,
        address,
        language: STAFF_LANGUAGE,
        key,
        dueAt,
        reply: sealReply(sealer, key, reply),
      };
    }),
  );
  const asked = new Set([...absence.askedContacts, ...chats.map((one) => one.id)]);
  await tx.absenceReport.update({ where: { id: absence.id }, data: { askedContacts: [...asked] } });
}

const askKey = (absenceId: string, contactId: string): string => `absence:${absenceId}:ask:${contactId}`;

/**
 * Tells those who were asked, but not `except`, how it ended; a question that has not gone out yet is taken back
 * instead.
 */
export async function tellAsked(
  tx: Tx,
  { texts }: Pick<AskPorts, 'texts'>,
  absence: AbsenceOf,
  told: { verdict: 'accepted' | 'withdrawn'; by: string; exceptStaff: string | null },
  now: Date,
): Promise<void> {
  const taken = await tx.$queryRaw<{ key: string }[]>`
    update chat_letter set failed = 'overtaken', reply = '{}'
     where key = any(${absence.askedContacts.map((id) => askKey(absence.id, id))})
       and sent_at is null and failed is null and attempts = 0
    returning key`;
  const saved = new Set(taken.map((one) => one.key));
  const contacts = await tx.staffContact.findMany({
    where: { id: { in: absence.askedContacts }, endedAt: null, staff: { disabledAt: null } },
  });
  const say = sayIn(texts, STAFF_LANGUAGE);
  const about = {
    child: absence.fullName,
    className: absence.className,
    days: daysText(say, absence),
    by: told.by || say('absence:staff.school'),
  };
  await writeLetters(
    tx,
    contacts
      .filter((one) => one.staffId !== told.exceptStaff && !saved.has(askKey(absence.id, one.id)))
      .map(
        ({ id, accountId, address }): Letter => ({
          accountId,
          address,
          language: STAFF_LANGUAGE,
          key: `absence:${absence.id}:${told.verdict}:${id}`,
          dueAt: now,
          reply: { text: say(`absence:staff.told.${told.verdict}`, about) },
        }),
      ),
  );
}

type FamilyChat = {
  accountId: string;
  address: string;
  language: string;
  fromMin: number | null;
  toMin: number | null;
};

/**
 * Tells the family that leave was given, in the chat that asked, or else in another chat of that guardian, outside
 * their quiet hours.
 * @returns false: the guardian has no chat any more, or is none any more
 */
export async function tellFamily(
  tx: Tx,
  { texts, rules }: Pick<AskPorts, 'texts' | 'rules'>,
  absence: AbsenceOf,
  by: string,
  now: Date,
): Promise<boolean> {
  const { id, guardianId, pupilId, accountId, address } = absence;
  const [to] = await tx.$queryRaw<FamilyChat[]>`
    select c.account_id::text as "accountId", c.address, g.language, g.quiet_from_min as "fromMin", g.quiet_to_min as "toMin"
      from contact c
      join guardian g on g.id = c.guardian_id
      join guardianship gs on gs.guardian_id = g.id and gs.pupil_id = ${pupilId}::uuid and gs.closed_at is null
     where c.guardian_id = ${guardianId}::uuid and c.state = 'active' and c.channel <> 'email'
     order by (c.account_id = ${accountId}::uuid and c.address = ${address}) desc, c.position, c.created_at limit 1`;
  if (!to) return false;
  const { quiet } = rules;
  const say = sayIn(texts, to.language);
  const about = { givenName: absence.givenName, className: absence.className, days: daysText(say, absence) };
  await writeLetters(tx, [
    {
      accountId: to.accountId,
      address: to.address,
      language: to.language,
      key: `absence:${id}:accepted`,
      dueAt: holdUntil(now, to.fromMin ?? quiet.fromMin, to.toMin ?? quiet.toMin),
      reply: {
        text: by ? say('absence:family.acceptedBy', { ...about, by }) : say('absence:family.accepted', about),
      },
    },
  ]);
  return true;
}
