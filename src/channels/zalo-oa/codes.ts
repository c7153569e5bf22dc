// What Zalo's error codes mean for us: one row for each (facts/zalo-telegram.md §1.10). The meanings are transcribed,
// the classes are ours. None of them says that a person has blocked the OA; -213 is the nearest.

import type { FailureReason } from '../port.ts';

export type CodeClass =
  /** One refresh of the token, one more try (client.ts). */
  | 'refresh'
  /** Wait, then try again. */
  | 'backOff'
  /** Not at this hour, or not today. */
  | 'reschedule'
  /** Never so; `contact` says what has become of the address. */
  | 'permanent'
  /** Only a person can help. */
  | 'person';

export type CodeRow = {
  code: number;
  is: CodeClass;
  reason: FailureReason;
  /** backOff: the whole account waits. Without it, this one message. */
  lane?: true;
  /** backOff: no more tries than this. */
  most?: number;
  contact?: 'gone' | 'blocked';
  /** reschedule: the person has got as much as they may for now, so the next day. Without it, it is night. */
  dayIsFull?: true;
  /** person: what stops. Without it, the whole account. */
  of?: 'paid' | 'group';
};

export const CODES: readonly CodeRow[] = [
  // The app's or the OA's requests of a minute; the texts differ, what we do does not.
  { code: -32, is: 'backOff', reason: 'channelBusy', lane: true },
  // An attachment is a week old: send.ts has uploaded it anew once before this is asked.
  { code: -100, is: 'permanent', reason: 'badContent' },
  { code: -200, is: 'backOff', reason: 'channelDown', most: 4 },
  { code: -201, is: 'permanent', reason: 'badContent' },
  { code: -204, is: 'person', reason: 'channelStopped' },
  { code: -205, is: 'person', reason: 'channelStopped' },
  { code: -209, is: 'person', reason: 'channelStopped' },
  { code: -210, is: 'permanent', reason: 'badContent' },
  // The quota is the month's: waiting for the next one helps nobody, the next contact does.
  { code: -211, is: 'permanent', reason: 'capReached' },
  { code: -212, is: 'person', reason: 'channelStopped' },
  { code: -213, is: 'permanent', reason: 'addressUnknown', contact: 'gone' },
  { code: -214, is: 'backOff', reason: 'channelBusy' },
  { code: -216, is: 'refresh', reason: 'channelStopped' },
  { code: -217, is: 'permanent', reason: 'blocked', contact: 'blocked' },
  // What this person may get is used up, of a day or of a month: sources differ. If it was the day's, the next one has
  // room; if not, the delivery's own deadline comes first, and the next contact has its turn.
  { code: -218, is: 'reschedule', reason: 'capReached', dayIsFull: true },
  { code: -219, is: 'person', reason: 'channelStopped' },
  { code: -220, is: 'refresh', reason: 'channelStopped' },
  { code: -221, is: 'person', reason: 'channelStopped' },
  // Two meanings: the OA has not allowed this to the app, or a quota of articles, which we never send.
  { code: -223, is: 'person', reason: 'channelStopped' },
  { code: -224, is: 'person', reason: 'channelStopped' },
  // Banned, or away for 45 days. Who comes back and writes is heard, and the contact opens again.
  { code: -227, is: 'permanent', reason: 'addressUnknown', contact: 'gone' },
  { code: -230, is: 'permanent', reason: 'windowClosed' },
  { code: -232, is: 'permanent', reason: 'windowClosed' },
  { code: -233, is: 'permanent', reason: 'badContent' },
  { code: -234, is: 'reschedule', reason: 'channelBusy' },
  { code: -235, is: 'person', reason: 'channelStopped' },
  { code: -237, is: 'person', reason: 'channelStopped', of: 'group' },
  { code: -238, is: 'person', reason: 'channelStopped', of: 'group' },
  { code: -240, is: 'permanent', reason: 'badContent' },
  { code: -241, is: 'person', reason: 'channelStopped', of: 'group' },
  { code: -242, is: 'permanent', reason: 'badContent' },
  { code: -244, is: 'permanent', reason: 'refused' },
  { code: -248, is: 'permanent', reason: 'badContent' },
  { code: -249, is: 'permanent', reason: 'badContent' },
  { code: -305, is: 'permanent', reason: 'refused' },
  { code: -311, is: 'permanent', reason: 'refused' },
  { code: -320, is: 'person', reason: 'channelStopped', of: 'paid' },
  { code: -321, is: 'person', reason: 'channelStopped', of: 'paid' },
  { code: -403, is: 'person', reason: 'channelStopped', of: 'group' },
  { code: -1340, is: 'permanent', reason: 'badContent' },
  { code: -1341, is: 'permanent', reason: 'badContent' },
  // The endpoint for phone numbers; -146 and -147 are noted from memory and to be checked.
  { code: -108, is: 'permanent', reason: 'refused' },
  { code: -114, is: 'permanent', reason: 'refused' },
  { code: -115, is: 'person', reason: 'channelStopped', of: 'paid' },
  { code: -118, is: 'permanent', reason: 'refused' },
  { code: -119, is: 'permanent', reason: 'refused' },
  { code: -124, is: 'refresh', reason: 'channelStopped' },
  { code: -126, is: 'person', reason: 'channelStopped', of: 'paid' },
  { code: -127, is: 'person', reason: 'channelStopped', of: 'paid' },
  { code: -131, is: 'person', reason: 'channelStopped', of: 'paid' },
  { code: -133, is: 'reschedule', reason: 'channelBusy' },
  { code: -135, is: 'person', reason: 'channelStopped', of: 'paid' },
  { code: -136, is: 'person', reason: 'channelStopped', of: 'paid' },
  { code: -137, is: 'person', reason: 'channelStopped', of: 'paid' },
  { code: -139, is: 'permanent', reason: 'refused' },
  { code: -141, is: 'permanent', reason: 'refused' },
  { code: -144, is: 'permanent', reason: 'capReached' },
  { code: -146, is: 'person', reason: 'channelStopped', of: 'paid' },
  { code: -147, is: 'permanent', reason: 'capReached' },
  { code: -1241, is: 'permanent', reason: 'badContent' },
  // The phone endpoint's own -218 (§1.6).
  { code: -1441, is: 'reschedule', reason: 'capReached', dayIsFull: true },
  { code: -1472, is: 'reschedule', reason: 'capReached', dayIsFull: true },
];

const BY_CODE = new Map(CODES.map((row) => [row.code, row]));

/** Undefined: a code that stands nowhere; the attempt fails, and nothing is tried again. */
export const rowOf = (code: number): CodeRow | undefined => BY_CODE.get(code);

export const isTokenTrouble = (code: number): boolean => rowOf(code)?.is === 'refresh';
