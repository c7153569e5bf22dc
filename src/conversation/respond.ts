import type { Inbound, OpenAccount } from '../channels/index.ts';
import { closeContacts, reopenContacts, type Topic } from '../notices/index.ts';
import { takeReceipt } from '../receipts/index.ts';
import type { Texts } from '../render/index.ts';
import { readLinkCode } from '../school/index.ts';
import type { Signer } from '../security/index.ts';
import type { NoticeId, RecipientId } from '../store/ids.ts';
import type { Database } from '../store/index.ts';
import type { Clock } from '../time/index.ts';
import { type Asked, readQuestion, readTopicPress, sortByRight } from './ask.ts';
import { type Child, childrenOf } from './children.ts';
import { type CommandName, readCommand } from './commands.ts';
import { answersOf, consentQuestion, readConsentPress, storeAnswers, wordingOf } from './consent-talk.ts';
import { linkChat } from './link.ts';
import { chosenBy, withNumbers } from './numbered.ts';
import { editReply, type Reply, type Say, sayIn, sendReply } from './say.ts';

export type ConversationPorts = {
  db: Database;
  signer: Signer;
  texts: Texts;
  clock: Clock;
  linkTriesPerHour: number;
  /** What families may ask about, e.g. marks and bills. */
  topics: readonly Topic[];
  /** Deliveries were cancelled: these recipients need another way. */
  undelivered: (recipients: RecipientId[]) => Promise<void>;
  /** A recipient of this notice has confirmed. */
  confirmed: (notice: NoticeId) => Promise<void>;
};

/** What an answer is made from: who writes, in which language, for which children. */
type Talk = {
  ports: ConversationPorts;
  account: OpenAccount;
  address: string;
  children: Child[];
  language: string;
  say: Say;
};

const COMMANDS: Record<CommandName, (talk: Talk) => Promise<Reply[]>> = {
  askConsent,
  decline: declineAll,
  stop: stopAll,
  unlink,
  english: (talk) => setLanguage(talk, 'en'),
  vietnamese: (talk) => setLanguage(talk, 'vi'),
};

/** Answers one update. Doing it twice does nothing twice; it may only say it twice. */
export async function respond(
  ports: ConversationPorts,
  account: OpenAccount,
  inbound: Inbound,
): Promise<void> {
  const { address } = inbound;
  const actor = `chat:${account.id}`;
  if (inbound.kind === 'blocked') {
    const cancelled = await closeContacts(
      ports.db.prisma,
      { accountId: account.id, address },
      'blocked',
      actor,
      ports.clock.now(),
    );
    return ports.undelivered(cancelled.map((row) => row.recipientId));
  }
  if (inbound.kind === 'unblocked') {
    await reopenContacts(ports.db.prisma, { accountId: account.id, address }, ports.clock.now());
    return;
  }
  if (inbound.kind === 'other') return;
  if (inbound.group) {
    if (inbound.kind !== 'text' || inbound.text.startsWith('/'))
      await sendReply(account, address, { text: ports.texts.say('vi', 'chat:group') });
    return;
  }
  const talk = await openTalk(ports, account, inbound);
  if (inbound.kind === 'press') return onPress(talk, inbound);
  const shown = (reply: Reply) => withNumbers(ports, account, address, talk.language, reply);
  for (const reply of await answer(talk, inbound)) await sendReply(account, address, await shown(reply));
}

async function openTalk(
  ports: ConversationPorts,
  account: OpenAccount,
  inbound: { address: string; language?: string },
): Promise<Talk> {
  const children = await childrenOf(ports.db.prisma, { accountId: account.id, address: inbound.address });
  // The guardian's own choice; a stranger is answered in the language of their app, if we have it.
  const stranger =
    inbound.language && ports.texts.languages.includes(inbound.language) ? inbound.language : 'vi';
  const language = children[0]?.language ?? stranger;
  return { ports, account, address: inbound.address, children, language, say: sayIn(ports.texts, language) };
}

