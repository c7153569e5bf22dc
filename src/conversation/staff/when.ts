import { SCHOOL_OFFSET_MIN, schoolDay } from '../../time/index.ts';
import { readTime } from '../day.ts';
import type { Place, Question, Step, Talk, Turn } from '../talk.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** When parents are home from work; before they leave. Minutes since midnight at school. */
const EVENING_MIN = 17 * 60 + 30;
const MORNING_MIN = 6 * 60 + 45;
const AHEAD_MOST_MS = 62 * DAY_MS;

/** What is offered now, by choice. */
function offersOf({ ports }: Talk): Map<string, Date> {
  const now = ports.clock.now();
  const at = (days: number, minute: number) =>
    new Date(schoolDay(now).getTime() + days * DAY_MS + (minute - SCHOOL_OFFSET_MIN) * MINUTE_MS);
  const evening = at(0, EVENING_MIN);
  const morning = at(1, MORNING_MIN);
  return new Map([...(evening > now ? [['evening', evening] as const] : []), ['morning', morning] as const]);
}

/** The step that asks for a time to come; `then` goes on with it. */
export const whenStep = (
  may: (talk: Talk, data: Place['data']) => boolean,
  then: (talk: Talk, data: Place['data'], at: Date) => Promise<Turn>,
): Step => ({
  async ask(talk, data): Promise<Question | null> {
    if (!may(talk, data)) return null;
    const options = [...offersOf(talk).keys()].map((choice) => [
      { label: talk.say(`staff:when.${choice}`), choice },
    ]);
    return { text: talk.say('staff:when.ask'), options, typed: true };
  },
  async take(talk, data, { choice, typed }): Promise<Turn> {
    const now = talk.ports.clock.now();
    const at = choice ? offersOf(talk).get(choice) : readTime(typed ?? '', now);
    const isAhead = at && at > now && at.getTime() - now.getTime() <= AHEAD_MOST_MS;
    return isAhead ? then(talk, data, at) : { again: talk.say('staff:when.bad') };
  },
});
