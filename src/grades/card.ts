// The report card of one child and term: what stands on it, in the family's language. Pure.
import type { ReportCard, Texts } from '../render/index.ts';
import type { Averages } from './averages.ts';
import type { MarkValue } from './mark.ts';
import type { PublishedMark } from './published.ts';
import { sayMark, saySlot, sayTerm } from './say-mark.ts';
import { schemeOf } from './scheme.ts';
import { isComment, isTermResult, readSlot, type SlotKind } from './slots.ts';

export type CardAbout = {
  school: string;
  child: string;
  className: string;
  grade: number;
  yearLabel: string;
  term: number;
};

/** A column of the table: what it is headed with, and what stands in it. */
type Column = { head: string; kind: SlotKind; term: number };

const SECONDARY: readonly SlotKind[] = ['regular', 'midTerm', 'final', 'average'];
const PRIMARY: readonly SlotKind[] = ['midLevel', 'midTest', 'endTest', 'endLevel'];
/** A year is its two terms and what they come to. */
const YEAR = [1, 2, 0] as const;

function columnsOf(say: (key: string) => string, { yearLabel, grade, term }: CardAbout): Column[] {
  const primary = schemeOf(yearLabel, grade) === 'TT27';
  if (term === 0 && !primary)
    return YEAR.map((one) => ({ head: say(`column.term${one}`), kind: 'average', term: one }));
  return (primary ? PRIMARY : SECONDARY).map((kind) => ({ head: say(`column.${kind}`), kind, term }));
}

/**
 * Null: nothing of that term has been published.
 * @param averages what follows from the marks where the school gives none
 */
export function cardOf(
  texts: Texts,
  language: string,
  about: CardAbout,
  published: readonly PublishedMark[],
  averages: Averages,
): ReportCard | null {
  const marks = published.filter((one) => one.term === about.term);
  if (!marks.length) return null;
  const say = (key: string) => texts.say(language, `grades:card.${key}`);
  const columns = columnsOf(say, about);
  const shown = published.filter((one) => columns.some((column) => column.term === one.term));
  const subjects = [
    ...new Map(shown.filter((one) => one.subjectKey).map((one) => [one.subjectKey, one.subject])),
  ];
  const text = (mark: { value: MarkValue; slot: string }) => sayMark(texts, language, mark);
  const valuesOf = (subjectKey: string, term: number, kind: SlotKind) =>
    shown
      .filter((one) => one.term === term && one.subjectKey === subjectKey && readSlot(one.slot).kind === kind)
      .map((one) => text(one));
  const cell = (subjectKey: string, { kind, term }: Column): string => {
    const values = valuesOf(subjectKey, term, kind);
    if (values.length) return values.join('  ');
    const tenths = kind === 'average' ? averages.get(`${term}/${subjectKey}`) : undefined;
    if (tenths !== undefined) return text({ value: { tenths, word: null, raw: '' }, slot: kind });
    // A subject that is judged as a whole has its word where others have their average.
    return kind === 'average' || kind === 'endLevel' ? (valuesOf(subjectKey, term, 'result')[0] ?? '') : '';
  };
  return {
    school: about.school,
    heading: `${say('heading')} ${sayTerm(texts, language, about.term)} · ${about.yearLabel}`,
    child: about.child,
    className: `${say('class')} ${about.className}`,
    columns: [say('subject'), ...columns.map((column) => column.head)],
    rows: subjects.map(([key, name]) => [name, ...columns.map((column) => cell(key, column))]),
    comments: marks
      .filter((one) => isComment(readSlot(one.slot).kind))
      .map((one) => ({ label: one.subject || say('formTeacher'), text: text(one) })),
    results: marks
      .filter((one) => isTermResult(readSlot(one.slot).kind))
      .map((one) => ({ label: saySlot(texts, language, one.slot), text: text(one) })),
  };
}
