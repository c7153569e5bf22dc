import type { AnswerProblem, FormQuestion, FormValue } from '../../notices/index.ts';
import { TEXT_MOST } from './form.ts';

/** See FormDoor.read(). */
export function readAnswer(
  question: FormQuestion,
  raw: string,
): { value: FormValue } | { problem: AnswerProblem } {
  const typed = raw.normalize('NFC').trim();
  if (!typed) return question.optional ? { value: null } : { problem: 'needed' };
  switch (question.type) {
    case 'yesNo':
      return typed === 'yes' || typed === 'no' ? { value: typed === 'yes' } : { problem: 'notOffered' };
    case 'choice': {
      const place = /^\d{1,2}$/.test(typed) ? Number(typed) : -1;
      return question.options[place] === undefined ? { problem: 'notOffered' } : { value: place };
    }
    case 'text':
      return [...typed].length > TEXT_MOST ? { problem: 'tooLong' } : { value: typed };
    case 'number':
      return readNumber(question, typed);
  }
}

/** "37,5" as it is written here, and "37.5"; never grouped. */
function readNumber(
  { min, max, decimals }: Extract<FormQuestion, { type: 'number' }>,
  typed: string,
): { value: number } | { problem: AnswerProblem } {
  const [, whole, part = ''] = /^([+-]?\d{1,9})(?:[.,](\d{1,9}))?$/.exec(typed) ?? [];
  if (whole === undefined) return { problem: 'notNumber' };
  const value = Number(`${whole}.${part || 0}`);
  if (value < min || value > max) return { problem: 'outOfRange' };
  return part.replace(/0+$/, '').length > decimals ? { problem: 'tooFine' } : { value };
}

/** Whether values are an answer to these questions: what is kept was read, or is as good. */
export const isAnswer = (questions: readonly FormQuestion[], values: readonly FormValue[]): boolean =>
  values.length === questions.length &&
  questions.every((question, at) => {
    const value = values[at] ?? null;
    const read = readAnswer(question, rawOf(question, value));
    return 'value' in read && read.value === value;
  });

const rawOf = (question: FormQuestion, value: FormValue): string => {
  if (value === null) return '';
  return question.type === 'yesNo' ? (value === true ? 'yes' : 'no') : String(value);
};
