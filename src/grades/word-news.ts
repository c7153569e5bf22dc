// What a message about marks is filled with: neutral of language, ordered as a family reads it. Pure.
import type { MarkValue } from './mark.ts';
import type { NetChange } from './net.ts';
import { bySlot, isComment, readSlot } from './slots.ts';
import { bySubject } from './subjects.ts';

/** A mark for a template: exactly one is not null. */
export type ShownMark = { tenths: number | null; word: string | null; text: string | null };

export type NewsLine = {
  /** A SlotKind, or "computed": an average that follows from the marks and that the school has not given itself. */
  kind: string;
  seq: number;
  change: 'new' | 'corrected' | 'withdrawn';
  /** The new one, if there is one, then the old one, if there was one. */
  values: ShownMark[];
};

export type NewsSubject = { name: string | null; term: number; lines: NewsLine[] };
export type News = { subjects: NewsSubject[]; corrects: boolean };

export function shownMark({ tenths, word, raw }: MarkValue): ShownMark {
  return { tenths, word, text: tenths === null && word === null ? raw : null };
}

/** @param computed averages that follow now: "term/subjectKey" → tenths */
export function wordNews(net: readonly NetChange[], computed: ReadonlyMap<string, number>): News {
  const groups = new Map<string, NetChange[]>();
  for (const one of net) {
    // A comment that was taken away is no news.
    if (one.after === null && isComment(readSlot(one.slot).kind)) continue;
    const key = `${one.term}/${one.subjectKey}`;
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  const ordered = [...groups.entries()].sort(([, [a]], [, [b]]) =>
    a && b ? a.term - b.term || bySubject(a, b) : 0,
  );
  const subjects = ordered.map(([key, changes]) => {
    const lines = changes.toSorted(bySlot).map(lineOf);
    const average = computed.get(key);
    if (average !== undefined && !lines.some((line) => line.kind === 'average'))
      lines.push({
        kind: 'computed',
        seq: 0,
        change: 'new',
        values: [{ tenths: average, word: null, text: null }],
      });
    return { name: changes[0]?.subject || null, term: changes[0]?.term ?? 0, lines };
  });
  const corrects = subjects.some((one) => one.lines.some((line) => line.change !== 'new'));
  return { subjects, corrects };
}

function lineOf({ slot, before, after }: NetChange): NewsLine {
  const { kind, seq } = readSlot(slot);
  // A teacher's words are replaced, not corrected: nobody wants the old ones repeated.
  const old = isComment(kind) ? null : before;
  return {
    kind,
    seq,
    change: after === null ? 'withdrawn' : old === null ? 'new' : 'corrected',
    values: [after, old].flatMap((one) => (one ? [shownMark(one)] : [])),
  };
}
