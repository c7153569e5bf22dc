import { type AbsenceOf, absences } from '../../attendance/index.ts';
import { audit } from '../../security/index.ts';
import { schoolDay } from '../../time/index.ts';
import { dayText, timeText } from '../day.ts';
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
import { openThread } from '../threads/open-thread.ts';
import { writeToGuardian } from '../threads/threads.ts';
import { type Decider, decideAbsence } from './decide.ts';
import { DECIDE, decideButtons, fileOf, reportText } from './letters.ts';
import { daysText, shortDay } from './words.ts';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
/** As many as a screen holds; the office's list has all. */
const LISTED_MOST = 12;
const WHOLE_SCHOOL = ['head', 'administrator'];

/** "/donnghi": reports of absence for those who decide; also what stands below the letters about them. */
export const leave: Matter = {
  name: DECIDE,
  words: ['/donnghi', 'đơn nghỉ', 'đơn xin nghỉ', 'don xin nghi', 'don nghi'],
  who: 'staff',
  async answer(talk, { argument, pressed }) {
    const [what = '', id = ''] = pressed ? argument.split('.') : [];
    if (!id) return list(talk);
    const found = await decidable(talk, id);
    if (!found) return [{ text: talk.say('absence:staff.gone') }];
    if (what === 'q' && isOpen(found.absence)) return { matter: DECIDE, step: 'question', data: { id } };
    // A picture's words cannot be changed where it stands.
    if (what === 'a') return [{ ...(await accept(talk, found)), inPlace: !found.absence.attachmentId }];
    return [await opened(talk, found)];
  },
  steps: { question: { ask: askQuestion, take: takeQuestion } },
};

type Found = { absence: AbsenceOf; by: Decider };

const isOpen = ({ state }: AbsenceOf): boolean => state === 'asked' || state === 'questioned';

/** The report, if this chat's member of staff may decide about it now. */
async function decidable({ ports, staff }: Talk, id: string): Promise<Found | null> {
  if (!UUID.test(id)) return null;
  const [absence] = await absences(ports.db.prisma, { id });
  if (!absence) return null;
  const here = staff.filter((one) => one.schoolId === absence.schoolId);
  const duty = await ports.db.prisma.duty.findMany({ where: { schoolId: absence.schoolId } });
  const may = here.find(
    ({ role, classId, staffId }) =>
      WHOLE_SCHOOL.includes(role) ||
      (role === 'formTeacher' && classId !== null && classId === absence.classId) ||
      duty.some((one) => one.staffId === staffId),
  );
  if (!may) return null;
  const { staffId, fullName } = may;
  return { absence, by: { actor: `staff:${staffId}`, name: fullName, staffId } };
}

/** A report that somebody asks for again, with what came along; who reads the reason is kept. */
async function opened(talk: Talk, { absence, by }: Found): Promise<Reply> {
  const { db, clock } = talk.ports;
  await audit(db.prisma, {
    orgUnitId: absence.schoolId,
    at: clock.now(),
    actor: by.actor,
    action: 'absence.read',
    subject: `absence:${absence.id}`,
  });
  return { ...(await shown(talk, absence)), ...fileOf(absence) };
}

/** The words of a report, and how it stands. */
async function shown(talk: Talk, absence: AbsenceOf, line?: string): Promise<Reply> {
  const { ports, say } = talk;
  const state = line ?? say(`absence:state.${absence.state}`);
  return {
    text: `${await reportText(ports.db.prisma, say, ports.sealer, absence)}\n\n${state}`,
    buttons: isOpen(absence) && line === undefined ? decideButtons(say, absence.id) : [],
  };
}

/** A second press says the same again and tells nobody twice. */
async function accept(talk: Talk, { absence, by }: Found): Promise<Reply> {
  const { ports, say } = talk;
  const { first, told } = await decideAbsence(ports, absence, 'accepted', by);
  ports.post.kick();
  const words = told ? 'absence:staff.accepted' : 'absence:staff.acceptedUntold';
  if (first) return shown(talk, { ...absence, state: 'accepted' }, say(words));
  const [now = absence] = await absences(ports.db.prisma, { id: absence.id });
  if (now.state === 'withdrawn') return shown(talk, now);
  const name = await nameOf(talk, now.decidedBy);
  return shown(
    talk,
    now,
    say(now.decidedBy === by.actor ? 'absence:staff.accepted' : 'absence:staff.acceptedBy', { by: name }),
  );
}

