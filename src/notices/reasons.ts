/**
 * Why a recipient was not reached. Each has a sentence that a teacher understands in locales/…/report.json.
 * The first group is found when the notice is planned, the second when it is sent.
 */
export const REASONS = [
  /** No chat or address was ever linked. */
  'noContact',
  /** An address from a file that its owner has not confirmed. */
  'unconfirmed',
  'unlinked',
  /** Never answered whether this purpose is wanted. */
  'notAsked',
  'declined',
  'switchedOff',
  /** This guardian gets safety notices only. */
  'urgentOnly',
  /** The guardianship does not give the right to see marks, or bills. */
  'mayNotSee',
  'notGuardian',

  'blocked',
  'addressUnknown',
  'refused',
  'badContent',
  'channelBusy',
  'channelDown',
  'channelStopped',
  'capReached',
  /** A message is not free any more, and the school does not pay for one. */
  'windowClosed',
  /** The school's own cap on what a month may cost is used. */
  'budgetUsed',
  /** It was paid for once, and whether it was sent nobody knows. */
  'unknown',
  'timedOut',
  'superseded',
  /** What it said is not true any more: paid, waived, cancelled. */
  'settled',
] as const;

export type Reason = (typeof REASONS)[number];
