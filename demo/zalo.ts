import type { ZaloBotPerson } from '../src/sandbox/index.ts';
import type { Parent, Town } from './parents.ts';
import { confirmByTyping, linkByTyping } from './typing.ts';

// The parents of a pilot on Zalo Bot: everything is typed, choices by their number.

/** What a parent on Zalo does. Nobody tells the hub of one who leaves: it finds out when it sends. */
export type ZaloHabit = 'agrees' | 'leaves' | 'noZalo';

/** The class of the pilot, and how many of its families take part, of the fifty that a bot may write to. */
const PILOT_CLASS = '6A1';
const PILOT = 8;
/** The third one leaves. */
const LEAVES = 2;

/** Gives the pilot to parents who have neither another chat nor e-mail, in the order of the lists. */
export function castPilot(parents: readonly Parent[]): Parent[] {
  let places = 0;
  return parents.map((parent) => {
    const inClass = parent.title.endsWith(PILOT_CLASS);
    const mayJoin =
      inClass && parent.chat === 'noPhone' && parent.email === null && parent.oa === 'noOa' && places < PILOT;
    return mayJoin ? { ...parent, zalo: places++ === LEAVES ? 'leaves' : 'agrees' } : parent;
  });
}

/** The id is this one in every run, as a chat's on Telegram is. */
export const zaloId = (parent: Parent): string =>
  `a1b2c3d4e5f6${Number(parent.chatId).toString(16).padStart(8, '0')}`;

const onZalo = ({ parents }: Town) => parents.filter((parent) => parent.zalo !== 'noZalo');
const personOf = (town: Town, parent: Parent): ZaloBotPerson =>
  town.zalo.person(zaloId(parent), parent.title.split(' – ')[0]);

/** Parents type their code and answer the question by its number. @returns how many are linked. */
export async function linkZalo(town: Town): Promise<number> {
  const { prisma } = town.office.db;
  const linked = await prisma.contact.findMany({ where: { channel: 'zalo-bot' } });
  const before = new Set(linked.map((contact) => contact.guardianId));
  const waiting = onZalo(town).filter((parent) => !before.has(parent.guardianId));
  await Promise.all(
    waiting.map((parent) => linkByTyping(personOf(town, parent), zaloId(parent), parent.codes)),
  );
  for (const parent of onZalo(town)) {
    const person = personOf(town, parent);
    if (parent.zalo === 'leaves' && person.state === 'started') person.block();
  }
  return onZalo(town).length;
}

/** One look at the phone: what `confirms` says is answered with its number, once. */
export function lookAtZalo(
  town: Town,
  parent: Parent,
  pressed: Set<string>,
  confirms: (text: string) => boolean,
): void {
  if (parent.zalo === 'noZalo') return;
  const person = personOf(town, parent);
  if (person.state === 'started') confirmByTyping(person, pressed, confirms);
}
