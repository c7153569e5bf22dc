// "/diem": what a family sees of its children's marks when it asks. The conversation has looked at rights already;
// here nothing is answered for a child that it has not handed in.
import { createHash } from 'node:crypto';
import {
  type AskingChild,
  setPreference,
  type Topic,
  type TopicAnswer,
  type TopicQuestion,
  topicAction,
} from '../notices/index.ts';
import { asTyped, type Painter, type ReportCard, type Texts } from '../render/index.ts';
import type { RecipientId } from '../store/ids.ts';
import type { PrismaClient } from '../store/prisma/client.ts';
import { type PublishedMark, publishedMarks } from './published.ts';
import { cardsOf } from './report-cards.ts';
import { sayMark, saySlot, sayTerm } from './say-mark.ts';
import { isTermResult, readSlot } from './slots.ts';
import { isKnownSubject, subjectOf } from './subjects.ts';
import { MARKS_WORDS } from './words.ts';

const NEWEST = 6;
const MODES = ['atOnce', 'digest', 'weekly', 'off'] as const;
const NAME = 'marks';

export type MarksTopicPorts = {
  db: PrismaClient;
  texts: Texts;
  painter: Painter<ReportCard>;
  /** A link to the page of a report card, good for an hour: who has it sees the child's marks. See openCard(). */
  cardLink: (subject: string) => string;
  undelivered: (recipients: RecipientId[]) => Promise<void>;
};

/** A button holds at most 64 bytes and the guardianship takes 36 of them. */
const shortKey = (subjectKey: string): string =>
  createHash('sha256').update(subjectKey).digest('hex').slice(0, 8);

export function marksTopic(ports: MarksTopicPorts): Topic {
  return {
    name: NAME,
    words: MARKS_WORDS,
    purpose: 'marks',
    right: 'canSeeMarks',
    knows: (argument) => isKnownSubject(argument),
    answer: async (question) =>
      question.pressed ? pressed(ports, question) : typed(ports, question, question.argument),
  };
}

async function typed(
  ports: MarksTopicPorts,
  question: TopicQuestion,
  argument: string,
): Promise<TopicAnswer[]> {
  const wanted = argument ? subjectOf(argument).key : null;
  const answers: TopicAnswer[] = [];
  for (const child of question.children) {
    const marks = await marksOf(ports, child);
    const known = wanted !== null && marks.some((one) => one.subjectKey === wanted);
    answers.push(
      known ? subjectAnswer(ports, question, child, marks, wanted) : newest(ports, question, child, marks),
    );
  }
  return answers;
}

const marksOf = async ({ db }: MarksTopicPorts, { schoolId, pupilId }: AskingChild) =>
  (await publishedMarks(db, schoolId, [pupilId])).get(pupilId) ?? [];

/**
 * "s.<guardianship>.<subject>", "c.<guardianship>.<term>", "p.<guardianship>.<term>", "m.<guardianship>.<mode>";
 * "p.<delivery>" below a report card that was sent.
 */
async function pressed(ports: MarksTopicPorts, question: TopicQuestion): Promise<TopicAnswer[]> {
  const [what, guardianshipId = '', rest] = question.argument.split('.');
  if (what === 'p' && rest === undefined) return sentCardLink(ports, question, guardianshipId);
  const child = question.children.find((one) => one.guardianshipId === guardianshipId);
  if (!child) return [];
  const mode = MODES.find((one) => one === rest);
  if (what === 'm' && mode) {
    const { schoolId, guardianId, pupilId, givenName } = child;
    const who = { schoolId, guardianId, pupilId, purpose: 'marks' as const };
    await ports.undelivered(await setPreference(ports.db, who, mode, question.now));
    const values = { givenName: asTyped(givenName) };
    return [{ text: ports.texts.say(question.language, `grades:chat.modeSet.${mode}`, values) }];
  }
  if (what === 'p') return [linkAnswer(ports, question, child, cardSubject(child, Number(rest)))];
  if (what === 'c') return cardAnswer(ports, question, child, Number(rest));
  const marks = await marksOf(ports, child);
  const key = marks.find((one) => shortKey(one.subjectKey) === rest)?.subjectKey;
  return [
    what === 's' && key !== undefined
      ? subjectAnswer(ports, question, child, marks, key)
      : newest(ports, question, child, marks),
  ];
}

const named = ({ givenName, className }: AskingChild) => ({
  givenName: asTyped(givenName),
  className: asTyped(className),
});

