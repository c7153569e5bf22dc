import {
  countsOf,
  eachText,
  silentText,
  sumsText,
  type Teller,
  valueText,
  whyNot,
} from '../conversation/index.ts';
import type { FormResults, ListedForm } from '../notices/index.ts';
import { type Texts, workbook } from '../render/index.ts';

const CLOCK = new Intl.DateTimeFormat('vi-VN', {
  timeZone: 'Asia/Ho_Chi_Minh',
  dateStyle: 'short',
  timeStyle: 'short',
});

const tellerOf = (texts: Texts): Teller => ({
  language: 'vi',
  say: (key, values) => texts.say('vi', key, values),
});
/** Our marks for bold are for chats. */
const plain = (text: string): string => text.replaceAll('**', '');

/** Forms for people, a line each. */
export function describeForms(forms: readonly ListedForm[], texts: Texts): string {
  const { say } = tellerOf(texts);
  if (!forms.length) return say('report:forms.none');
  return forms
    .map(({ formId, title, about, deadlineAt, replaced, asked, answered }) => {
      const until = `${say('report:forms.until')} ${CLOCK.format(deadlineAt)}`;
      const state = replaced ? say('report:forms.replaced') : until;
      return `${title} (${say(`report:forms.about.${about}`)}): ${answered}/${asked}, ${state}  [${formId}]`;
    })
    .join('\n');
}

/** Sums, each child, and who has not answered. */
export function describeResults(results: FormResults, texts: Texts): string {
  const teller = tellerOf(texts);
  return plain([sumsText, eachText, silentText].map((part) => part(teller, results)).join('\n\n'));
}

/** Results as an .xlsx: how often what was answered, each child, and whom to call. */
export function resultWorkbook(results: FormResults, texts: Texts): Buffer {
  const teller = tellerOf(texts);
  const say = (key: string) => teller.say(`report:forms.${key}`);
  const { children, tallies } = results;
  const questions = tallies.map((tally) => tally.question);
  const given = children.flatMap(({ answer, ...child }) => (answer ? [{ ...child, answer }] : []));
  const silent = children.filter((one) => !one.answer);
  return workbook([
    {
      name: say('sheetCounts'),
      rows: [
        [say('question'), say('answer'), say('count')],
        ...tallies.flatMap((tally) =>
          countsOf(teller, results, tally).map(([words, count]) => [tally.question.text, words, count]),
        ),
      ],
      widths: [50, 30, 10],
    },
    {
      name: say('sheetChildren'),
      rows: [
        [say('class'), say('pupil'), ...questions.map((one) => one.text), say('by'), say('at')],
        ...given.map(({ className, pupil, answer }) => [
          className,
          pupil,
          ...questions.map((question, at) => valueText(teller, results, question, answer.values[at] ?? null)),
          answer.guardian ?? '',
          CLOCK.format(answer.at),
        ]),
      ],
      widths: [8, 28, ...questions.map(() => 24), 24, 18],
    },
    {
      name: say('sheetSilent'),
      rows: [
        [say('class'), say('pupil'), say('phone'), say('why')],
        ...silent.map(({ className, pupil, phone, told }) => [
          className,
          pupil,
          phone ?? '',
          whyNot(teller, told),
        ]),
      ],
      widths: [8, 28, 14, 40],
    },
  ]);
}
