// A conversation of several steps. Where a chat stands is one row in the database: a process that dies, or another
// one that goes on, is not noticed. A step asks; what is chosen or typed leads to the next one, or to the end.
//
// What an update has led to is kept together with what is said about it, before it is said: handled again, it is said
// again and does nothing more. What a step does to the world before that must bear being done twice (an idempotency
// key: talk.updateId).

import type { Attached } from '../attachments/index.ts';
import type { Button } from '../channels/index.ts';
import { fold } from '../school/index.ts';
import type { Database } from '../store/index.ts';
import { MATTERS } from './matters.ts';
import type { Reply } from './say.ts';
import type { Answer, Place, Question, Step, Talk, Turn } from './talk.ts';

/** Nobody remembers after a night what a "2" was to answer. */
const STEP_MS = 12 * 3_600_000;
/** Longer conversations than this are none of ours. */
const TRAIL_MOST = 10;

/** Where a chat stands, and the number of the question that it was asked last. */
export type Standing = { trail: Place[]; serial: number };

/** What an update came to. `trail` undefined: the chat stands where it stood. */
export type Done = {
  /** Pops up where a button was pressed, and stands above the replies elsewhere. */
  said?: string;
  replies: Reply[];
  trail?: Place[];
  /** Something else was asked for, which may be asked for again: the trail ends, and nothing else is kept. */
  left?: true;
};

type Kept = { trail: Place[]; serial: number; updateId: string; replies: Done | null; expiresAt: Date };

/** Where the chat stands; `kept`: what this very update was answered with when it was handled before. */
export async function standingOf(talk: Talk): Promise<Standing & { handled: boolean; kept: Done | null }> {
  const { ports, account, address, updateId } = talk;
  const { rows } = await ports.db.pool.query<Kept>({
    name: 'chat-step',
    text: `select trail, serial, update_id::text as "updateId", replies, expires_at as "expiresAt"
             from chat_step where account_id = $1 and address = $2`,
    values: [account.id, address],
  });
  const [row] = rows;
  if (!row) return { trail: [], serial: 0, handled: false, kept: null };
  const isOver = row.expiresAt <= ports.clock.now();
  const handled = row.updateId === updateId;
  return { trail: isOver ? [] : row.trail, serial: row.serial, handled, kept: handled ? row.replies : null };
}

/** Keeps where the chat stands now and what is to be said. */
export async function keepStanding(talk: Talk, done: Done): Promise<void> {
  const { ports, account, address, serial } = talk;
  const expiresAt = new Date(ports.clock.now().getTime() + STEP_MS);
  await ports.db.pool.query(
    `insert into chat_step (account_id, address, trail, serial, update_id, replies, expires_at)
     values ($1, $2, $3, $4, $5, $6, $7)
     on conflict (account_id, address) do update set trail = excluded.trail, serial = excluded.serial,
       update_id = excluded.update_id, replies = excluded.replies, expires_at = excluded.expires_at`,
    [
      account.id,
      address,
      JSON.stringify(done.trail ?? []),
      serial,
      done.left ? '0' : talk.updateId,
      done.left ? null : JSON.stringify(done),
      expiresAt,
    ],
  );
}

/** It has been said: nothing of it is kept. */
export async function forgetReplies({ ports, account, address, updateId }: Talk): Promise<void> {
  await ports.db.pool.query(
    'update chat_step set replies = null where account_id = $1 and address = $2 and update_id = $3',
    [account.id, address, updateId],
  );
}

/** What a step had asked or been told is not kept when it is over; its number stays, so that no other has it. */
export async function forgetSteps(db: Database, now: Date): Promise<void> {
  await db.pool.query(
    `update chat_step set trail = '[]', replies = null where expires_at <= $1 and (trail <> '[]' or replies is not null)`,
    [now],
  );
}

const stepOf = ({ matter, step }: Place): Step | undefined =>
  MATTERS.find((one) => one.name === matter)?.steps?.[step];

/** Asks what is to be asked at the end of the trail; where that is not possible (any more), the trail is over. */
export async function askNext(talk: Talk, trail: readonly Place[], before: readonly Reply[]): Promise<Done> {
  const place = trail.at(-1);
  const question = place ? await stepOf(place)?.ask(talk, place.data) : null;
  if (!place || !question)
    return { replies: before.length ? [...before] : [{ text: talk.say('talk:step.over') }], trail: [] };
  const above = question.above ? [question.above] : [];
  return { replies: [...before, ...above, worded(talk, question)], trail: trail.slice(-TRAIL_MOST) };
}

/** Choices carry the number of their question, so that an older message's are known as stale. */
const chooseAction = (serial: number, choice: string): string => `st:${serial}:${choice}`;
const BACK = '.back';
const STOP = '.stop';

