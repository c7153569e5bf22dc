import type { Hand } from './crew.ts';
import type { Place } from './place.ts';
import { type CrashSchool, titleOf } from './school.ts';
import type { Channel } from './stand-ins.ts';
import { until } from './until.ts';

// What every part of the run does with a notice.

let last = 0;
export const nextRound = (): number => ++last;

/** The command that publishes a notice to a whole school; ended or killed by the caller. */
export const publishing = (place: Place, school: CrashSchool, round: number): Hand =>
  place.command(
    ...['notice', 'class', '--school', school.name, '--class', school.className],
    ...[
      '--title',
      titleOf(round),
      '--text',
      'Kính mời gia đình dự họp.',
      '--key',
      `crash-${school.id}-${round}`,
    ],
  );

/** Publishes; when it returns, the hub has said that it is accepted. */
export async function publish(place: Place, school: CrashSchool, round: number): Promise<void> {
  const command = publishing(place, school, round);
  const code = await command.ended;
  if (code !== 0) throw new Error(`the notice was not accepted (exit code ${code}):\n${command.said()}`);
}

/** Until the hub says, by itself, that the notice is finished. */
export const finished = (place: Place, school: CrashSchool, round: number, withinMs = 120_000) =>
  until(
    `notice ${round} to be finished (${place.setup})`,
    async () => {
      const { rowCount } = await place.db.pool.query(
        'select from notice where title = $1 and school_id = $2 and finished_at is not null',
        [titleOf(round), school.id],
      );
      return rowCount === 1;
    },
    { withinMs, everyMs: 20 },
  );

/** How many deliveries of the school are in a state. */
export async function countOf(place: Place, school: CrashSchool, state: string): Promise<number> {
  const { rows } = await place.db.pool.query<{ count: number }>(
    'select count(*)::int as count from delivery where school_id = $1 and state = $2',
    [school.id, state],
  );
  return rows[0]?.count ?? 0;
}

/** Until this many messages were taken since `before`. */
export const taken = async (place: Place, before: number, count: number, channel: Channel = 'telegram') =>
  until(
    `${count} messages to be taken`,
    async () => (await place.oracle.ask({ ask: 'count' }))[channel] >= before + count,
    { everyMs: 5 },
  );

export const takenSoFar = async (place: Place, channel: Channel = 'telegram'): Promise<number> =>
  (await place.oracle.ask({ ask: 'count' }))[channel];
