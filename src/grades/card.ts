// The report card of one child and term: what stands on it, in the family's language. Pure.
import type { ReportCard, Texts } from '../render/index.ts';
import { termAverage } from './average.ts';
import type { MarkValue } from './mark.ts';
import { markKey, termMarksOf } from './plan-gradebook.ts';
import type { PublishedMark } from './published.ts';
import { sayMark, saySlot, sayTerm } from './say-mark.ts';
import { hasAverages, schemeOf } from './scheme.ts';
import { isComment, isTermResult, readSlot, type SlotKind } from './slots.ts';
import { subjectOf } from './subjects.ts';

export type CardAbout = {
  school: string;
  child: string;
  className: string;
  grade: number;
  yearLabel: string;
  term: number;
};

const SECONDARY: readonly SlotKind[] = ['regular', 'midTerm', 'final', 'average'];
const PRIMARY: readonly SlotKind[] = ['midLevel', 'midTest', 'endTest', 'endLevel'];

/** Null: nothing of that term has been published. */
export function cardOf(
  texts: Texts,
  language: string,
  about: CardAbout,
  published: readonly PublishedMark[],
): ReportCard | null {
  const marks = published.filter((one) => one.term === about.term);
  if (!marks.length) return null;
  const say = (key: string) => texts.say(language, `grades:card.${key}`);
  const kinds = schemeOf(about.yearLabel, about.grade) === 'TT27' ? PRIMARY : SECONDARY;
  const stored = new Map(marks.map((one) => [markKey(one.term, one.subjectKey, one.slot), one.value]));
  const subjects = [
    ...new Map(marks.filter((one) => one.subjectKey).map((one) => [one.subjectKey, one.subject])),
  ];
  const averages = hasAverages(schemeOf(about.yearLabel, about.grade));
  const cell = (subjectKey: string, kind: SlotKind): string => {
    const values = marks.filter((one) => one.subjectKey === subjectKey && readSlot(one.slot).kind === kind);
    if (values.length) return values.map((one) => sayMark(texts, language, one.value)).join('  ');
    const ours = kind === 'average' && averages && subjectOf(subjectKey).commentOnly !== true;
    const average = ours ? termAverage(termMarksOf(stored, about.term, subjectKey)) : null;
    if (average !== null) return sayMark(texts, language, { tenths: average, word: null, raw: '' });
    // A subject that is judged as a whole has its word where others have their average.
    const result =
      kind === 'average' || kind === 'endLevel'
        ? stored.get(markKey(about.term, subjectKey, 'result'))
        : null;
    return result ? sayMark(texts, language, result) : '';
  };
  const text = (value: MarkValue) => sayMark(texts, language, value);
  return {
    school: about.school,
    heading: `${say('heading')} ${sayTerm(texts, language, about.term)} · ${about.yearLabel}`,
    child: about.child,
    className: `${say('class')} ${about.className}`,
    columns: [say('subject'), ...kinds.map((kind) => say(`column.${kind}`))],
    rows: subjects.map(([key, name]) => [name, ...kinds.map((kind) => cell(key, kind))]),
    comments: marks
      .filter((one) => isComment(readSlot(one.slot).kind))
      .map((one) => ({ label: one.subject || say('formTeacher'), text: text(one.value) })),
    results: marks
      .filter((one) => isTermResult(readSlot(one.slot).kind))
      .map((one) => ({ label: saySlot(texts, language, one.slot), text: text(one.value) })),
  };
}
