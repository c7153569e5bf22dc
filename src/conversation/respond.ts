import type { Inbound, OpenAccount } from '../channels/index.ts';
import { findLinkCode, readLinkCode } from '../school/index.ts';
import { countUp, limits } from '../security/index.ts';
import { answerFile } from './answer-file.ts';
import { readQuestion } from './ask.ts';
import { withFile } from './attach.ts';
import { readCommand, readLeaving } from './commands.ts';
import { offerToTeacher } from './family/teacher.ts';
import { type Said, takeNews } from './intake/contact-news.ts';
import { mattersFor } from './matters.ts';
import { greet } from './menu.ts';
import { chosenBy, withNumbers } from './numbered.ts';
import { link, ORDERS } from './orders.ts';
import { askMatter, askTopic, choose } from './press.ts';
import { editReply, type Reply, sendReply } from './say.ts';
import {
  askNext,
  awaitsText,
  type Done,
  forgetReplies,
  goBack,
  keepStanding,
  type Standing,
  standingOf,
  stop,
  takeText,
} from './steps.ts';
import { type ConversationPorts, openTalk, type Talk } from './talk.ts';

type Press = Extract<Said, { kind: 'press' }>;

/**
 * Answers one update. Doing it twice does nothing twice; it may only say it twice.
 * @param updateId the same at every try
 */
export async function respond(
  ports: ConversationPorts,
  account: OpenAccount,
  inbound: Inbound,
  updateId: string,
): Promise<void> {
  const said = await takeNews(ports, account, inbound, updateId);
  if (said) await respondTo(ports, account, said, updateId);
}

async function respondTo(
  ports: ConversationPorts,
  account: OpenAccount,
  inbound: Said,
  updateId: string,
): Promise<void> {
  const { address } = inbound;
  if (await isTooMuch(ports, account, address)) return;
  if (inbound.group) {
    if (inbound.kind !== 'text' || inbound.text.startsWith('/'))
      await sendReply(account, address, { text: ports.texts.say('vi', 'chat:group') });
    return;
  }
  await converse(await openTalk(ports, account, inbound, updateId), inbound);
}

/** A chat that floods is told once a minute and not answered; so two bots do not talk to each other for ever either. */
async function isTooMuch(ports: ConversationPorts, account: OpenAccount, address: string): Promise<boolean> {
  const { pool } = ports.db;
  const who = `${account.id}:${address}`;
  const now = ports.clock.now();
  if (await countUp(pool, limits.chatMessages(ports.messagesPerMinute), who, now)) return false;
  if (await countUp(pool, limits.chatWarning, who, now)) {
    const talk = await openTalk(ports, account, { address }, '0');
    await sendReply(account, address, { text: talk.say('talk:tooMuch') });
  }
  return true;
}

async function converse(opened: Talk, inbound: Said): Promise<void> {
  const standing = await standingOf(opened);
  if (standing.handled) {
    if (standing.kept) await show(opened, inbound, standing.kept);
    return forgetReplies(opened);
  }
  const messageId = inbound.kind === 'press' ? inbound.messageId : null;
  const talk = { ...opened, serial: standing.serial + 1, messageId };
  const done =
    inbound.kind === 'press'
      ? await choose(talk, standing, inbound.action)
      : inbound.kind === 'file'
        ? await answerFile(talk, standing, inbound)
        : await answer(talk, standing, inbound);
  if (!done.trail) return show(talk, inbound, done);
  await keepStanding(talk, done);
  await show(talk, inbound, done);
  if (!done.left) await forgetReplies(talk);
}

async function answer(
  talk: Talk,
  standing: Standing,
  inbound: Exclude<Said, Press | { kind: 'file' }>,
): Promise<Done> {
  if (inbound.kind === 'start')
    return leaving(standing, inbound.startCode ? await link(talk, inbound.startCode) : await greet(talk));
  const { text } = inbound;
  const way = readLeaving(text);
  if (way) return way === 'back' ? goBack(talk, standing) : stop(talk, standing);
  const isSlash = text.trim().startsWith('/');
  // Who is asked for words says "không" or "dừng" as words; behind a slash the intention is plain.
  const awaited = isSlash ? 'no' : await awaitsText(talk, standing);
  const order = awaited === 'no' ? readCommand(text) : undefined;
  if (order) return leaving(standing, await ORDERS[order](talk));
  // Nor may they be taken for a choice of an older message that has the same words; its number is meant when it is typed.
  const mayChoose = awaited === 'no' || (awaited === 'also' && /^\s*\d{1,2}\s*[.)]?\s*$/.test(text));
  const chosen = mayChoose ? await chosenBy(talk.ports, talk.account, talk.address, text) : null;
  if (chosen && chosen !== 'unknown') return inWords(await choose(talk, standing, chosen.action));
  const taken = isSlash ? null : await takeText(talk, standing, text);
  if (taken) return taken;
  if (chosen === 'unknown')
    return { replies: talk.children.length ? [{ text: talk.say('chat:choiceUnknown') }] : await greet(talk) };
  return asked(talk, standing, text);
}

/** What a text asks for outside of every step. */
async function asked(talk: Talk, standing: Standing, text: string): Promise<Done> {
  const topic = readQuestion(talk.ports.topics, text);
  if (topic) return leaving(standing, await askTopic(talk, topic));
  const matter = readQuestion(mattersFor(talk), text);
  // "Thông báo với cô là cháu ốm" is a sentence: words behind the word count behind a slash, or where they can mean nothing else.
  if (matter && (!matter.argument || text.trim().startsWith('/') || matter.topic.knows?.(matter.argument)))
    return leaving(standing, await askMatter(talk, matter));
  const looksLikeCode = readLinkCode(text) !== null && /[0-9A-Za-z]/.test(text);
  // Who is not linked yet may have been passed on the whole message, or the link.
  const passedOn = talk.children.length ? null : findLinkCode(text);
  if (looksLikeCode || passedOn || (!talk.children.length && /^#?[\w-]{6,12}$/.test(text.trim())))
    return leaving(standing, await link(talk, passedOn ?? text));
  const offer = await offerToTeacher(talk, standing.trail, text);
  return offer ? askNext(talk, offer, []) : { replies: await greet(talk) };
}

/** Whoever asks for something else has left what was going on. */
function leaving({ trail }: Standing, done: Done | Reply[]): Done {
  const whole = Array.isArray(done) ? { replies: done } : done;
  return whole.trail || !trail.length ? whole : { ...whole, trail: [], left: true };
}

/** Where nothing can pop up, what was done is said above what follows. */
function inWords({ said, replies, ...rest }: Done): Done {
  if (said === undefined) return { ...rest, replies };
  const [first, ...more] = replies;
  return {
    ...rest,
    replies: first ? [{ ...first, text: `${said}\n\n${first.text}` }, ...more] : [{ text: said }],
  };
}

async function show(talk: Talk, inbound: Said, { said, replies }: Done): Promise<void> {
  const { ports, account, address, language } = talk;
  if (inbound.kind === 'press') await account.connection.answerPress?.(inbound.pressId, said);
  for (const reply of replies) {
    if (reply.inPlace && inbound.kind === 'press' && account.connection.edit)
      await editReply(account, address, inbound.messageId, reply);
    else {
      const numbered = await withNumbers(ports, account, address, language, reply);
      const whole = await withFile(ports, { accountId: account.id, address }, language, numbered);
      await sendReply(account, address, whole.reply, whole.file);
    }
  }
}
