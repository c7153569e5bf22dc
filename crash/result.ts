import { type Column, markdownTable } from '../bench/table.ts';
import type { SetupName } from './place.ts';
import type { Tally } from './tally.ts';

/** One line of the table. */
export type Result = Tally & {
  setup: SetupName;
  point: string;
  /** Milliseconds from the start of the next process (embedded) or from the kill (cluster) to the next send. */
  wentOnMs: number | null;
  /** The most that `wentOnMs` may be; null: it is only shown. */
  boundMs: number | null;
  /** Further promises of this point that were not kept, in words. */
  broken: string[];
};

export const isKept = (result: Result): boolean =>
  result.lost === 0 &&
  result.unflagged === 0 &&
  result.strangers === 0 &&
  result.broken.length === 0 &&
  (result.boundMs === null || result.wentOnMs === null || result.wentOnMs <= result.boundMs);

const seconds = (ms: number | null): string => (ms === null ? '–' : (ms / 1000).toFixed(2));

const COLUMNS: Column<Result>[] = [
  ['', (result) => (isKept(result) ? '✓' : '✗')],
  ['set-up', (result) => result.setup],
  ['point', (result) => result.point],
  ['deliveries', (result) => String(result.deliveries)],
  ['lost', (result) => String(result.lost)],
  ['duplicates', (result) => String(result.duplicates)],
  ['not flagged', (result) => String(result.unflagged)],
  ['possibleDuplicate', (result) => String(result.flagged)],
  ['went on after, s', (result) => seconds(result.wentOnMs)],
  ['bound, s', (result) => seconds(result.boundMs)],
];

/** The same while the run goes on. */
export function lineOf(result: Result): string {
  const { deliveries, lost, duplicates, unflagged, flagged, wentOnMs, boundMs, broken } = result;
  const sums = deliveries
    ? [`lost ${lost}, duplicates ${duplicates} (not flagged: ${unflagged}), flagged ${flagged}`]
    : [];
  const time =
    wentOnMs === null ? [] : [`${seconds(wentOnMs)} s${boundMs === null ? '' : ` of ${seconds(boundMs)}`}`];
  return [`${isKept(result) ? '✓' : '✗'} ${result.point}`, ...sums, ...time, ...broken].join('; ');
}

/** The table of a run, so that it can be put into docs/reliability.md as it is. */
export const tableOf = (results: readonly Result[]): string => markdownTable(COLUMNS, results);
