// The places of a gradebook row: what is judged, and what its column may hold.
import type { Allows } from './mark.ts';
import { hasAverages, type Scheme } from './scheme.ts';
import type { Subject } from './subjects.ts';

/** In the order in which a family reads them. */
export const SLOT_KINDS = [
  'regular',
  'midTerm',
  'final',
  'average',
  'result',
  'midLevel',
  'midTest',
  'midComment',
  'endLevel',
  'endTest',
  'endComment',
  'comment',
  // Of a term as a whole: decided in the school's own system, shown here, never worked out (Circular 22 Art. 8, 9, 12, 15).
  'learning',
  'conduct',
  'title',
  'promotion',
  'absentWithLeave',
  'absentWithoutLeave',
] as const;
export type SlotKind = (typeof SLOT_KINDS)[number];

/** Columns for regular marks that a gradebook may have; the rule needs four, the sector's forms have five. */
export const REGULAR_MOST = 20;

/** 1, 2: a term; 0: the whole year. */
export type Term = 0 | 1 | 2;

const COMMENTS: ReadonlySet<SlotKind> = new Set(['comment', 'midComment', 'endComment']);
const TERM_RESULTS: ReadonlySet<SlotKind> = new Set([
  'learning',
  'conduct',
  'title',
  'promotion',
  'absentWithLeave',
  'absentWithoutLeave',
]);
/** A term is told as a result when one of these arrives. */
const PUBLISHED: ReadonlySet<SlotKind> = new Set([
  'average',
  'learning',
  'conduct',
  'title',
  'promotion',
  'endLevel',
]);

/** Tests of primary school: whole numbers, written without a decimal (Circular 27 Art. 7). */
export const isWhole = (kind: SlotKind): boolean => kind === 'midTest' || kind === 'endTest';
export const isComment = (kind: SlotKind): boolean => COMMENTS.has(kind);
export const isTermResult = (kind: SlotKind): boolean => TERM_RESULTS.has(kind);
export const isResult = (kind: SlotKind): boolean => PUBLISHED.has(kind);

/** "regular2", "midTerm" … as it is stored. @param seq 1 … for regular marks, 0 otherwise */
export const slotName = (kind: SlotKind, seq = 0): string => (seq > 0 ? `${kind}${seq}` : kind);

export function readSlot(name: string): { kind: SlotKind; seq: number } {
  const [, kind = '', seq = ''] = /^([a-zA-Z]+?)(\d*)$/.exec(name) ?? [];
  return { kind: kind as SlotKind, seq: Number(seq || '0') };
}

export function bySlot(a: { slot: string }, b: { slot: string }): number {
  const [one, two] = [readSlot(a.slot), readSlot(b.slot)];
  return SLOT_KINDS.indexOf(one.kind) - SLOT_KINDS.indexOf(two.kind) || one.seq - two.seq;
}

/** What a column of this kind may hold; null: words of the teacher, or of the school. */
export function allowsOf(kind: SlotKind, scheme: Scheme, subject: Subject): Allows | null {
  if (isComment(kind) || isTermResult(kind)) return null;
  if (kind === 'midLevel' || kind === 'endLevel') return { numbers: 'none', words: 'levels' };
  if (isWhole(kind)) return { numbers: 'whole', words: 'none' };
  if (kind === 'result') return { numbers: 'none', words: scheme === 'TT27' ? 'levels' : 'passFail' };
  if (!hasAverages(scheme)) return { numbers: scheme === 'TT27' ? 'whole' : 'tenths', words: 'both' };
  if (subject.commentOnly === true) return { numbers: 'none', words: 'passFail' };
  if (subject.commentOnly === false) return { numbers: 'tenths', words: 'none' };
  return { numbers: 'tenths', words: 'passFail' };
}
