import {
  type AbsenceOf,
  type AbsenceReason,
  type AbsentDays,
  absences,
  calendarOf,
  isDayOff,
  keepAbsence,
} from '../../attendance/index.ts';
import type { DayPart } from '../../store/prisma/enums.ts';
import { schoolDay } from '../../time/index.ts';
import type { Child } from '../children.ts';
import { dayText, timeText } from '../day.ts';
import type { Say } from '../say.ts';
import type { ConversationPorts } from '../talk.ts';
import { type Asked, askStaff } from './letters.ts';
import { type ReadDays, readDays } from './read-days.ts';
import { daysText } from './words.ts';

const DAY_MS = 86_400_000;

export type ReportPorts = Pick<
  ConversationPorts,
  'db' | 'texts' | 'clock' | 'sealer' | 'office' | 'rules' | 'attachments' | 'post'
>;

/** Whoever gets nothing but safety notices about a child does not speak for it either. */
export const maySpeakFor = (child: Child): boolean => !child.urgentOnly;

/** The days that were typed, when there is school on one of them. */
export async function understood(
  { db, clock }: Pick<ReportPorts, 'db' | 'clock'>,
  { schoolId }: Child,
  typed: string,
): Promise<ReadDays> {
  const read = readDays(typed, schoolDay(clock.now()));
  if ('problem' in read) return read;
  const calendar = await calendarOf(db.prisma, schoolId);
  const count = (read.to.getTime() - read.from.getTime()) / DAY_MS + 1;
  const days = Array.from({ length: count }, (_, ahead) => new Date(read.from.getTime() + ahead * DAY_MS));
  return days.every((day) => isDayOff(day, calendar)) ? { problem: 'noSchool' } : read;
}

export type Report = {
  child: Child;
  days: AbsentDays;
  reason: AbsenceReason;
  attachmentId: string | null;
  /** The same one makes one report. */
  updateId: string;
  /** Where the answer goes. */
  accountId: string;
  address: string;
};

export type Sent = { earlier: AbsenceOf } | { id: string; asked: Asked | null };

/** Keeps a report and asks whoever decides; or names an earlier one of this child for the same time. */
export async function sendReport(ports: ReportPorts, report: Report): Promise<Sent> {
  const { child, days, reason, attachmentId, updateId, accountId, address } = report;
  const earlier = await before(ports, report);
  if (earlier) return { earlier };
  const { schoolId, pupilId, guardianId } = child;
  const now = ports.clock.now();
  const sent = await ports.db.prisma.$transaction(async (tx) => {
    const given = {
      schoolId,
      pupilId,
      guardianId,
      ...days,
      reason,
      attachmentId,
      updateId,
      accountId,
      address,
    };
    const { id } = await keepAbsence(tx, ports.sealer, given, now);
    if (attachmentId) await ports.attachments.use(tx, attachmentId, `absence:${id}`);
    const [made] = await absences(tx, { id });
    return { id, asked: made ? await askStaff(tx, ports, made, now) : null };
  });
  ports.post.kick();
  return sent;
}

const clash = (a: DayPart, b: DayPart): boolean => a === b || a === 'wholeDay' || b === 'wholeDay';

/** A report of the same child for the same time; not the one that this very update has made. */
async function before(
  { db }: ReportPorts,
  { child, days, updateId }: Report,
): Promise<AbsenceOf | undefined> {
  const found = await absences(db.prisma, {
    pupilIds: [child.pupilId],
    states: ['asked', 'questioned', 'accepted'],
    fromOn: days.fromOn,
    toOn: days.toOn,
  });
  return found.find((one) => clash(one.part, days.part) && String(one.updateId) !== updateId);
}

/** What is said of it: who will decide, and when they read it; the plain truth where nobody can be written to. */
export function toldOf(say: Say, { child, days }: Report, sent: Sent, now: Date): string {
  const about = { givenName: child.givenName, className: child.className };
  if ('earlier' in sent) {
    const { earlier } = sent;
    const when = { days: daysText(say, earlier), state: say(`absence:state.${earlier.state}`) };
    return say('absence:already', { ...about, ...when });
  }
  const values = { ...about, days: daysText(say, days) };
  const { asked } = sent;
  const whom = asked?.whom ?? 'nobody';
  if (!asked || whom === 'nobody') return say('absence:sent.nobody', values);
  if (asked.at <= now) return say(`absence:sent.${whom}`, values);
  return say(`absence:held.${whom}`, { ...values, time: timeText(asked.at), date: dayText(asked.at) });
}
