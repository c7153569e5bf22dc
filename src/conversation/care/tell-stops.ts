import type { Logger } from 'pino';
import type { Accounts } from '../../channels/index.ts';
import { asTyped, readDocument, type Texts, toMail } from '../../render/index.ts';
import type { AccountId } from '../../store/ids.ts';
import type { PrismaClient } from '../../store/prisma/client.ts';
import type { WorkLoop } from '../intake/work-loop.ts';
import { writeLetters } from '../threads/post.ts';

const SEND_MS = 20_000;
/** Until a person has heard of it there is nothing to send families about it: the school speaks Vietnamese. */
const LANGUAGE = 'vi';

type Stopped = { id: AccountId; channel: string; name: string; orgUnitId: string; reason: string };

type StopPorts = {
  db: PrismaClient;
  accounts: Accounts;
  texts: Texts;
  log: Logger;
  post: Pick<WorkLoop, 'kick'>;
};

/**
 * Writes to the administrators and IT officers of a school, or of the unit above it, when a channel has stopped and
 * only a person can mend it: what has happened, and what to do. Once for each stop; by e-mail, and in the chats that they
 * and the head of the school have linked on other channels.
 */
export async function tellStops(ports: StopPorts, now: Date): Promise<void> {
  const { db, log } = ports;
  await db.$executeRaw`update channel_account set stopped_told = null where stopped_reason is null and stopped_told is not null`;
  const rows = await db.$queryRaw<Stopped[]>`
    select id::text as id, channel, name, org_unit_id::text as "orgUnitId", stopped_reason as reason
      from channel_account where stopped_reason is not null and stopped_told is distinct from stopped_reason`;
  for (const row of rows) {
    // Taken first: two who look at once must not both write, and a mail server that fails is no reason to write for ever.
    const taken = await db.$executeRaw`
      update channel_account set stopped_told = ${row.reason}
       where id = ${row.id}::uuid and stopped_reason = ${row.reason} and stopped_told is distinct from ${row.reason}`;
    if (!taken) continue;
    const told = await tell(ports, row, now).catch((error: unknown) => {
      log.warn({ err: error, accountId: row.id }, 'administrators could not be told of a stopped channel');
      return 0;
    });
    log.error({ accountId: row.id, told }, 'a channel has stopped; those who can mend it are told');
  }
}

async function tell(
  { db, accounts, texts, post }: StopPorts,
  { id, channel, name, orgUnitId, reason }: Stopped,
  now: Date,
): Promise<number> {
  const mailbox = await db.$queryRaw<{ id: AccountId }[]>`
    with recursive above as (
      select id, parent_id, 0 as far from org_unit where id = ${orgUnitId}::uuid
      union all select u.id, u.parent_id, a.far + 1 from org_unit u join above a on u.id = a.parent_id)
    select c.id::text as id from channel_account c join above on above.id = c.org_unit_id
     where c.channel = 'email' and c.stopped_reason is null order by above.far limit 1`;
  const staff = await db.$queryRaw<{ email: string }[]>`
    with recursive above as (
      select id, parent_id from org_unit where id = ${orgUnitId}::uuid
      union all select u.id, u.parent_id from org_unit u join above a on u.id = a.parent_id)
    select distinct s.email from staff s join staff_role r on r.staff_id = s.id join above on above.id = r.org_unit_id
     where s.email is not null and s.disabled_at is null and r.role in ('administrator', 'itOfficer')`;
  const school = await db.orgUnit.findUniqueOrThrow({ where: { id: orgUnitId }, select: { name: true } });
  const say = (key: string) =>
    texts.say(LANGUAGE, key, {
      channel,
      name: asTyped(name),
      school: asTyped(school.name),
      reason: asTyped(reason),
    });
  const way = channel === 'zalo-oa' ? 'channels:stopped.zaloOa' : 'channels:stopped.other';
  const body = `${say('channels:stopped.body')}\n\n${say(way)}`;
  const key = `stopped.${id}.${now.getTime()}`;
  const chats = await chatsOf(db, orgUnitId);
  await writeLetters(
    db,
    chats.map(({ accountId, address }) => ({
      ...{ accountId, address, language: LANGUAGE, reply: { text: body }, dueAt: now },
      key: `${key}.${accountId}.${address}`,
    })),
  );
  post.kick();
  const box = mailbox[0];
  if (!box) return chats.length;
  const mail = toMail(readDocument(body), {
    subject: texts.say(LANGUAGE, 'channels:stopped.subject', { name }),
    language: LANGUAGE,
    footer: texts.say(LANGUAGE, 'mail:footer', { school: school.name }),
  });
  const { connection } = await accounts.open(box.id);
  let told = chats.length;
  for (const [index, { email }] of staff.entries()) {
    const outcome = await connection.send(
      {
        address: email,
        parts: [{ markup: mail.html, plain: mail.plain }],
        subject: mail.subject,
        fromName: school.name,
        deliveryId: `${key}.${index}`,
      },
      AbortSignal.timeout(SEND_MS),
    );
    if (outcome.kind === 'accepted') told += 1;
  }
  return told;
}

type Chat = { accountId: string; address: string };

/** Chats on channels that work, of those who can mend a channel of this unit, and of its head. */
const chatsOf = (db: PrismaClient, orgUnitId: string): Promise<Chat[]> => db.$queryRaw<Chat[]>`
  with recursive above as (
    select id, parent_id from org_unit where id = ${orgUnitId}::uuid
    union all select u.id, u.parent_id from org_unit u join above a on u.id = a.parent_id)
  select distinct k.account_id::text as "accountId", k.address
    from staff_contact k
    join staff s on s.id = k.staff_id and s.disabled_at is null
    join staff_role r on r.staff_id = s.id
    join above on above.id = r.org_unit_id
    join channel_account c on c.id = k.account_id and c.stopped_reason is null
   where k.ended_at is null
     and (r.role in ('administrator', 'itOfficer') or r.role = 'head' and r.org_unit_id = ${orgUnitId}::uuid)`;
