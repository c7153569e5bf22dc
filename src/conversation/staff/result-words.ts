// Answers of families in words, for staff: in their chat and on the command line.

import { type FormResults, REASONS, type Tally } from '../../notices/index.ts';
import { valueText } from '../family/form-words.ts';
import type { Talk } from '../talk.ts';

export type Teller = Pick<Talk, 'say' | 'language'>;

/** Why nobody has answered for a child. */
export function whyNot({ say }: Teller, told: string): string {
  const known = REASONS.find((one) => one === told);
  return known ? say(`report:reasons.${known}`) : say(`report:forms.told.${told}`);
}

/** How often each answer was given, in words; at the end how many have given none. */
export function countsOf(
  teller: Teller,
  results: FormResults,
  { counts, question, left, open }: Tally,
): [string, number][] {
  const given = [...counts].map(([value, count]): [string, number] => [
    valueText(teller, results, question, value),
    count,
  ]);
  const leftOut: [string, number][] = left ? [[teller.say('report:forms.left'), left]] : [];
  return [...given, ...leftOut, [teller.say('report:forms.open'), open]];
}

/** What was answered in sum. What families wrote in words is counted only: it stands with each child. */
export function sumsText(teller: Teller, results: FormResults): string {
  const { say } = teller;
  const { title, children, tallies } = results;
  const answered = children.filter((one) => one.answer).length;
  const lines = tallies.flatMap((tally, at) => [
    '',
    say('report:forms.numbered', { number: String(at + 1), text: tally.question.text }),
    ...(tally.question.type === 'text'
      ? [say('report:forms.inWords', { count: String(answered - tally.left) })]
      : countsOf(teller, results, tally).map(([answer, count]) =>
          say('report:forms.counted', { answer, count: String(count) }),
        )),
  ]);
  const counts = { answered: String(answered), asked: String(children.length) };
  return [say('report:forms.head', { title }), say('report:forms.answered', counts), ...lines].join('\n');
}

/** Who has not answered, whether the form has got to them, and whom to call. */
export function silentText({ say, language }: Teller, { title, children }: FormResults): string {
  const silent = children.filter((one) => !one.answer);
  if (!silent.length) return say('report:forms.allAnswered', { title });
  return [
    say('report:forms.notAnswered', { title, count: String(silent.length) }),
    ...silent.map(({ className, pupil, phone, told }) =>
      say('report:forms.silent', {
        className,
        pupil,
        phone: phone ?? '–',
        why: whyNot({ say, language }, told),
      }),
    ),
  ].join('\n');
}

/** What each family has answered. */
export function eachText(teller: Teller, results: FormResults): string {
  const { say } = teller;
  const { title, children, tallies } = results;
  const given = children.flatMap(({ pupil, className, answer }) =>
    answer
      ? [
          say('report:forms.child', {
            className,
            pupil,
            answers: tallies
              .map(({ question }, at) => valueText(teller, results, question, answer.values[at] ?? null))
              .join('; '),
          }),
        ]
      : [],
  );
  return [say('report:forms.head', { title }), ...(given.length ? given : [say('report:forms.nobody')])].join(
    '\n',
  );
}
