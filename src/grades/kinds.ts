import type { NoticeKind } from '../notices/index.ts';

const MARKS = {
  purpose: 'marks',
  priority: 6,
  urgent: false,
  contacts: 'first',
  unconfirmed: 'nextContact',
} as const;

/** New, corrected and withdrawn marks of one child. */
export const marksNews: NoticeKind = {
  ...MARKS,
  name: 'marksNews',
  templates: { first: 'marksNews' },
  digests: true,
  variables: ['givenName', 'subjects', 'adds', 'corrects'],
};

/** The results of a term, with their picture. */
export const reportCard: NoticeKind = {
  ...MARKS,
  name: 'reportCard',
  templates: { first: 'reportCard' },
  answer: { label: 'grades:card.page', topic: 'marks', argument: 'p' },
  variables: ['card'],
};

export const MARK_KINDS: readonly NoticeKind[] = [marksNews, reportCard];
