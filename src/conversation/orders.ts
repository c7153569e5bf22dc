import { closeContacts } from '../notices/index.ts';
import { askNewcomer } from './absence/decide.ts';
import { type Child, childrenOf } from './children.ts';
import type { CommandName } from './commands.ts';
import { setLanguage } from './language.ts';
import { answersOf, consentQuestion, storeAnswers, wordingOf } from './linking/consent-talk.ts';
import { linkChat } from './linking/link.ts';
import { unlinkStaff } from './linking/link-staff.ts';
import { tellOtherChats } from './linking/tell-other-chats.ts';
import { greet, staffCommandsIn } from './menu.ts';
import { type Reply, sayIn } from './say.ts';
import { staffOf } from './staff/staff-of.ts';
import type { Talk } from './talk.ts';
import { passWaiting } from './threads/threads.ts';

/** What a family may order in one word, and what is done then. */
export const ORDERS: Record<CommandName, (talk: Talk) => Promise<Reply[]>> = {
  askConsent,
  decline: (talk) => withdraw(talk, 'chat:allDeclined'),
  stop: (talk) => withdraw(talk, 'chat:stopped'),
  unlink,
  english: (talk) => setLanguage(talk, 'en'),
  vietnamese: (talk) => setLanguage(talk, 'vi'),
  help: greet,
};

/** Links the chat with a code that was typed, or that a deep link brought. */
export async function link(talk: Talk, typed: string): Promise<Reply[]> {
  const { ports, account, address } = talk;
  // A family that nobody could answer or tell anything here keeps its code for another channel.
  if ((await account.connection.hasRoomFor?.(address)) === false) return [];
  const linked = await linkChat(ports.db, ports.signer, {
    typed,
    account: { id: account.id, orgUnitId: account.orgUnitId, channel: account.channel.name },
    address,
    triesPerHour: ports.linkTriesPerHour,
    now: ports.clock.now(),
  });
  if (linked.result === 'staffLinked') {
    await passWaiting(ports, linked.staffId);
    await listCommands(talk, await staffOf(ports.db.prisma, { accountId: account.id, address }));
    await askNewcomer(ports, linked.staffId);
    return [{ text: talk.say('talk:staff.linked', { name: linked.fullName }) }];
  }
  if (linked.result !== 'linked') return [{ text: talk.say(`chat:${linked.result}`) }];
  const children = await childrenOf(ports.db.prisma, { accountId: account.id, address });
  const child = children.find(
    (one) => one.pupilId === linked.pupilId && one.guardianId === linked.guardianId,
  );
  if (!child) return greet({ ...talk, children });
  await tellOtherChats(talk, child);
  const say = sayIn(ports.texts, child.language);
  const { school, givenName, className } = child;
  const question = consentQuestion(say, child, child.language);
  return [
    { ...question, text: `${say('chat:welcome', { school, givenName, className })}\n\n${question.text}` },
  ];
}

async function askConsent({ children, say, language }: Talk): Promise<Reply[]> {
  return children.length
    ? children.map((child) => consentQuestion(say, child, language))
    : [{ text: say('chat:notLinked') }];
}

async function withdraw(talk: Talk, text: string): Promise<Reply[]> {
  if (!talk.children.length) return [{ text: talk.say('chat:notLinked') }];
  const wording = wordingOf(talk.say, talk.language);
  for (const child of talk.children) await keepAnswers(talk, child, answersOf('all', false), wording);
  return [{ text: talk.say(text) }];
}

async function unlink(talk: Talk): Promise<Reply[]> {
  const { ports, account, address } = talk;
  const chat = { accountId: account.id, address };
  const now = ports.clock.now();
  const wasStaff = await unlinkStaff(ports.db.prisma, chat, now);
  if (wasStaff) await listCommands(talk, null);
  const cancelled = await closeContacts(ports.db.prisma, chat, 'unlinked', `chat:${account.id}`, now);
  await ports.undelivered(cancelled.map((row) => row.recipientId));
  return [{ text: talk.say(wasStaff && !talk.children.length ? 'staff:unlinked' : 'chat:unlinked') }];
}

/** What the app lists in this one chat: what its staff may do beside the rest. A convenience: all is heard without. */
async function listCommands(
  { ports, account, address, language }: Talk,
  staff: Talk['staff'] | null,
): Promise<void> {
  const commands = staff ? staffCommandsIn(ports, language, staff) : [];
  await account.connection.setCommands?.(null, commands, address).catch(() => undefined);
}

/** Keeps what was answered about one child, and finds another way for what may not be sent any more. */
export async function keepAnswers(
  { ports, account }: Talk,
  child: Child,
  answers: Child['consents'],
  textVersion: string,
): Promise<void> {
  const about = { channel: account.channel.name, textVersion, now: ports.clock.now() };
  await ports.undelivered(await storeAnswers(ports.db.prisma, child, answers, about));
}
