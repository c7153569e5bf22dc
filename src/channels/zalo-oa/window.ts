const HOUR_MS = 3_600_000;

/** Facts/zalo-telegram.md §1.5. */
export const FREE_MS = 48 * HOUR_MS;
export const CHARGED_MS = 7 * 24 * HOUR_MS;
/**
 * A window ends earlier for us: Zalo judges a send when it arrives, by its own clock, and a minute late costs money.
 */
export const MARGIN_MS = 60_000;

export type Window =
  /** A message costs nothing. */
  | 'free'
  /** A message takes from the package's monthly quota, then costs 55 đồng. */
  | 'charged'
  /** Nothing but a template may be sent. */
  | 'templateOnly';

/** In which of Zalo's windows a person is. @param interactedAt null: none that is known */
export function windowOf(interactedAt: Date | null, now: Date): Window {
  if (!interactedAt) return 'templateOnly';
  const age = now.getTime() - interactedAt.getTime();
  if (age <= FREE_MS - MARGIN_MS) return 'free';
  return age <= CHARGED_MS - MARGIN_MS ? 'charged' : 'templateOnly';
}
