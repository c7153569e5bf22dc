import {
  type AbsenceOf,
  absences,
  calendarOf,
  type MissedCount,
  missedSessions,
  type SchoolCalendar,
} from '../../attendance/index.ts';
import { schoolDay } from '../../time/index.ts';
import type { Child } from '../children.ts';
import type { Reply, Say } from '../say.ts';
import { type Matter, openAction, type Talk } from '../talk.ts';
import { withdrawAction } from './report.ts';
import { countText, daysText, shortDay } from './words.ts';

const DAY_MS = 86_400_000;
/** Reports are shown so long after their last day. */
const SHOWN_DAYS = 7;
const ENTRIES_MOST = 8;

/** "/lich": what is known of the school year, the reports of absence with their state, the sessions missed so far. */
export const calendar: Matter = {
  name: 'calendar',
  words: ['/lich', '/calendar', 'lịch', 'lịch học', 'lịch nghỉ', 'lịch năm học', 'số buổi nghỉ', 'calendar'],
  async answer(talk) {
    const children = talk.children.filter((child) => !child.urgentOnly);
    if (!children.length) return [{ text: talk.say('chat:noRight') }];
    return [await overview(talk, children)];
  },
};

async function overview(talk: Talk, children: readonly Child[]): Promise<Reply> {
  const { ports, say } = talk;
  const db = ports.db.prisma;
  const today = schoolDay(ports.clock.now());
  const pupilIds = children.map((child) => child.pupilId);
  const schools = new Map(children.map((child) => [child.schoolId, child.school]));
  const [missed, reports] = await Promise.all([
    missedSessions(db, pupilIds),
    absences(db, { pupilIds, fromOn: new Date(today.getTime() - SHOWN_DAYS * DAY_MS) }),
  ]);
  const years: string[] = [];
  for (const [schoolId, name] of schools)
    years.push(yearText(say, schools.size > 1 ? name : '', await calendarOf(db, schoolId), today));
  const own = children.map((child) => childText(say, child, missed.get(child.pupilId), reports));
  const isMine = (one: AbsenceOf) =>
    children.some((child) => child.pupilId === one.pupilId && child.guardianId === one.guardianId);
  const open = reports.filter((one) => isMine(one) && (one.state === 'asked' || one.state === 'questioned'));
  return {
    text: [...years, ...own].join('\n\n'),
    buttons: [
      [{ label: say('talk:menu.absence'), action: openAction('absence') }],
      ...open.map((one) => [
        {
          label: say('absence:withdrawOf', { givenName: one.givenName, date: shortDay(one.fromOn) }),
          action: withdrawAction(one.id),
        },
      ]),
    ],
  };
}

/** What is over is not shown any more, terms excepted. */
function yearText(say: Say, school: string, known: SchoolCalendar | null, today: Date): string {
  if (!known) return say('absence:calendar.none');
  const head = say('absence:calendar.year', { year: known.yearLabel });
  const entries = known.entries
    .filter((one) => one.kind === 'term' || one.toOn >= today)
    .slice(0, ENTRIES_MOST)
    .map((one) =>
      one.fromOn.getTime() === one.toOn.getTime()
        ? say('absence:calendar.day', { name: one.name, on: shortDay(one.fromOn) })
        : say('absence:calendar.entry', {
            name: one.name,
            from: shortDay(one.fromOn),
            to: shortDay(one.toOn),
          }),
    );
  return [
    school ? `${school} – ${head}` : head,
    ...(entries.length ? entries : [say('absence:calendar.none')]),
  ].join('\n');
}

function childText(
  say: Say,
  { givenName, className, pupilId }: Child,
  missed: MissedCount | undefined,
  reports: readonly AbsenceOf[],
): string {
  const own = reports.filter((one) => one.pupilId === pupilId);
  const lines = own.map((one) =>
    say('absence:calendar.report', { days: daysText(say, one), state: say(`absence:state.${one.state}`) }),
  );
  return [
    say('absence:calendar.child', { givenName, className }),
    ...(missed ? [countText(say, missed)] : []),
    ...(lines.length ? lines : [say('absence:calendar.noReport')]),
  ].join('\n');
}
