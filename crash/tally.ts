import type { Database } from '../src/store/index.ts';
import type { Oracle } from './oracle.ts';
import { type CrashSchool, titleOf } from './school.ts';

/** What became of notices, by what the stand-ins have taken and by what the hub says of itself. */
export type Tally = {
  deliveries: number;
  /** Nobody got it although the notice was accepted, or the hub does not say of its own accord that it is finished. */
  lost: number;
  /** How many messages came once too often. */
  duplicates: number;
  /** Of these, those of which the hub does not say so. */
  unflagged: number;
  /** Deliveries that the hub marks `possibleDuplicate`. */
  flagged: number;
  /** Messages for which no delivery stands. */
  strangers: number;
};

export const NOTHING: Tally = {
  deliveries: 0,
  lost: 0,
  duplicates: 0,
  unflagged: 0,
  flagged: 0,
  strangers: 0,
};

export function added(a: Tally, b: Tally): Tally {
  const keys = Object.keys(NOTHING) as (keyof Tally)[];
  return Object.fromEntries(keys.map((key) => [key, a[key] + b[key]])) as Tally;
}

type Row = { address: string; flagged: boolean; reached: boolean };

/** Compares one notice of a school, message by message. */
export async function tallyOf(
  db: Database,
  oracle: Oracle,
  school: CrashSchool,
  round: number,
): Promise<Tally> {
  const told = new Map(await oracle.ask({ ask: 'told', round }));
  const { rows } = await db.pool.query<Row>(
    `select d.address, d.possible_duplicate as flagged, r.outcome = 'reached' as reached
       from notice n join delivery d on d.notice_id = n.id join recipient r on r.id = d.recipient_id
      where n.title = $1 and n.school_id = $2 and n.finished_at is not null and n.audience_size = $3`,
    [titleOf(round), school.id, school.addresses.length],
  );
  const known = new Map(rows.map((row) => [row.address, row]));
  const tally: Tally = { ...NOTHING, deliveries: school.addresses.length };
  for (const address of school.addresses) {
    const row = known.get(address);
    const times = told.get(address) ?? 0;
    if (!times || !row?.reached) tally.lost++;
    if (times > 1) tally.duplicates += times - 1;
    if (times > 1 && !row?.flagged) tally.unflagged += times - 1;
    if (row?.flagged) tally.flagged++;
  }
  const addresses = new Set(school.addresses);
  for (const address of told.keys()) if (!addresses.has(address)) tally.strangers++;
  return tally;
}