function worded({ say, account, serial }: Talk, { text, below, options = [] }: Question): Reply {
  const isNumbered = account.channel.answers === 'numbers';
  const buttons = options.map((row) =>
    row.map(({ label, choice }): Button => ({ label, action: chooseAction(serial, choice) })),
  );
  const leave = [
    { label: say('talk:step.back'), action: chooseAction(serial, BACK) },
    { label: say('talk:step.stop'), action: chooseAction(serial, STOP) },
  ];
  return {
    text: isNumbered ? `${text}\n\n${say('talk:step.leave')}` : text,
    ...(below ? { below } : {}),
    buttons: isNumbered ? buttons : [...buttons, leave],
  };
}

/** What a choice of a step leads to; null: the action is no step's. */
export async function takeChoice(talk: Talk, standing: Standing, action: string): Promise<Done | null> {
  const [, serial, choice = ''] = /^st:(\d{1,9}):(.+)$/s.exec(action) ?? [];
  if (serial === undefined) return null;
  const place = standing.trail.at(-1);
  if (!place || Number(serial) !== standing.serial) return { said: talk.say('talk:step.stale'), replies: [] };
  if (choice === STOP) return inPlace(await stop(talk, standing));
  if (choice === BACK) return inPlace(await goBack(talk, standing));
  const question = await stepOf(place)?.ask(talk, place.data);
  // Only what is offered now may be chosen: a pupil who has left, or a forged button, leads nowhere.
  const isOffered = question?.options?.some((row) => row.some((one) => one.choice === choice));
  return inPlace(
    isOffered ? await take(talk, standing, place, { choice }) : await askNext(talk, standing.trail, []),
  );
}

/** What follows a press stands where the question stood, so that its buttons are gone. */
function inPlace({ replies: [first, ...more], ...rest }: Done): Done {
  return { ...rest, replies: first ? [{ ...first, inPlace: true }, ...more] : [] };
}

/** What a typed text leads to at a step; null: it is no answer to the question. */
export async function takeText(talk: Talk, standing: Standing, text: string): Promise<Done | null> {
  const place = standing.trail.at(-1);
  const step = place && stepOf(place);
  if (!place || !step) return null;
  const question = await step.ask(talk, place.data);
  const meant = question?.options?.flat().find((one) => fold(one.label) === fold(text));
  if (meant) return take(talk, standing, place, { choice: meant.choice });
  return question?.typed ? take(talk, standing, place, { typed: text }) : null;
}

/** Whether the chat is asked for its own words, so that a word is no order; `only`: and a number no choice. */
export async function awaitsText(talk: Talk, { trail }: Standing): Promise<'no' | 'also' | 'only'> {
  const place = trail.at(-1);
  const question = place && (await stepOf(place)?.ask(talk, place.data));
  if (!question?.typed) return 'no';
  return question.options?.length ? 'also' : 'only';
}

/** What a picture or file leads to at the step that awaits one. */
export async function takeFile(
  talk: Talk,
  standing: Standing,
  answer: { typed: string; attachment: Attached },
): Promise<Done> {
  const place = standing.trail.at(-1);
  return place ? take(talk, standing, place, answer) : askNext(talk, standing.trail, []);
}

/** Whether the chat is asked for something that may be a picture or a file. */
export async function awaitsFile(talk: Talk, { trail }: Standing): Promise<boolean> {
  const place = trail.at(-1);
  const question = place && (await stepOf(place)?.ask(talk, place.data));
  return question?.files === true;
}

async function take(talk: Talk, { trail }: Standing, place: Place, answer: Answer): Promise<Done> {
  const turn = await stepOf(place)?.take(talk, place.data, answer);
  return turn ? follow(talk, trail, turn) : askNext(talk, trail, []);
}

/** Where a turn leads from here. */
export async function follow(talk: Talk, trail: readonly Place[], turn: Turn): Promise<Done> {
  if ('go' in turn) return askNext(talk, [...trail, turn.go], turn.replies ?? []);
  if ('instead' in turn) return askNext(talk, [...trail.slice(0, -1), turn.instead], []);
  if ('again' in turn) return askNext(talk, trail, [{ text: turn.again }]);
  if ('stay' in turn) return { ...(await askNext(talk, trail, [])), said: turn.stay };
  return { replies: turn.replies, trail: [] };
}

export const stop = async ({ say }: Talk, { trail }: Standing): Promise<Done> =>
  trail.length
    ? { replies: [{ text: say('talk:step.stopped') }], trail: [] }
    : { replies: [{ text: say('talk:step.nothing') }] };

export async function goBack(talk: Talk, { trail }: Standing): Promise<Done> {
  if (!trail.length) return { replies: [{ text: talk.say('talk:step.nothing') }] };
  return trail.length > 1
    ? askNext(talk, trail.slice(0, -1), [])
    : { replies: [{ text: talk.say('talk:step.stopped') }], trail: [] };
}
