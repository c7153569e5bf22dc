import { createHash } from 'node:crypto';
import type { Answerer, FormQuestion, FormValue, ShownForm } from '../../notices/index.ts';
import { fold } from '../../school/index.ts';
import type { Child } from '../children.ts';
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
import { headText, LEAVE_OUT, optionsOf, questionText, summaryText } from './form-words.ts';

const NAME = 'form';
/** What a phone shows of a button. */
const LABEL_MAX = 48;

/** The button below a form's message. */
export const formButton = {
  label: 'talk:form.open',
  action: (deliveryId: string): string => openAction(NAME, `d.${deliveryId}`),
};

/** "/phieu", and the button of a form: question by question, for one child; what is kept may be changed until the deadline. */
export const form: Matter = {
  name: NAME,
  words: ['/phieu', '/forms', 'phiếu', 'phiếu hỏi', 'forms'],
  async answer(talk, { argument, pressed }) {
    const [what, value = ''] = pressed ? argument.split('.') : [];
    if (what === 'd') return begin(talk, await behind(talk, value));
    const all = await formsHere(talk);
    if (what === 'k') return begin(talk, all.find((one) => keyOf(one) === value) ?? null);
    const [first, ...more] = all;
    if (!first) return [{ text: talk.say('talk:form.none') }];
    return more.length ? at('which', {}) : begin(talk, first);
  },
  steps: {
    which: { ask: askWhich, take: takeWhich },
    answer: { ask: askAnswer, take: async (talk, data) => ({ go: await placeToChange(talk, data) }) },
    pick: { ask: askPick, take: async (_, data, { choice = '' }) => ({ go: toQuestion(data, choice) }) },
    question: { ask: askQuestion, take: takeQuestion },
  },
};

const at = (step: string, data: Place['data']): Place => ({ matter: NAME, step, data });

/** Short enough for a button, and the same every time. */
const keyOf = ({ formId, guardianId, pupilId }: ShownForm): string =>
  createHash('sha256').update(`${formId}:${guardianId}:${pupilId}`).digest('hex').slice(0, 16);

const formsHere = ({ ports, children }: Talk): Promise<ShownForm[]> => ports.forms.formsOf(children);

/** What the button of a message leads to: only in the chat that it went to, and for its own child. */
async function behind(talk: Talk, deliveryId: string): Promise<ShownForm | null> {
  const { ports, account, address } = talk;
  const found = await ports.forms.formBehind(deliveryId, { accountId: account.id, address });
  return found && childOf(talk, found) ? found : null;
}

const childOf = ({ children }: Talk, { guardianId, pupilId }: Answerer): Child | undefined =>
  children.find((one) => one.guardianId === guardianId && one.pupilId === pupilId);

function begin(talk: Talk, found: ShownForm | null): Reply[] | Place {
  if (!found) return [{ text: talk.say('talk:form.gone') }];
  const { formId, guardianId, pupilId, state, answer } = found;
  if (state !== 'open') return [{ text: summaryText(talk, found, answer ? 'given' : 'notGiven') }];
  const data = { form: formId, guardian: guardianId, pupil: pupilId };
  return answer ? at('answer', data) : at('question', { ...data, at: '0', given: '[]' });
}

async function askWhich(talk: Talk): Promise<Question | null> {
  const all = await formsHere(talk);
  if (!all.length) return null;
  return {
    text: talk.say('talk:form.which'),
    options: all.map((one) => [{ label: labelOf(talk, one), choice: keyOf(one) }]),
  };
}

/** "✓ Hân: Tham quan" when it is answered. */
function labelOf({ say }: Talk, { child, title, answer }: ShownForm): string {
  const label = say(answer ? 'talk:form.answeredOption' : 'talk:form.option', {
    givenName: child.split(' ').at(-1) ?? '',
    title,
  });
  return shortened(label);
}

function shortened(label: string): string {
  const letters = [...label];
  return letters.length > LABEL_MAX ? `${letters.slice(0, LABEL_MAX - 1).join('')}…` : label;
}

async function takeWhich(talk: Talk, _data: Place['data'], { choice }: Answer): Promise<Turn> {
  const found = (await formsHere(talk)).find((one) => keyOf(one) === choice);
  const next = begin(talk, found ?? null);
  return 'step' in next ? { go: next } : { replies: next };
}

/** The form of a step, if this chat may (still) answer it. */
async function formAt(talk: Talk, data: Place['data']): Promise<ShownForm | null> {
  const answerer = { guardianId: data.guardian ?? '', pupilId: data.pupil ?? '' };
  return childOf(talk, answerer) ? talk.ports.forms.formOf(data.form ?? '', answerer) : null;
}

