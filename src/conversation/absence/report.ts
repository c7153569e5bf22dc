import {
  type AbsenceReason,
  type AbsentDays,
  absences,
  calendarOf,
  isDayOff,
  REASON_MOST,
} from '../../attendance/index.ts';
import { DayPart } from '../../store/prisma/enums.ts';
import { schoolDay, schoolMinuteOfDay } from '../../time/index.ts';
import type { Child } from '../children.ts';
import type { Reply } from '../say.ts';
import {
  type Answer,
  type Matter,
  openAction,
  type Place,
  type Question,
  type Talk,
  type Turn,
} from '../talk.ts';
import { decideAbsence } from './decide.ts';
import { AHEAD_MOST, DAYS_MOST, namesDays, type ReadDays } from './read-days.ts';
import { maySpeakFor, type Report, sendReport, toldOf, understood } from './send-report.ts';
import { daysText, namedDay, reasonText } from './words.ts';

const NAME = 'absence';
const DAY_MS = 86_400_000;
const NOON = 12 * 60;
/** After that hour nobody means today. */
const EVENING = 17 * 60;
const DAYS_OFFERED = 3;
const DAYS_LOOKED = 14;
const REASONS = ['sick', 'family'] as const;
const PARTS = Object.values(DayPart);

/** "/nghi": which child, which days, which part of them, why; then the form teacher is asked. */
export const absence: Matter = {
  name: NAME,
  words: [
    '/nghi',
    '/xinnghi',
    '/absence',
    'xin nghỉ',
    'xin nghỉ học',
    'xin nghi hoc',
    'xin nghi',
    'nghỉ học',
    'nghi hoc',
    'xin phép nghỉ học',
  ],
  knows: namesDays,
  async answer(talk, { argument, pressed }) {
    const [what, id = ''] = pressed ? argument.split('.') : [];
    if (what === 'w') return [await withdraw(talk, id)];
    const all = mayReport(talk);
    const [only] = all;
    if (!only) return [{ text: talk.say('chat:noRight') }];
    if (all.length > 1) return at('child', {});
    const of = { of: only.guardianshipId };
    // "/nghi mai"
    const days = pressed ? { problem: 'unknown' } : await understood(talk.ports, only, argument);
    return 'problem' in days ? at('day', of) : afterDays(of, days);
  },
  steps: {
    child: {
      ask: askChild,
      take: async (_talk, _data, { choice = '' }) => ({ go: at('day', { of: choice }) }),
    },
    day: { ask: askDay, take: takeDay },
    part: {
      ask: askPart,
      take: async (_talk, data, { choice = '' }) => ({ go: at('reason', { ...data, part: choice }) }),
    },
    reason: { ask: askReason, take: takeReason },
    send: { ask: askSend, take: takeSend },
  },
};

const at = (step: string, data: Place['data']): Place => ({ matter: NAME, step, data });

const mayReport = ({ children }: Talk): Child[] => children.filter(maySpeakFor);

const childOf = (talk: Talk, { of }: Place['data']): Child | undefined =>
  mayReport(talk).find((one) => one.guardianshipId === of);

const about = ({ givenName, className }: Child) => ({ givenName, className });

async function askChild(talk: Talk): Promise<Question | null> {
  const all = mayReport(talk);
  if (!all.length) return null;
  return {
    text: talk.say('absence:ask.child'),
    options: all.map((child) => [
      { label: talk.say('talk:settings.child', about(child)), choice: child.guardianshipId },
    ]),
  };
}

const iso = (day: Date): string => day.toISOString().slice(0, 10);

const plus = (day: Date, days: number): Date => new Date(day.getTime() + days * DAY_MS);

const afterDays = (data: Place['data'], read: Exclude<ReadDays, { problem: unknown }>): Place => {
  const days = { ...data, from: iso(read.from), to: iso(read.to) };
  return read.part ? at('reason', { ...days, part: read.part }) : at('part', days);
};

async function askDay(talk: Talk, data: Place['data']): Promise<Question | null> {
  const child = childOf(talk, data);
  if (!child) return null;
  const now = talk.ports.clock.now();
  const today = schoolDay(now);
  const late = schoolMinuteOfDay(now) >= EVENING;
  const calendar = await calendarOf(talk.ports.db.prisma, child.schoolId);
  const days = Array.from({ length: DAYS_LOOKED }, (_, ahead) => plus(today, ahead))
    .filter((day) => !isDayOff(day, calendar) && (day > today || !late))
    .slice(0, DAYS_OFFERED);
  const label = (day: Date) => {
    const ahead = (day.getTime() - today.getTime()) / DAY_MS;
    const named = namedDay(talk.say, day);
    return ahead < 2 ? talk.say(ahead === 0 ? 'absence:today' : 'absence:tomorrow', { day: named }) : named;
  };
  return {
    text: talk.say('absence:ask.day', about(child)),
    options: days.map((day) => [{ label: label(day), choice: iso(day) }]),
    typed: true,
  };
}

async function takeDay(talk: Talk, data: Place['data'], answer: Answer): Promise<Turn> {
  if (answer.choice) return { go: at('part', { ...data, from: answer.choice, to: answer.choice }) };
  const child = childOf(talk, data);
  const read: ReadDays = child
    ? await understood(talk.ports, child, answer.typed ?? '')
    : { problem: 'unknown' };
  if ('problem' in read)
    return {
      again: talk.say(`absence:problem.${read.problem}`, {
        ahead: String(AHEAD_MOST),
        days: String(DAYS_MOST),
      }),
    };
  return { go: afterDays(data, read) };
}

