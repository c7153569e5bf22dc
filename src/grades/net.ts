// What a row of changes comes to. Pure.
import { type MarkValue, sameMark } from './mark.ts';

export type NotedChange = {
  id: bigint;
  pupilId: string;
  term: number;
  subjectKey: string;
  subject: string;
  slot: string;
  before: MarkValue | null;
  after: MarkValue | null;
};

/** SQL: the changes `c` as one value: a row for each costs much more to take over. See readChanges. */
export const CHANGES = `coalesce(json_agg(json_build_array(
  c.id::text, c.pupil_id, c.term, c.subject_key, c.subject, c.slot, c.before, c.after) order by c.id), '[]') as changes`;

type ChangeTuple = [
  id: string,
  pupilId: string,
  term: number,
  subjectKey: string,
  subject: string,
  slot: string,
  before: MarkValue | null,
  after: MarkValue | null,
];
export type ChangesRow = { changes: ChangeTuple[] };

/** What a query for CHANGES has found, in its order. */
export const readChanges = (rows: readonly ChangesRow[]): NotedChange[] =>
  rows.flatMap(({ changes }) =>
    changes.map(([id, pupilId, term, subjectKey, subject, slot, before, after]) => ({
      id: BigInt(id),
      pupilId,
      term,
      subjectKey,
      subject,
      slot,
      before,
      after,
    })),
  );

/** One place of the gradebook: what stood there when it was last told, and what stands there now. */
export type NetChange = Omit<NotedChange, 'id' | 'pupilId'>;

/**
 * The sum of changes in their order, place by place: from the first old mark to the last new one. A mark that is back
 * where it was is no news: a slip that was put right before anybody was told never happened for the family.
 */
export function netChanges(changes: readonly NotedChange[]): NetChange[] {
  const net = new Map<string, NetChange>();
  for (const { term, subjectKey, subject, slot, before, after } of changes) {
    const key = `${term}/${subjectKey}/${slot}`;
    const first = net.get(key);
    net.set(key, { term, subjectKey, subject, slot, before: first ? first.before : before, after });
  }
  return [...net.values()].filter((one) => !sameMark(one.before, one.after));
}

/** What is news to somebody who was told up to the change `since`. */
export const newsSince = (changes: readonly NotedChange[], since: bigint): NetChange[] =>
  netChanges(changes.filter((one) => one.id > since));