async function askAnswer(talk: Talk, data: Place['data']): Promise<Question | null> {
  const found = await formAt(talk, data);
  if (!found?.answer) return null;
  return {
    text: summaryText(talk, found, found.answer.own ? 'given' : 'givenByOther'),
    options: [[{ label: talk.say('talk:form.change'), choice: 'change' }]],
  };
}

const toQuestion = (data: Place['data'], place: string): Place =>
  at('question', { ...data, at: place, only: 'yes' });

async function placeToChange(talk: Talk, data: Place['data']): Promise<Place> {
  const found = await formAt(talk, data);
  return found?.questions.length === 1 ? toQuestion(data, '0') : at('pick', data);
}

async function askPick(talk: Talk, data: Place['data']): Promise<Question | null> {
  const found = await formAt(talk, data);
  return (
    found && {
      text: `${headText(talk, found)}\n${talk.say('talk:form.pick')}`,
      options: found.questions.map(({ text }, place) => [
        { label: shortened(`${place + 1}. ${text}`), choice: String(place) },
      ]),
    }
  );
}

const placeIn = (data: Place['data']): number => Number(data.at ?? '0');

async function askQuestion(talk: Talk, data: Place['data']): Promise<Question | null> {
  const found = await formAt(talk, data);
  const question = found?.questions[placeIn(data)];
  if (!found || !question) return null;
  const present = data.only ? found.answer?.values[placeIn(data)] : undefined;
  return {
    text: questionText(talk, found, placeIn(data), present),
    options: optionsOf(talk, found, question) ?? [],
    // Also where one may choose: a "không" that was typed is an answer here, and no order to stop all news.
    typed: true,
  };
}

async function takeQuestion(talk: Talk, data: Place['data'], answer: Answer): Promise<Turn> {
  const found = await formAt(talk, data);
  const question = found?.questions[placeIn(data)];
  if (!found || !question) return { replies: [{ text: talk.say('talk:form.gone') }] };
  if (found.state !== 'open')
    return { replies: [{ text: summaryText(talk, found, found.answer ? 'given' : 'notGiven') }] };
  const read = talk.ports.forms.read(question, rawOf(question, answer));
  if ('problem' in read) return { again: talk.say(`talk:form.problem.${read.problem}`) };
  const values = valuesOf(found, data);
  values[placeIn(data)] = read.value;
  const next = placeIn(data) + 1;
  if (data.only || next === found.questions.length) return keep(talk, found, values);
  const { form: formId = '', guardian = '', pupil = '' } = data;
  const given = JSON.stringify(values);
  return { go: at('question', { form: formId, guardian, pupil, at: String(next), given }) };
}

/** What was answered so far; when one answer is changed, all the others as they count now. */
const valuesOf = (found: ShownForm, { only, given }: Place['data']): FormValue[] =>
  only ? [...(found.answer?.values ?? [])] : (JSON.parse(given ?? '[]') as FormValue[]);

const LEAVE_OUT_WORDS = ['bo qua', 'skip'];
const YES = ['co', 'dong y', 'vang', 'yes', 'ok'];
const NO = ['khong', 'khong dong y', 'ko', 'no'];

/** What a person chose or typed, as FormDoor.read() takes it. */
function rawOf(question: FormQuestion, { choice, typed }: Answer): string {
  if (choice !== undefined) return choice === LEAVE_OUT ? '' : choice;
  const word = fold(typed);
  if (question.optional && LEAVE_OUT_WORDS.includes(word)) return '';
  if (question.type === 'yesNo') return YES.includes(word) ? 'yes' : NO.includes(word) ? 'no' : word || '?';
  // A number that was typed is no place of a choice: those have numbers of their own where there are no buttons.
  return question.type === 'choice' ? '?' : typed;
}

async function keep(talk: Talk, found: ShownForm, values: FormValue[]): Promise<Turn> {
  const { ports, account, updateId, language } = talk;
  const { formId, guardianId, pupilId } = found;
  const child = childOf(talk, found);
  const result = child
    ? await ports.forms.keep(formId, { guardianId, pupilId }, values, {
        channel: account.channel.name,
        contactId: child.contactId,
        language,
        key: `chat:${updateId}`,
      })
    : 'gone';
  const now = await ports.forms.formOf(formId, { guardianId, pupilId });
  if (result === 'gone' || !now) return { replies: [{ text: talk.say('talk:form.gone') }] };
  if (result === 'closed')
    return { replies: [{ text: summaryText(talk, now, now.answer ? 'given' : 'notGiven') }] };
  return {
    replies: [
      {
        text: summaryText(talk, now, 'kept'),
        buttons: [[{ label: talk.say('talk:form.change'), action: openAction(NAME, `k.${keyOf(now)}`) }]],
      },
    ],
  };
}
