import type { Pool } from 'pg';

/**
 * Zalo counts a request when it arrives, we when it leaves: a second is for the way, so that two of one place never
 * arrive within a minute.
 */
const HELD_SECONDS = 61;
/** Those that are free may be in others' hands for a moment. */
const LOOKS = 3;

/**
 * Counts every request of every OA, uploads and questions among them, for all processes together: a lane's pace knows
 * of its own messages only, and Zalo's limit is one of requests in a minute (facts/zalo-telegram.md §1.3).
 */
export interface MinuteGate {
  /** Lets a request through and counts it: 0; or says in how many ms there is room again. */
  take(accountId: string, perMinute: number): Promise<number>;
}

// As many places as requests in a minute; each is free again when it was taken a minute ago. The time is the
// database's, one for all processes.
const TAKE = `
with free as (
  select place from oa_request
   where account_id = $1::uuid and taken_at <= now() - make_interval(secs => $3) and place < $2
   order by taken_at limit 1 for update skip locked)
update oa_request r set taken_at = now() from free where r.account_id = $1::uuid and r.place = free.place`;

const NEXT_FREE = `
select count(*)::int as places,
       ceil(extract(epoch from min(taken_at) + make_interval(secs => $3) - now()) * 1000)::int as "afterMs"
  from oa_request where account_id = $1::uuid and place < $2`;

const MAKE_PLACES = `
insert into oa_request (account_id, place, taken_at)
select $1::uuid, place, now() - make_interval(secs => $3) from generate_series(0, $2::int - 1) as place
on conflict do nothing`;

export function openMinuteGate(pool: Pool): MinuteGate {
  return {
    async take(accountId, perMinute) {
      const values = [accountId, perMinute, HELD_SECONDS];
      let afterMs = 0;
      for (let look = 0; look < LOOKS && afterMs <= 0; look++) {
        const { rowCount } = await pool.query({ name: 'oa-request-take', text: TAKE, values });
        if (rowCount) return 0;
        const { rows } = await pool.query<{ places: number; afterMs: number | null }>(NEXT_FREE, values);
        if ((rows[0]?.places ?? 0) < perMinute) await pool.query(MAKE_PLACES, values);
        else afterMs = rows[0]?.afterMs ?? 0;
      }
      return Math.max(1, afterMs);
    },
  };
}