async function nameOf({ ports, say }: Talk, actor: string | null): Promise<string> {
  const [, staffId] = /^staff:(.+)$/.exec(actor ?? '') ?? [];
  const staff = staffId ? await ports.db.prisma.staff.findUnique({ where: { id: staffId } }) : null;
  return staff?.fullName ?? say('absence:staff.school');
}

async function askQuestion(talk: Talk, { id = '' }: Place['data']): Promise<Question | null> {
  const found = await decidable(talk, id);
  if (!found || !isOpen(found.absence)) return null;
  const { absence } = found;
  const about = {
    givenName: absence.givenName,
    className: absence.className,
    days: daysText(talk.say, absence),
  };
  return { text: talk.say('absence:staff.askQuestion', about), typed: true };
}

/** The question goes the way of everything that a teacher writes to a family: into their thread about the child. */
async function takeQuestion(talk: Talk, { id = '' }: Place['data'], { typed }: Answer): Promise<Turn> {
  const { ports, say } = talk;
  const found = await decidable(talk, id);
  if (!found?.by.staffId || !typed || !isOpen(found.absence))
    return { replies: [{ text: say('absence:staff.gone') }] };
  const { absence, by } = found;
  const { schoolId, pupilId, guardianId, accountId, address, givenName } = absence;
  const about = { schoolId, pupilId, guardianId, accountId, address, staffId: found.by.staffId };
  const threadId = await openThread(ports.db.prisma, about);
  const text = `${say('absence:staff.about', { days: daysText(say, absence) })}\n${typed}`;
  const at = await writeToGuardian(talk, threadId, text);
  if (!at) return { replies: [{ text: say('talk:thread.noChat', { givenName }) }] };
  await decideAbsence(ports, absence, 'questioned', by);
  const when = { time: timeText(at), date: dayText(at) };
  return {
    replies: [
      {
        text:
          at > ports.clock.now()
            ? say('talk:thread.heldForGuardian', { givenName, ...when })
            : say('absence:staff.questioned', { givenName }),
        buttons: decideButtons(say, absence.id).map((row) => row.slice(0, 1)),
      },
    ],
  };
}

/** Today's reports and those to come, of the classes that this person answers for. */
async function list(talk: Talk): Promise<Reply[]> {
  const { ports, say, staff } = talk;
  const now = ports.clock.now();
  const schoolIds = staff.filter(({ role }) => WHOLE_SCHOOL.includes(role)).map((one) => one.schoolId);
  const classIds = staff.flatMap(({ role, classId }) => (role === 'formTeacher' && classId ? [classId] : []));
  const fromOn = schoolDay(now);
  const states = ['asked', 'questioned', 'accepted'] as const;
  const found = [
    ...(classIds.length ? await absences(ports.db.prisma, { classIds, fromOn, states }) : []),
    ...(schoolIds.length ? await absences(ports.db.prisma, { schoolIds, fromOn, states }) : []),
  ];
  const all = [...new Map(found.map((one) => [one.id, one])).values()];
  if (!all.length) return [{ text: say('absence:staff.none') }];
  for (const schoolId of new Set(all.map((one) => one.schoolId)))
    await audit(ports.db.prisma, {
      orgUnitId: schoolId,
      at: now,
      actor: `staff:${staff[0]?.staffId ?? ''}`,
      action: 'absence.list',
      subject: `school:${schoolId}`,
      data: { count: all.filter((one) => one.schoolId === schoolId).length },
    });
  const lines = all.slice(0, LISTED_MOST).map((one) =>
    say('absence:staff.line', {
      child: one.fullName,
      className: one.className,
      days: daysText(say, one),
      state: say(`absence:state.${one.state}`),
    }),
  );
  const more = all.length - LISTED_MOST;
  const head = say('absence:staff.head');
  return [
    {
      text: [head, ...lines, ...(more > 0 ? [say('absence:staff.more', { count: String(more) })] : [])].join(
        '\n',
      ),
      buttons: all
        .slice(0, LISTED_MOST)
        .filter(isOpen)
        .map((one) => [
          {
            label: say('absence:staff.open', {
              givenName: one.givenName,
              className: one.className,
              date: shortDay(one.fromOn),
            }),
            action: openAction(DECIDE, `v.${one.id}`),
          },
        ]),
    },
  ];
}
