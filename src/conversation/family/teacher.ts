import { createHash } from 'node:crypto';
import type { Attached } from '../../attachments/index.ts';
import { type Teacher, teachersOf } from '../../school/index.ts';
import type { Child } from '../children.ts';
import { dayText, timeText } from '../day.ts';
import { helpText } from '../menu-text.ts';
import type { Reply } from '../say.ts';
import {
  type Answer,
  type Matter,
  openAction,
  type Place,
  type Question,
  type Talk,
  type Turn,
} from '../talk.ts';
import { type Passed, writeToTeacher } from '../threads/threads.ts';

const NAME = 'teacher';
/** What several sentences in a row come to at most; as long as one message may be. */
const TEXT_MOST = 3000;

/** "/nhan": to whom, then what. The teacher answers from their own chat; nobody sees a phone number. */
export const teacher: Matter = {
  name: NAME,
  words: [
    '/nhan',
    '/nhangiaovien',
    '/teacher',
    'nhắn giáo viên',
    'nhan giao vien',
    'nhắn cô',
    'nhắn thầy',
    'nhắn cô giáo',
    'nhắn thầy giáo',
  ],
  async answer(talk) {
    const pairs = await pairsOf(talk);
    const [only] = pairs;
    if (!only) return [{ text: talk.say('talk:teacher.nobody') }];
    return pairs.length === 1 ? at('text', { to: only.key }) : at('who', {});
  },
  steps: {
    who: {
      ask: async (talk) => {
        const pairs = await pairsOf(talk);
        return pairs.length ? { text: talk.say('talk:teacher.who'), options: optionsOf(talk, pairs) } : null;
      },
      take: async (_talk, _data, answer) => ({ go: at('text', { to: answer.choice ?? '' }) }),
    },
    text: { ask: askText, take: takeText },
    offer: { ask: askOffer, take: takeOffer },
  },
};

const at = (step: string, data: Place['data']): Place => ({ matter: NAME, step, data });

type Pair = { key: string; child: Child; teacher: Teacher };

/** Every teacher of every child of the chat. `key` is short enough for a button, and the same every time. */
async function pairsOf({ ports, children }: Talk): Promise<Pair[]> {
  const pairs = await Promise.all(
    children.map(async (child) =>
      (await teachersOf(ports.db.prisma, child.pupilId)).map((one) => ({
        key: createHash('sha256').update(`${child.guardianshipId}:${one.staffId}`).digest('hex').slice(0, 16),
        child,
        teacher: one,
      })),
    ),
  );
  return pairs.flat();
}

const optionsOf = ({ say }: Talk, pairs: readonly Pair[]) =>
  pairs.map(({ key, child, teacher: { fullName, role } }) => [
    {
      label: say('talk:teacher.option', {
        givenName: child.givenName,
        teacher: fullName,
        role: say(`talk:role.${role}`),
      }),
      choice: key,
    },
  ]);

const findPair = async (talk: Talk, key: string | undefined): Promise<Pair | undefined> =>
  (await pairsOf(talk)).find((one) => one.key === key);

async function askText(talk: Talk, data: Place['data']): Promise<Question | null> {
  const pair = await findPair(talk, data.to);
  if (!pair) return null;
  const { child, teacher: to } = pair;
  return {
    text: talk.say('talk:teacher.what', { givenName: child.givenName, teacher: to.fullName }),
    typed: true,
    files: true,
  };
}

async function takeText(talk: Talk, data: Place['data'], { typed, attachment }: Answer): Promise<Turn> {
  const pair = await findPair(talk, data.to);
  return pair && (typed || attachment)
    ? { replies: [await send(talk, pair, typed ?? '', attachment?.id)] }
    : { replies: [] };
}

async function send(
  talk: Talk,
  { child, teacher: to }: Pair,
  text: string,
  attachmentId?: string,
): Promise<Reply> {
  const passed = await writeToTeacher(talk, child, to.staffId, text.slice(0, TEXT_MOST), attachmentId);
  return confirmation(talk, child, to, passed);
}

function confirmation({ say }: Talk, { givenName }: Child, { fullName }: Teacher, passed: Passed): Reply {
  const about = { givenName, teacher: fullName };
  if (!passed.hasChat) return { text: say('talk:teacher.kept', about) };
  if (!passed.heldUntil) return { text: say('talk:teacher.sent', about) };
  const when = { time: timeText(passed.heldUntil), date: dayText(passed.heldUntil) };
  return {
    text: say('talk:teacher.held', { ...about, ...when }),
    buttons: [[{ label: say('talk:teacher.urgent'), action: openAction('urgent', passed.messageId) }]],
  };
}

/**
 * A sentence that nobody here understands is offered to the child's teachers, so that it is never lost in silence; a
 * picture or file, too. Those that follow each other go together.
 * @returns null when it holds no words, or there is no teacher to offer it to.
 */
export async function offerToTeacher(
  talk: Talk,
  trail: readonly Place[],
  text: string,
  file?: Attached,
): Promise<Place[] | null> {
  const isSentence = !text.trim().startsWith('/') && /\p{L}[^\p{L}]*\p{L}/u.test(text);
  if (!isSentence && !file) return null;
  if (!talk.children.length || !(await pairsOf(talk)).length) return null;
  const last = trail.at(-1);
  const isNext = last?.matter === NAME && last.step === 'offer';
  const { text: before = '', files = '' } = isNext ? last.data : {};
  const whole = [before, text].filter((one) => one !== '').join('\n');
  // Each file has its own update, and so its own message.
  const sent = file ? [files, `${talk.updateId} ${file.id}`].filter((one) => one !== '').join(',') : files;
  const data = { text: whole.slice(0, TEXT_MOST), ...(sent ? { files: sent } : {}) };
  return [...(isNext ? trail.slice(0, -1) : trail), at('offer', data)];
}

async function askOffer(talk: Talk, data: Place['data']): Promise<Question | null> {
  const pairs = await pairsOf(talk);
  if (!pairs.length) return null;
  const forms = pairs.filter(({ teacher: { role } }) => role === 'formTeacher');
  return {
    text: data.files
      ? talk.say('talk:teacher.offerFile')
      : `${talk.say('talk:teacher.unknown')}\n\n${helpText(talk)}`,
    options: optionsOf(talk, forms.length ? forms : pairs),
  };
}

async function takeOffer(talk: Talk, data: Place['data'], answer: Answer): Promise<Turn> {
  const pair = await findPair(talk, answer.choice);
  const { text = '', files } = data;
  if (!pair || !(text || files)) return { replies: [] };
  const sent = files?.split(',').map((one) => one.split(' ')) ?? [];
  const said = text || !sent.length ? [await send(talk, pair, text)] : [];
  for (const [updateId = '', id] of sent) said.push(await send({ ...talk, updateId }, pair, '', id));
  return { replies: said.slice(0, 1) };
}
