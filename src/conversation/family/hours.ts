import { setWish } from '../../notices/index.ts';
import { clockText, SCHOOL_OFFSET_MIN } from '../../time/index.ts';
import { dateText, readDay } from '../day.ts';
import type { Question, Step, Talk, Turn } from '../talk.ts';

// When a guardian wants to be left alone: quiet hours every night, a pause until a day. Safety notices go by neither.

const DAY_MS = 86_400_000;
const SCHOOL_OFFSET_MS = SCHOOL_OFFSET_MIN * 60_000;
const NIGHTS = ['21:00-06:30', '20:00-07:00', '22:00-06:00', '18:00-06:30'] as const;
const DAYS = [3, 7, 14, 30] as const;
/** Nobody is away for longer; who is, asks again. */
const PAUSE_DAYS_MOST = 366;

export type Hours = { quietFromMin: number | null; quietToMin: number | null };

export function hoursText({ say, ports }: Talk, guardian: Hours): string {
  const from = guardian.quietFromMin ?? ports.rules.quiet.fromMin;
  const to = guardian.quietToMin ?? ports.rules.quiet.toMin;
  return from === to
    ? say('talk:hours.none')
    : say('talk:hours.quiet', { from: clockText(from), to: clockText(to) });
}

export const pauseText = ({ say }: Talk, until: Date): string =>
  say('talk:hours.paused', { date: dateText(until) });

/** "21:00-6:30", "21h - 6h30", "21 đến 6"; null: no hours. */
export function readHours(text: string): { quietFromMin: number; quietToMin: number } | null {
  const [, h1, m1, h2, m2] =
    /^\D*(\d{1,2})\s*(?:[:h.g]\s*(\d{2})?)?\s*(?:giờ|gio)?\s*(?:-|–|—|đến|den|tới|toi|to)\s*(\d{1,2})\s*(?:[:h.g]\s*(\d{2})?)?\D*$/iu.exec(
      text.normalize('NFC'),
    ) ?? [];
  if (h1 === undefined || h2 === undefined) return null;
  const [from, to] = [Number(h1) * 60 + Number(m1 ?? 0), Number(h2) * 60 + Number(m2 ?? 0)];
  const isTime = (hours: string, minutes: string | undefined) =>
    Number(hours) < 24 && Number(minutes ?? 0) < 60;
  return isTime(h1, m1) && isTime(h2, m2) ? { quietFromMin: from, quietToMin: to } : null;
}

/** Every guardian that this chat speaks for, once; they may be of several schools. */
const guardiansOf = ({ children }: Talk): { schoolId: string; guardianId: string }[] => [
  ...new Map(children.map(({ schoolId, guardianId }) => [guardianId, { schoolId, guardianId }])).values(),
];

async function wish(talk: Talk, what: Parameters<typeof setWish>[3]): Promise<void> {
  const { db, rules, clock: now } = talk.ports;
  for (const guardian of guardiansOf(talk)) await setWish(db.prisma, rules, guardian, what, now.now());
}

export const quietStep: Step = {
  async ask({ say, children }): Promise<Question | null> {
    if (!children.length) return null;
    const rows = NIGHTS.map((night) => [{ label: night.replace('-', ' – '), choice: night }]);
    return {
      text: say('talk:hours.askQuiet'),
      options: [...rows, [{ label: say('talk:hours.noQuiet'), choice: '00:00-00:00' }]],
      typed: true,
    };
  },
  async take(talk, _data, answer): Promise<Turn> {
    const hours = readHours(answer.choice ?? answer.typed);
    if (!hours) return { again: talk.say('talk:hours.badHours') };
    await wish(talk, hours);
    return { replies: [{ text: `${hoursText(talk, hours)}\n${talk.say('talk:settings.safety')}` }] };
  },
};

export const pauseStep: Step = {
  async ask({ say, children }): Promise<Question | null> {
    if (!children.length) return null;
    const days = DAYS.map((count) => ({
      label: say('talk:hours.days', { count: String(count) }),
      choice: `d${count}`,
    }));
    return {
      text: say('talk:hours.askPause'),
      options: [days.slice(0, 2), days.slice(2), [{ label: say('talk:hours.noPause'), choice: 'none' }]],
      typed: true,
    };
  },
  async take(talk, _data, answer): Promise<Turn> {
    const now = talk.ports.clock.now();
    if (answer.choice === 'none') {
      await wish(talk, { pausedUntil: null });
      return { replies: [{ text: talk.say('talk:hours.resumed') }] };
    }
    const until =
      answer.choice !== undefined
        ? new Date(now.getTime() + Number(answer.choice.slice(1)) * DAY_MS)
        : startOf(readDay(answer.typed, now));
    if (!until || until <= now || until.getTime() > now.getTime() + PAUSE_DAYS_MOST * DAY_MS)
      return { again: talk.say('talk:hours.badDay') };
    await wish(talk, { pausedUntil: until });
    return { replies: [{ text: `${pauseText(talk, until)}\n${talk.say('talk:settings.safety')}` }] };
  },
};

/** The midnight at school with which a day begins. */
const startOf = (day: Date | null): Date | null => day && new Date(day.getTime() - SCHOOL_OFFSET_MS);
