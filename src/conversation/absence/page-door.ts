import { createHash } from 'node:crypto';
import { absences, REASON_MOST } from '../../attendance/index.ts';
import type { DayPart } from '../../store/prisma/enums.ts';
import { schoolDay } from '../../time/index.ts';
import { type Child, childrenOf } from '../children.ts';
import type { Say } from '../say.ts';
import { AHEAD_MOST, DAYS_MOST } from './read-days.ts';
import { maySpeakFor, type Report, type ReportPorts, sendReport, toldOf, understood } from './send-report.ts';
import { daysText } from './words.ts';

const DAY_MS = 86_400_000;
const SHOWN_DAYS = 7;

/** What a family on e-mail sees of its children and its reports. */
export type AbsencePlace = {
  language: string;
  school: string;
  children: readonly Pick<Child, 'guardianshipId' | 'givenName' | 'className'>[];
  /** One line each, with what became of it. */
  reports: readonly string[];
};

export type TypedReport = { of: string; days: string; part: DayPart; reason: string; key: string };

export interface AbsenceDoor {
  /** Null: the address is nobody's any more, or its guardian may report for no child. */
  place(contactId: string): Promise<AbsencePlace | null>;
  /** The same `key` makes one report. `done` false: the words say what to mend. */
  report(contactId: string, typed: TypedReport): Promise<{ done: boolean; words: string } | null>;
}

/** Reports of absence for those who have no chat: what the pages know of it. */
export function openAbsenceDoor(ports: ReportPorts): AbsenceDoor {
  const { db, texts, clock } = ports;

  async function here(contactId: string) {
    const contact = await db.prisma.contact.findUnique({ where: { id: contactId } });
    if (contact?.state !== 'active') return null;
    const children = (await childrenOf(db.prisma, contact)).filter(
      (child) => child.contactId === contactId && maySpeakFor(child),
    );
    const [first] = children;
    // A page is plain text: nothing of it is read as markup.
    const say: Say = (key, values) => texts.say(first?.language ?? 'vi', key, values);
    return first ? { contact, children, first, say } : null;
  }

  return {
    async place(contactId) {
      const found = await here(contactId);
      if (!found) return null;
      const { children, first, say } = found;
      const fromOn = new Date(schoolDay(clock.now()).getTime() - SHOWN_DAYS * DAY_MS);
      const all = await absences(db.prisma, { pupilIds: children.map((child) => child.pupilId), fromOn });
      const reports = all.map((one) => {
        const about = { child: one.givenName, className: one.className, days: daysText(say, one) };
        return say('absence:page.report', { ...about, state: say(`absence:state.${one.state}`) });
      });
      return { language: first.language, school: first.school, children, reports };
    },
    async report(contactId, typed) {
      const found = await here(contactId);
      const child = found?.children.find((one) => one.guardianshipId === typed.of);
      if (!found || !child) return null;
      const { contact, say } = found;
      const reason = typed.reason.trim();
      const days = await understood(ports, child, typed.days);
      const limits = { ahead: String(AHEAD_MOST), days: String(DAYS_MOST), most: String(REASON_MOST) };
      if ('problem' in days) return { done: false, words: say(`absence:problem.${days.problem}`, limits) };
      if (reason.length > REASON_MOST)
        return { done: false, words: say('absence:problem.longReason', limits) };
      const report: Report = {
        child,
        days: { fromOn: days.from, toOn: days.to, part: days.part ?? typed.part },
        reason: reason ? { text: reason } : null,
        attachmentId: null,
        updateId: updateIdOf(contactId, typed.key),
        accountId: contact.accountId,
        address: contact.address,
      };
      return { done: true, words: toldOf(say, report, await sendReport(ports, report), clock.now()) };
    },
  };
}

/** Pages have no updates: a number below zero, which no update has, and which is this address's own. */
function updateIdOf(contactId: string, key: string): string {
  const digest = createHash('sha256').update(`${contactId}:${key}`).digest();
  return String(-(digest.readBigUInt64BE() >> 1n) - 1n);
}
