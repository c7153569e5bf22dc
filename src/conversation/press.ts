import type { Topic } from '../notices/index.ts';
import { takeReceipt } from '../receipts/index.ts';
import { type Found, readOpening, readTopicPress, sortByRight } from './ask.ts';
import { answersOf, consentQuestion, readConsentPress } from './linking/consent-talk.ts';
import { mattersFor } from './matters.ts';
import { keepAnswers } from './orders.ts';
import type { Reply } from './say.ts';
import { askNext, type Done, type Standing, takeChoice } from './steps.ts';
import type { Matter, Talk } from './talk.ts';

/** Does what a button or a number stands for. A choice of another chat, or of one that is over, does nothing. */
export async function choose(talk: Talk, standing: Standing, action: string): Promise<Done> {
  const step = await takeChoice(talk, standing, action);
  if (step) return step;
  if (action.startsWith('ack:')) return acknowledge(talk, action.slice('ack:'.length));
  const topic = readTopicPress(talk.ports.topics, action);
  if (topic) return { replies: await askTopic(talk, topic) };
  const opening = readOpening([...talk.ports.topics, ...mattersFor(talk)], action);
  if (opening) return open(talk, opening.opened, opening.argument);
  return consent(talk, action);
}

const open = async (talk: Talk, opened: Topic | Matter, argument: string): Promise<Done> =>
  'purpose' in opened
    ? { replies: await askTopic(talk, { topic: opened, argument: '', pressed: false }) }
    : askMatter(talk, { topic: opened, argument, pressed: true });

/** What the topic says for the children for whom it may speak; the consent question for those nobody was asked about. */
export async function askTopic(talk: Talk, asked: Found<Topic>): Promise<Reply[]> {
  const { ports, children, say, language } = talk;
  if (!children.length) return [{ text: say('chat:notLinked') }];
  const { topic, argument, pressed } = asked;
  const { may, unasked } = sortByRight(topic, children);
  if (!may.length && !unasked.length) return [{ text: say('chat:noRight') }];
  const now = ports.clock.now();
  const told = may.length ? await topic.answer({ children: may, argument, pressed, language, now }) : [];
  const questions = pressed ? [] : unasked.map((child) => consentQuestion(say, child, language));
  return [...told, ...questions];
}

export async function askMatter(talk: Talk, { topic, ...asked }: Found<Matter>): Promise<Done> {
  const isLinked =
    talk.children.length > 0 || ((topic.who ?? 'family') !== 'family' && talk.staff.length > 0);
  if (!isLinked) return { replies: [{ text: talk.say('chat:notLinked') }] };
  const answer = await topic.answer(talk, asked);
  return 'step' in answer ? askNext(talk, [answer], []) : { replies: answer };
}

async function acknowledge({ ports, account, address, say }: Talk, deliveryId: string): Promise<Done> {
  const noticeId = /^\d{1,18}$/.test(deliveryId)
    ? await takeReceipt(ports.db.prisma, {
        deliveryId,
        kind: 'confirmed',
        at: ports.clock.now(),
        from: { accountId: account.id, address },
      })
    : null;
  if (noticeId) await ports.confirmed(noticeId);
  return { said: say(noticeId ? 'chat:confirmed' : 'chat:confirmUnknown'), replies: [] };
}

/** The question stands anew where it may be answered again, unless all of it was answered by a number. */
async function consent(talk: Talk, action: string): Promise<Done> {
  const press = readConsentPress(action);
  const child = press && talk.children.find((one) => one.guardianshipId === press.guardianshipId);
  if (!press || !child) return { said: talk.say('chat:confirmUnknown'), replies: [] };
  const answers = answersOf(press.what, press.agreed);
  await keepAnswers(talk, child, answers, press.textVersion);
  const now = { ...child, consents: { ...child.consents, ...answers } };
  const said = talk.say(press.what === 'all' && !press.agreed ? 'chat:allDeclined' : 'chat:consentSaved');
  const isOver = press.what === 'all' && talk.account.channel.answers === 'numbers';
  return {
    said,
    replies: isOver ? [] : [{ ...consentQuestion(talk.say, now, talk.language), inPlace: true }],
  };
}
