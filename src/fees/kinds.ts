import type { NoticeKind } from '../notices/index.ts';

const common = {
  purpose: 'fees',
  urgent: false,
  contacts: 'first',
  unconfirmed: 'nextContact',
} as const;

/** What is to be paid: when issued, and when reminded of. Behind class news. */
export const feeReminder: NoticeKind = {
  ...common,
  name: 'feeReminder',
  priority: 7,
  templates: { first: 'feeReminder' },
  answer: { label: 'chat:feeClaim', topic: 'fees', argument: 'paid' },
  variables: ['parts'],
};

/** A bill that a family was told of is not what it was. */
export const feeChange: NoticeKind = {
  ...common,
  name: 'feeChange',
  priority: 6,
  templates: { first: 'feeChange' },
  variables: ['parts'],
};

/** Money has come in. */
export const feeReceipt: NoticeKind = {
  ...common,
  name: 'feeReceipt',
  priority: 6,
  templates: { first: 'feeReceipt' },
  variables: ['parts'],
};

export const FEE_KINDS: readonly NoticeKind[] = [feeReminder, feeChange, feeReceipt];
