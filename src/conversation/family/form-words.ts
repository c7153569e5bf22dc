// A form in words, for a chat.

import type { FormQuestion, FormValue, ShownForm } from '../../notices/index.ts';
import { dayText, timeText } from '../day.ts';
import type { Question, Talk } from '../talk.ts';

/** "yes" and "no" as they are offered: an agreement is given or refused. */
const yesNoText = ({ say }: Pick<Talk, 'say'>, { about }: Pick<ShownForm, 'about'>, yes: boolean): string =>
  say(
    about === 'consent' || about === 'permission'
      ? `talk:form.${yes ? 'agree' : 'refuse'}`
      : `talk:form.${yes ? 'yes' : 'no'}`,
  );

/** An answer in words, as the person reads it. */
export function valueText(
  talk: Pick<Talk, 'say' | 'language'>,
  form: Pick<ShownForm, 'about'>,
  question: FormQuestion,
  value: FormValue,
): string {
  if (value === null) return talk.say('talk:form.leftOut');
  if (question.type === 'yesNo') return yesNoText(talk, form, value === true);
  if (question.type === 'choice') return question.options[Number(value)] ?? '';
  return question.type === 'number' ? numberText(talk, Number(value)) : String(value);
}

/** With the comma of the reader's language. */
const numberText = ({ language }: Pick<Talk, 'language'>, value: number): string =>
  value.toLocaleString(language, { useGrouping: false });

/** "(Xin gõ một số từ 0 đến 4.)" */
export const boundsText = (
  reader: Pick<Talk, 'say' | 'language'>,
  { min, max }: Extract<FormQuestion, { type: 'number' }>,
): string =>
  reader.say('talk:form.typeNumber', { min: numberText(reader, min), max: numberText(reader, max) });

/** "Em Hân (lớp 6A1) – Tham quan": every message names its child. */
export const headText = ({ say }: Talk, { child, className, title }: ShownForm): string =>
  say('talk:form.head', { givenName: child.split(' ').at(-1) ?? '', className, title });

export function questionText(talk: Talk, form: ShownForm, at: number, now: FormValue | undefined): string {
  const { say } = talk;
  const question = form.questions[at];
  if (!question) return '';
  const place = { number: String(at + 1), count: String(form.questions.length) };
  const lines = [
    headText(talk, form),
    '',
    form.questions.length > 1
      ? say('talk:form.question', { ...place, text: question.text })
      : say('talk:form.onlyQuestion', { text: question.text }),
  ];
  if (question.type === 'number') lines.push(boundsText(talk, question));
  if (question.type === 'text') lines.push(say('talk:form.typeText'));
  if (question.optional) lines.push(say('talk:form.mayLeaveOut'));
  if (now !== undefined)
    lines.push(say('talk:form.present', { answer: valueText(talk, form, question, now) }));
  return lines.join('\n');
}

/** What is offered; `choice` is what FormDoor.read() takes. */
export function optionsOf(talk: Talk, form: ShownForm, question: FormQuestion): Question['options'] {
  const offered =
    question.type === 'yesNo'
      ? [true, false].map((yes) => ({ label: yesNoText(talk, form, yes), choice: yes ? 'yes' : 'no' }))
      : question.type === 'choice'
        ? question.options.map((label, place) => ({ label, choice: String(place) }))
        : [];
  // Where numbers are choices, a number that is asked for could not be told from one: there only words leave it out.
  const canLeaveOut = question.optional && (offered.length > 0 || talk.account.channel.answers === 'buttons');
  const skip = { label: talk.say('talk:form.leaveOut'), choice: LEAVE_OUT };
  return [...offered, ...(canLeaveOut ? [skip] : [])].map((one) => [one]);
}

export const LEAVE_OUT = 'skip';

/** All questions with what counts now. */
export function summaryText(talk: Talk, form: ShownForm, head: string): string {
  const { say } = talk;
  const lines = form.questions.map((question, at) =>
    say('talk:form.line', {
      text: question.text,
      answer: valueText(talk, form, question, form.answer?.values[at] ?? null),
    }),
  );
  const until = { time: timeText(form.deadlineAt), date: dayText(form.deadlineAt) };
  return [
    headText(talk, form),
    say(`talk:form.${head}`),
    ...(form.answer ? lines : []),
    '',
    say(`talk:form.until.${form.state}`, until),
  ].join('\n');
}