/** Null: they are over by now, or what was kept cannot be read. */
function daysIn(talk: Talk, { from = '', to = '', part }: Place['data']): AbsentDays | null {
  const known = PARTS.find((one) => one === (part ?? 'wholeDay'));
  const [fromOn, toOn] = [new Date(from), new Date(to)];
  if (!known || Number.isNaN(fromOn.getTime()) || Number.isNaN(toOn.getTime())) return null;
  return fromOn < schoolDay(talk.ports.clock.now()) ? null : { fromOn, toOn, part: known };
}

async function askPart(talk: Talk, data: Place['data']): Promise<Question | null> {
  const child = childOf(talk, data);
  const days = daysIn(talk, data);
  if (!child || !days) return null;
  const now = talk.ports.clock.now();
  const isToday = days.fromOn.getTime() === days.toOn.getTime() && iso(days.fromOn) === iso(schoolDay(now));
  const parts = PARTS.filter((one) => !(one === 'morning' && isToday && schoolMinuteOfDay(now) >= NOON));
  return {
    text: talk.say('absence:ask.part', about(child)),
    options: parts.map((part) => [{ label: talk.say(`absence:part.${part}`), choice: part }]),
  };
}

async function askReason(talk: Talk, data: Place['data']): Promise<Question | null> {
  const child = childOf(talk, data);
  if (!child || !daysIn(talk, data)) return null;
  return {
    text: talk.say('absence:ask.reason', about(child)),
    options: [...REASONS, 'none'].map((one) => [{ label: talk.say(`absence:reason.${one}`), choice: one }]),
    typed: true,
    files: true,
  };
}

/** What a step keeps for the next one lies in the database: sealed, for whoever asks about this child. */
const sealedFor = (guardianshipId: string): string => `absenceStep:${guardianshipId}`;

async function takeReason(talk: Talk, data: Place['data'], answer: Answer): Promise<Turn> {
  const text = answer.typed?.trim() ?? '';
  const { attachment } = answer;
  if (answer.choice === undefined && !text && !attachment) return { again: talk.say('absence:ask.words') };
  if (text.length > REASON_MOST)
    return { again: talk.say('absence:problem.longReason', { most: String(REASON_MOST) }) };
  const kind = REASONS.find((one) => one === answer.choice);
  const reason: AbsenceReason = kind ? { kind } : text ? { text } : null;
  const sealed = talk.ports.sealer.seal(JSON.stringify(reason), sealedFor(data.of ?? ''));
  const kept = { ...data, reason: Buffer.from(sealed).toString('base64') };
  return { go: at('send', attachment ? { ...kept, file: attachment.id } : kept) };
}

const reasonIn = ({ ports }: Talk, { of = '', reason = '' }: Place['data']): AbsenceReason =>
  JSON.parse(ports.sealer.unseal(Buffer.from(reason, 'base64'), sealedFor(of))) as AbsenceReason;

async function askSend(talk: Talk, data: Place['data']): Promise<Question | null> {
  const child = childOf(talk, data);
  const days = daysIn(talk, data);
  if (!child || !days) return null;
  const { say } = talk;
  return {
    text: say('absence:ask.send', {
      ...about(child),
      days: daysText(say, days),
      reason: [reasonText(say, reasonIn(talk, data)), ...(data.file ? [say('absence:withFile')] : [])].join(
        ' ',
      ),
    }),
    options: [[{ label: say('absence:send'), choice: 'send' }]],
    files: true,
  };
}

async function takeSend(talk: Talk, data: Place['data'], { attachment }: Answer): Promise<Turn> {
  // The rest of an album, or a better picture: one goes along, the newest.
  if (attachment) return { instead: at('send', { ...data, file: attachment.id }) };
  const child = childOf(talk, data);
  const days = daysIn(talk, data);
  const { ports, account, address, say, updateId } = talk;
  if (!child || !days) return { replies: [{ text: say('talk:step.over') }] };
  const report: Report = {
    ...{ child, days, reason: reasonIn(talk, data), attachmentId: data.file ?? null },
    ...{ updateId, accountId: account.id, address },
  };
  const sent = await sendReport(ports, report);
  const text = toldOf(say, report, sent, ports.clock.now());
  if ('earlier' in sent) return { replies: [{ text }] };
  const button = { label: say('absence:withdraw'), action: withdrawAction(sent.id) };
  return { replies: [{ text, buttons: [[button]] }] };
}

export const withdrawAction = (id: string): string => openAction(NAME, `w.${id}`);

/** Whoever asked may take it back until it is decided; a second press says the same again. */
async function withdraw(talk: Talk, id: string): Promise<Reply> {
  const { ports, say } = talk;
  const [found] = /^[0-9a-f-]{36}$/.test(id) ? await absences(ports.db.prisma, { id }) : [];
  const isOwn = mayReport(talk).some(
    (one) => one.guardianId === found?.guardianId && one.pupilId === found.pupilId,
  );
  if (!found || !isOwn) return { text: say('absence:gone') };
  const values = { givenName: found.givenName, className: found.className, days: daysText(say, found) };
  await decideAbsence(ports, found, 'withdrawn', {
    actor: `guardian:${found.guardianId}`,
    name: '',
    staffId: null,
  });
  ports.post.kick();
  const [now = found] = await absences(ports.db.prisma, { id });
  return {
    text: say(now.state === 'withdrawn' ? 'absence:withdrawn' : 'absence:tooLate', values),
    inPlace: true,
  };
}