async function answer(talk: Talk, inbound: Extract<Inbound, { kind: 'start' | 'text' }>): Promise<Reply[]> {
  if (inbound.kind === 'start') return inbound.startCode ? link(talk, inbound.startCode) : greet(talk);
  const command = readCommand(inbound.text);
  if (command) return COMMANDS[command](talk);
  const chosen = await chosenBy(talk.ports, talk.account, talk.address, inbound.text);
  if (chosen) return choose(talk, chosen);
  const asked = readQuestion(talk.ports.topics, inbound.text);
  if (asked) return askTopic(talk, asked);
  const looksLikeCode = readLinkCode(inbound.text) !== null && /[0-9A-Za-z]/.test(inbound.text);
  if (looksLikeCode || (!talk.children.length && /^#?[\w-]{6,12}$/.test(inbound.text.trim())))
    return link(talk, inbound.text);
  return greet(talk);
}

/** Help for those who are linked, the way in for the others. */
async function greet({ ports, children, say }: Talk): Promise<Reply[]> {
  if (!children.length) return [{ text: say('chat:greeting') }];
  const named = children.map((child) =>
    say('chat:child', { givenName: child.givenName, className: child.className }),
  );
  const topics = ports.topics.map((topic) => say(`chat:topic.${topic.name}`));
  const help = say('chat:help', { children: [...new Set(named)].join(', ') });
  return [{ text: [help, ...topics].join('\n') }];
}

/** What the topic says for the children for whom it may speak; the consent question for those nobody was asked about. */
async function askTopic({ ports, children, say, language }: Talk, asked: Asked): Promise<Reply[]> {
  if (!children.length) return [{ text: say('chat:notLinked') }];
  const { topic, argument, pressed } = asked;
  const { may, unasked } = sortByRight(topic, children);
  if (!may.length && !unasked.length) return [{ text: say('chat:noRight') }];
  const now = ports.clock.now();
  const told = may.length ? await topic.answer({ children: may, argument, pressed, language, now }) : [];
  const questions = pressed ? [] : unasked.map((child) => consentQuestion(say, child, language));
  return [...told, ...questions];
}

async function link(talk: Talk, typed: string): Promise<Reply[]> {
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
  if (linked.result !== 'linked') return [{ text: talk.say(`chat:${linked.result}`) }];
  const children = await childrenOf(ports.db.prisma, { accountId: account.id, address });
  const child = children.find(
    (one) => one.pupilId === linked.pupilId && one.guardianId === linked.guardianId,
  );
  if (!child) return greet({ ...talk, children });
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
  for (const child of talk.children) await store(talk, child, answersOf('all', false), wording);
  return [{ text: talk.say(text) }];
}

function declineAll(talk: Talk): Promise<Reply[]> {
  return withdraw(talk, 'chat:allDeclined');
}

function stopAll(talk: Talk): Promise<Reply[]> {
  return withdraw(talk, 'chat:stopped');
}

async function unlink(talk: Talk): Promise<Reply[]> {
  const { ports, account, address } = talk;
  const now = ports.clock.now();
  const cancelled = await closeContacts(
    ports.db.prisma,
    { accountId: account.id, address },
    'unlinked',
    `chat:${account.id}`,
    now,
  );
  await ports.undelivered(cancelled.map((row) => row.recipientId));
  return [{ text: talk.say('chat:unlinked') }];
}

async function setLanguage(talk: Talk, language: string): Promise<Reply[]> {
  const ids = talk.children.map((child) => child.guardianId);
  await talk.ports.db.prisma.guardian.updateMany({ where: { id: { in: ids } }, data: { language } });
  return [{ text: talk.ports.texts.say(language, ids.length ? 'chat:languageSet' : 'chat:greeting') }];
}

async function store(
  { ports, account }: Talk,
  child: Child,
  answers: Child['consents'],
  textVersion: string,
): Promise<void> {
  const about = { channel: account.channel.name, textVersion, now: ports.clock.now() };
  await ports.undelivered(await storeAnswers(ports.db.prisma, child, answers, about));
}

/** What an action came to: the words for it, and the question anew where it may be answered again. */
async function act(talk: Talk, action: string): Promise<{ words: string; question?: Reply }> {
  const { ports, account, address, say } = talk;
  if (action.startsWith('ack:')) {
    const deliveryId = action.slice('ack:'.length);
    const isId = /^\d{1,18}$/.test(deliveryId);
    const noticeId = isId
      ? await takeReceipt(ports.db.prisma, {
          deliveryId,
          kind: 'confirmed',
          at: ports.clock.now(),
          from: { accountId: account.id, address },
        })
      : null;
    if (noticeId) await ports.confirmed(noticeId);
    return { words: say(noticeId ? 'chat:confirmed' : 'chat:confirmUnknown') };
  }
  const consent = readConsentPress(action);
  const child = consent && talk.children.find((one) => one.guardianshipId === consent.guardianshipId);
  if (!consent || !child) return { words: say('chat:confirmUnknown') };
  const answers = answersOf(consent.what, consent.agreed);
  await store(talk, child, answers, consent.textVersion);
  const now = { ...child, consents: { ...child.consents, ...answers } };
  return {
    words: say(consent.what === 'all' && !consent.agreed ? 'chat:allDeclined' : 'chat:consentSaved'),
    question: consentQuestion(say, now, talk.language),
  };
}

async function onPress(talk: Talk, press: Extract<Inbound, { kind: 'press' }>): Promise<void> {
  const { ports, account, address } = talk;
  const asked = readTopicPress(ports.topics, press.action);
  if (asked) {
    await account.connection.answerPress?.(press.pressId);
    for (const reply of await askTopic(talk, asked)) await sendReply(account, address, reply);
    return;
  }
  const { words, question } = await act(talk, press.action);
  await account.connection.answerPress?.(press.pressId, words);
  if (question) await editReply(account, address, press.messageId, question);
}

/** An answer by number: there is no message to change, so what stands open is asked anew, unless all was answered. */
async function choose(talk: Talk, chosen: { action: string } | 'unknown'): Promise<Reply[]> {
  if (chosen === 'unknown')
    return talk.children.length ? [{ text: talk.say('chat:choiceUnknown') }] : greet(talk);
  const asked = readTopicPress(talk.ports.topics, chosen.action);
  if (asked) return askTopic(talk, asked);
  const { words, question } = await act(talk, chosen.action);
  const isWhole = readConsentPress(chosen.action)?.what === 'all';
  return [question && !isWhole ? { ...question, text: `${words}\n\n${question.text}` } : { text: words }];
}
