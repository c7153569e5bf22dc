import { SCHOOL_OFFSET_MIN } from '../time/index.ts';

const MINUTE_MS = 60_000;

/**
 * The month in which a message counts, "2026-11". Whether a provider's own month begins at midnight in Vietnam is not
 * confirmed (facts/zalo-telegram.md §8).
 */
export const monthOf = (at: Date): string =>
  new Date(at.getTime() + SCHOOL_OFFSET_MIN * MINUTE_MS).toISOString().slice(0, 7);
