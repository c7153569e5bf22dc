// One assessment result as a gradebook writes it (facts/domain.md §2.3 rule 4). Numbers are integer tenths: 8,5 is 85.
import { fold, tidyName } from '../school/index.ts';

/** `pass`, `fail`: Đạt, Chưa đạt (Circular 22). T, H, C: levels of primary school (Circular 27). */
export type MarkWord = 'pass' | 'fail' | 'T' | 'H' | 'C' | 'exempt' | 'absent';

/** Exactly one of tenths and word is set for a mark; neither for a comment, whose text is `raw`. */
export type MarkValue = {
  /** 0–100. */
  tenths: number | null;
  word: MarkWord | null;
  /** As it was typed. */
  raw: string;
};

export type MarkProblem =
  | 'markOutOfRange'
  | 'markTooManyDecimals'
  | 'markNotWhole'
  | 'notAMark'
  | 'wordInScoredSubject'
  | 'numberInCommentSubject';

/** What a column may hold. */
export type Allows = {
  numbers: 'tenths' | 'whole' | 'none';
  words: 'passFail' | 'levels' | 'both' | 'none';
};

const WORDS: Readonly<Record<string, MarkWord>> = {
  d: 'pass',
  dat: 'pass',
  cd: 'fail',
  'chua dat': 'fail',
  t: 'T',
  'hoan thanh tot': 'T',
  h: 'H',
  'hoan thanh': 'H',
  c: 'C',
  'chua hoan thanh': 'C',
  m: 'exempt',
  mien: 'exempt',
  v: 'absent',
  vang: 'absent',
};

const COMMENT_MOST = 500;

function allowed(word: MarkWord, words: Allows['words']): boolean {
  if (word === 'exempt' || word === 'absent') return true;
  const isLevel = word === 'T' || word === 'H' || word === 'C';
  return words === 'both' || words === (isLevel ? 'levels' : 'passFail');
}

function readNumber(text: string, numbers: Allows['numbers'], raw: string): MarkValue | MarkProblem {
  if (numbers === 'none') return 'numberInCommentSubject';
  const [, minus, whole = '', decimals = ''] = /^([-+−]?)(\d+)(?:[.,](\d*))?$/.exec(text) ?? [];
  if (decimals.length > 1) return 'markTooManyDecimals';
  const tenths = Number(whole) * 10 + Number(decimals || '0');
  if ((minus && minus !== '+') || whole.length > 2 || tenths > 100) return 'markOutOfRange';
  if (numbers === 'whole' && tenths % 10 !== 0) return 'markNotWhole';
  return { tenths, word: null, raw };
}

/**
 * The mark in a cell, or why it is none. Blank: null.
 * @param text as typed: "8,5", "8.5", "8", "Đ", "Chưa đạt", "T", "M", "V"
 */
export function readMark(text: string, allows: Allows): MarkValue | MarkProblem | null {
  const raw = tidyName(text).replace(/^['’]/u, '');
  if (raw === '') return null;
  if (/^[-+−]?\d+(?:[.,]\d*)?$/.test(raw)) return readNumber(raw, allows.numbers, raw);
  const word = WORDS[fold(raw)];
  if (word === undefined) return 'notAMark';
  if (allowed(word, allows.words)) return { tenths: null, word, raw };
  return allows.words === 'none' ? 'wordInScoredSubject' : 'notAMark';
}

/** A teacher's words; blank: null. Longer ones than a message has room for are cut, with dots to show it. */
export function readComment(text: string): MarkValue | null {
  const raw = tidyName(text);
  if (raw === '') return null;
  return {
    tenths: null,
    word: null,
    raw: raw.length > COMMENT_MOST ? `${raw.slice(0, COMMENT_MOST - 1).trimEnd()}…` : raw,
  };
}

/** Whether two say the same; "8.5" and "8,5" do. */
export function sameMark(a: MarkValue | null, b: MarkValue | null): boolean {
  if (a === null || b === null) return a === b;
  if (a.tenths !== b.tenths || a.word !== b.word) return false;
  return a.tenths !== null || a.word !== null || a.raw === b.raw;
}
