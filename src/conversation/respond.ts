import type { Inbound, OpenAccount } from '../channels/index.ts';
import { readLinkCode } from '../school/index.ts';
import { readQuestion } from './ask.ts';
import { readCommand } from './commands.ts';
import { type Said, takeNews } from './contact-news.ts';
import { MATTERS } from './matters.ts';
import { greet } from './menu.ts';
import { chosenBy, withNumbers } from './numbered.ts';
import { link, ORDERS } from './orders.ts';
import { askMatter, askTopic, choose, type Done } from './press.ts';
import { editReply, type Reply, sendReply } from './say.ts';
import { type ConversationPorts, openTalk, type Talk } from './talk.ts';

type Press = Extract<Said, { kind: 'press' }>;

/** Answers one update. Doing it twice does nothing twice; it may only say it twice. */
export async function respond(
  ports: ConversationPorts,
  account: OpenAccount,
  inbound: Inbound,
): Promise<void> {
  const said = await takeNews(ports, account, inbound);
  if (said) await respondTo(ports, account, said);
}

async function respondTo(ports: ConversationPorts, account: OpenAccount, inbound: Said): Promise<void> {
  const { address } = inbound;
  if (inbound.group) {
    if (inbound.kind !== 'text' || inbound.text.startsWith('/'))
      await sendReply(account, address, { text: ports.texts.say('vi', 'chat:group') });
    return;
  }
  const talk = await openTalk(ports, account, inbound);
  if (inbound.kind === 'press') return onPress(talk, inbound);
  for (const reply of await answer(talk, inbound)) await show(talk, reply);
}

async function show({ ports, account, address, language }: Talk, reply: Reply): Promise<void> {
  await sendReply(account, address, await withNumbers(ports, account, address, language, reply));
}

async function answer(talk: Talk, inbound: Exclude<Said, Press>): Promise<Reply[]> {
  if (inbound.kind === 'start') return inbound.startCode ? link(talk, inbound.startCode) : greet(talk);
  const { text } = inbound;
  const order = readCommand(text);
  if (order) return ORDERS[order](talk);
  const chosen = await chosenBy(talk.ports, talk.account, talk.address, text);
  if (chosen === 'unknown')
    return talk.children.length ? [{ text: talk.say('chat:choiceUnknown') }] : greet(talk);
  if (chosen) return inWords(await choose(talk, chosen.action));
  const topic = readQuestion(talk.ports.topics, text);
  if (topic) return askTopic(talk, topic);
  const matter = readQuestion(MATTERS, text);
  // "Thông báo với cô là cháu ốm" is a sentence: words behind the word are looked at behind a slash only.
  if (matter && (!matter.argument || text.trim().startsWith('/'))) return askMatter(talk, matter);
  const looksLikeCode = readLinkCode(text) !== null && /[0-9A-Za-z]/.test(text);
  if (looksLikeCode || (!talk.children.length && /^#?[\w-]{6,12}$/.test(text.trim())))
    return link(talk, text);
  return greet(talk);
}

/** Where nothing can pop up, what was done is said above what follows. */
function inWords({ said, replies }: Done): Reply[] {
  if (said === undefined) return replies;
  const [first, ...more] = replies;
  return first ? [{ ...first, text: `${said}\n\n${first.text}` }, ...more] : [{ text: said }];
}

async function onPress(talk: Talk, press: Press): Promise<void> {
  const { account, address } = talk;
  const { said, replies } = await choose(talk, press.action);
  await account.connection.answerPress?.(press.pressId, said);
  for (const reply of replies) {
    if (reply.inPlace && account.connection.edit) await editReply(account, address, press.messageId, reply);
    else await show(talk, reply);
  }
}