function newest(
  { texts }: MarksTopicPorts,
  { language }: TopicQuestion,
  child: AskingChild,
  marks: readonly PublishedMark[],
): TopicAnswer {
  const say = (key: string, values = {}) => texts.say(language, `grades:chat.${key}`, values);
  const button = (label: string, argument: string) => ({ label, action: topicAction(NAME, argument) });
  const modes = MODES.map((mode) => button(say(`mode.${mode}`), `m.${child.guardianshipId}.${mode}`));
  if (!marks.length) return { text: say('none', named(child)), buttons: [modes] };
  const lines = marks
    .toSorted((a, b) => (a.changeId < b.changeId ? 1 : -1))
    .slice(0, NEWEST)
    .map((one) => {
      const what = [one.subject, saySlot(texts, language, one.slot)].filter(Boolean).join(', ');
      return `- ${asTyped(what)}: ${asTyped(sayMark(texts, language, one))}`;
    });
  const subjects = [
    ...new Map(marks.filter((one) => one.subjectKey).map((one) => [one.subjectKey, one.subject])),
  ].map(([key, subject]) => button(subject, `s.${child.guardianshipId}.${shortKey(key)}`));
  const terms = [...new Set(marks.map((one) => one.term))];
  const cards = terms.map((term) =>
    button(`${say('cardButton')} ${sayTerm(texts, language, term)}`, `c.${child.guardianshipId}.${term}`),
  );
  const rows = Array.from({ length: Math.ceil(subjects.length / 2) }, (_, row) =>
    subjects.slice(row * 2, row * 2 + 2),
  );
  return {
    text: [say('newest', named(child)), ...lines, '', say('choose')].join('\n'),
    buttons: [...rows, cards, modes],
  };
}

function subjectAnswer(
  { texts }: MarksTopicPorts,
  { language }: TopicQuestion,
  child: AskingChild,
  marks: readonly PublishedMark[],
  subjectKey: string,
): TopicAnswer {
  const theirs = marks.filter((one) => one.subjectKey === subjectKey);
  const subject = asTyped(theirs[0]?.subject ?? '');
  const lines = [...new Set(theirs.map((one) => one.term))].flatMap((term) => [
    '',
    `**${sayTerm(texts, language, term)}**`,
    ...theirs
      .filter((one) => one.term === term && !isTermResult(readSlot(one.slot).kind))
      .map((one) => `- ${saySlot(texts, language, one.slot)}: ${asTyped(sayMark(texts, language, one))}`),
  ]);
  const head = texts.say(language, 'grades:chat.subject', { ...named(child), subject });
  return { text: [head, ...lines].join('\n') };
}

async function cardAnswer(
  { db, texts, painter }: MarksTopicPorts,
  { language }: TopicQuestion,
  child: AskingChild,
  term: number,
): Promise<TopicAnswer[]> {
  const cards = await cardsOf(db, texts, child.schoolId, [child.pupilId], term);
  const card = cards.get(child.pupilId)?.[language];
  if (!card) return [{ text: texts.say(language, 'grades:chat.none', named(child)) }];
  const alt = texts.say(language, 'grades:card.alt', { child: asTyped(card.child) });
  const text = `**${asTyped(card.heading)}**\n${alt}`;
  const page = {
    label: texts.say(language, 'grades:card.page'),
    action: topicAction(NAME, `p.${cardSubject(child, term)}`),
  };
  return [{ text, buttons: [[page]], picture: { png: await painter.paint(card), alt } }];
}

const cardSubject = ({ guardianshipId }: AskingChild, term: number): string => `${guardianshipId}.${term}`;

/** The page of a card that was sent, if it was sent to one of those who ask, about one of their children. */
async function sentCardLink(
  ports: MarksTopicPorts,
  question: TopicQuestion,
  deliveryId: string,
): Promise<TopicAnswer[]> {
  if (!/^\d{1,18}$/.test(deliveryId)) return [];
  const [sent] = await ports.db.$queryRaw<{ guardianId: string; pupilId: string }[]>`
    select r.guardian_id::text as "guardianId", r.pupil_id::text as "pupilId"
      from delivery d join recipient r on r.id = d.recipient_id where d.id = ${deliveryId}::bigint`;
  const child = question.children.find(
    (one) => one.guardianId === sent?.guardianId && one.pupilId === sent.pupilId,
  );
  return child ? [linkAnswer(ports, question, child, deliveryId)] : [];
}

function linkAnswer(
  { texts, cardLink }: MarksTopicPorts,
  { language }: TopicQuestion,
  child: AskingChild,
  subject: string,
): TopicAnswer {
  const values = { ...named(child), url: asTyped(cardLink(subject)) };
  return { text: texts.say(language, 'grades:card.link', values) };
}
