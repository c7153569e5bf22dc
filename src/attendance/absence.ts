import type { AbsenceState } from '../store/prisma/enums.ts';

/** What may follow what. A question may be asked again; what was accepted or withdrawn is over. */
const NEXT: Record<AbsenceState, readonly AbsenceState[]> = {
  asked: ['questioned', 'accepted', 'withdrawn'],
  questioned: ['questioned', 'accepted', 'withdrawn'],
  accepted: [],
  withdrawn: [],
};

export const mayBecome = (from: AbsenceState, to: AbsenceState): boolean => NEXT[from].includes(to);

/** The states that a report may be in to become this. */
export const statesBefore = (to: AbsenceState): AbsenceState[] =>
  (Object.keys(NEXT) as AbsenceState[]).filter((from) => mayBecome(from, to));

/** Why a pupil is away: one of our words, or the family's own; null: not said. */
export type AbsenceReason = { kind: 'sick' | 'family' } | { text: string } | null;

export const REASON_MOST = 500;
