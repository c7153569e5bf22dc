// The state table of a delivery. Every statement of this folder that changes a state names the state it starts
// from (`where state = …`), so the database refuses what this table does not allow; a test tries all pairs.
//
//   pending ──claim──▶ sending ──accepted──▶ sent ─▶ delivered ─▶ seen ─▶ confirmed
//      ▲                  │ │
//      └──── retry ───────┘ └──rejected──▶ failed(reason)
//   pending ──▶ expired (too late) · cancelled (superseded, withdrawn, unlinked, confirmed another way)

export const STATES = [
  'pending',
  'sending',
  'sent',
  'delivered',
  'seen',
  'confirmed',
  'failed',
  'expired',
  'cancelled',
] as const;
export type State = (typeof STATES)[number];

const NEXT: Record<State, readonly State[]> = {
  // A send whose answer was lost waits for its next try; if "Đã nhận" comes meanwhile, it has got there.
  pending: ['sending', 'expired', 'cancelled', 'confirmed'],
  // A parent may press "Đã nhận" before the provider's answer was settled: hence sending → confirmed.
  sending: ['pending', 'sent', 'failed', 'expired', 'confirmed'],
  sent: ['delivered', 'seen', 'confirmed', 'failed'],
  delivered: ['seen', 'confirmed'],
  seen: ['confirmed'],
  confirmed: [],
  failed: [],
  expired: [],
  cancelled: [],
};

export const mayFollow = (from: State, to: State): boolean => NEXT[from].includes(to);

/** The states from which `to` may be reached, as an SQL list for `state in (…)`. */
export const statesBefore = (to: State): string =>
  STATES.filter((from) => mayFollow(from, to))
    .map((state) => `'${state}'`)
    .join(', ');

/** Something will still happen to it. */
export const LIVE_SQL = `('pending', 'sending')`;
/** It has got there. */
export const REACHED_SQL = `('sent', 'delivered', 'seen', 'confirmed')`;
