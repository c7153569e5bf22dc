// What a family asks about a matter (marks, bills): found by its word or its button, and answered for those children
// only for whom this chat's guardian has the right and has agreed.
import type { AskingChild, Topic } from '../notices/index.ts';
import { fold, isTyped, wordsOf } from '../school/index.ts';
import type { Child } from './children.ts';

/** What was asked for, among things that have words. */
export type Found<T> = { topic: T; argument: string; pressed: boolean };

const SLASH = /^\/([\p{L}\p{M}_]+)(?:@\w+)?(?:\s+(.*))?$/su;

/** The longest argument that is looked at; what is longer is no subject's name. */
const ARGUMENT_MOST = 100;

/** The topic or service that a text asks for; null when it asks for none. */
export function readQuestion<T extends { words: readonly string[]; knows?(argument: string): boolean }>(
  topics: readonly T[],
  text: string,
): Found<T> | null {
  const typed = text.normalize('NFC').trim();
  const slash = SLASH.exec(typed);
  const argumentOf = (rest: string | undefined) => (rest ?? '').trim().slice(0, ARGUMENT_MOST);
  if (slash) {
    const word = `/${fold(slash[1] ?? '')}`;
    const topic = topics.find((one) => one.words.includes(word));
    if (topic) return { topic, argument: argumentOf(slash[2]), pressed: false };
  }
  const words = wordsOf(typed);
  for (const topic of topics) {
    // The longest word first: "điểm số" before "điểm".
    for (const word of topic.words
      .filter((one) => !one.startsWith('/'))
      .sort((a, b) => b.length - a.length)) {
      const argument = argumentOf(words.slice(word.length));
      if (isAsked(words, word, argument, topic.knows)) return { topic, argument, pressed: false };
    }
  }
  return null;
}

/** Alone, a word may lack its marks. With others behind it, it is a sentence as soon as there is a doubt. */
function isAsked(
  words: string,
  word: string,
  argument: string,
  knows: ((argument: string) => boolean) | undefined,
): boolean {
  if (isTyped(words, word)) return true;
  if (words.startsWith(`${word} `)) return true;
  return isTyped(words.slice(0, word.length + 1), `${word} `) && knows?.(argument) === true;
}

/** The topic whose button was pressed. */
export function readTopicPress(topics: readonly Topic[], action: string): Found<Topic> | null {
  const [, name, argument] = /^tp:([a-z]+):(.*)$/s.exec(action) ?? [];
  const topic = topics.find((one) => one.name === name);
  return topic ? { topic, argument: argument ?? '', pressed: true } : null;
}

/** What an openAction() opens, and with what. */
export function readOpening<T extends { name: string }>(
  all: readonly T[],
  action: string,
): { opened: T; argument: string } | null {
  const [, name, argument] = /^go:([a-z]+):(.*)$/s.exec(action) ?? [];
  const opened = all.find((one) => one.name === name);
  return opened ? { opened, argument: argument ?? '' } : null;
}

/** Who of the chat's children may be spoken about; and for whom only the guardian's answer is missing. */
export function sortByRight(
  topic: Topic,
  children: readonly Child[],
): { may: AskingChild[]; unasked: Child[] } {
  const allowed = children.filter((child) => child[topic.right] && !child.urgentOnly);
  return {
    may: allowed
      .filter((child) => child.consents[topic.purpose] === true)
      .map(({ guardianshipId, guardianId, pupilId, schoolId, givenName, className }) => ({
        guardianshipId,
        guardianId,
        pupilId,
        schoolId,
        givenName,
        className,
      })),
    unasked: allowed.filter((child) => child.consents[topic.purpose] !== true),
  };
}
