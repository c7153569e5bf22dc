// What a message about marks is filled with: neutral of language, ordered as a family reads it. Pure.
import type { Averages } from './averages.ts';
import type { MarkValue } from './mark.ts';
import type { NetChange } from './net.ts';
import { bySlot, isComment, isWhole, readSlot, type SlotKind } from './slots.ts';
import { bySubject } from './subjects.ts';

/** A mark for a template: exactly one is not null. */
export type ShownMark = { tenths: number | null; word: string | null; text: string | null };

export type NewsLine = {
  /**
   * A SlotKind, or "computed", "computedYear": an average that follows from the marks and that the school has not given
   * itself.
   */
  kind: string;
  seq: number;
  change: 'new' | 'corrected' | 'withdrawn';
  /** The new one, if there is one, then the old one, if there was one. */
  values: ShownMark[];
};

export type NewsSubject = { name: string | null; term: number; lines: NewsLine[] };
/** `adds`: something is new; `corrects`: something that was told is not so any more. */
export type News = { subjects: NewsSubject[]; adds: boolean; corrects: boolean };

function shownMark({ tenths, word, raw }: MarkValue, kind: SlotKind): ShownMark {
  if (tenths !== null && isWhole(kind)) return { tenths: null, word: null, text: String(tenths / 10) };
  return { tenths, word, text: tenths === null && word === null ? raw : null };
}

/** @param computed averages that follow now */
export function wordNews(net: readonly NetChange[], computed: Averages): News {
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
    const { term = 0, subjectKey = '' } = changes[0] ?? {};
    const follows = (kind: string, tenths: number | undefined) => {
      if (tenths !== undefined)
        lines.push({ kind, seq: 0, change: 'new', values: [{ tenths, word: null, text: null }] });
    };
    if (!lines.some((line) => line.kind === 'average')) follows('computed', computed.get(key));
    if (term === 2) follows('computedYear', computed.get(`0/${subjectKey}`));
    return { name: changes[0]?.subject || null, term, lines };
  });
  const lines = subjects.flatMap((one) => one.lines);
  return {
    subjects,
    adds: lines.some((line) => line.change === 'new' && !line.kind.startsWith('computed')),
    corrects: lines.some((line) => line.change !== 'new'),
  };
}

function lineOf({ slot, before, after }: NetChange): NewsLine {
  const { kind, seq } = readSlot(slot);
  // A teacher's words are replaced, not corrected: nobody wants the old ones repeated.
  const old = isComment(kind) ? null : before;
  return {
    kind,
    seq,
    change: after === null ? 'withdrawn' : old === null ? 'new' : 'corrected',
    values: [after, old].flatMap((one) => (one ? [shownMark(one, kind)] : [])),
  };
}
