import { parseArgs } from 'node:util';
import { absences, missedSessions, reasonOf, setSessionsADay, takeBackMissed } from '../attendance/index.ts';
import { absenceWords, decideAbsence } from '../conversation/index.ts';
import { HubError } from '../errors.ts';
import type { Office } from '../office.ts';
import { findClass } from '../school/index.ts';
import { audit } from '../security/index.ts';
import { schoolDay } from '../time/index.ts';
import { CLI_ACTOR, type Command, inOffice, needed, print, schoolOf } from './command.ts';
import { readDayOption, showDay } from './day.ts';

const USAGE = `
lienlac absences [--day 25/11/2026] [--class 6A1] [--reasons]   who is away on that day (today), by class; what waits for an answer
lienlac absences accept --id …                                  for a teacher who has no chat
lienlac absences missed [--class 6A1]                           sessions missed so far, where attendance is known
lienlac absences attended --code <pupil code> --day 25/11/2026  the pupil was at school after all
lienlac absences sessions 1|2                                   how many sessions a whole day is
all:  [--school …]`;

const OPTIONS = {
  school: { type: 'string' },
  day: { type: 'string' },
  class: { type: 'string' },
  reasons: { type: 'boolean', default: false },
  id: { type: 'string' },
  code: { type: 'string' },
} as const;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

const parse = (args: string[]) => parseArgs({ args, options: OPTIONS, allowPositionals: true });
type Values = ReturnType<typeof parse>['values'];
type Deed = (office: Office, schoolId: string, values: Values, rest: readonly string[]) => Promise<void>;

const DEEDS: Record<string, Deed> = { list, accept, missed, attended, sessions };

/** lienlac absences [accept|missed|attended|sessions]: the list of the school office. */
export const absencesCommand: Command = async (args, settings) => {
  const { values, positionals } = parse(args);
  const [what = 'list', ...rest] = positionals;
  const deed = Object.hasOwn(DEEDS, what) ? DEEDS[what] : undefined;
  if (!deed || rest.length > (what === 'sessions' ? 1 : 0))
    throw new HubError('badInput', { problem: USAGE });
  return inOffice(settings, async (office) => {
    const school = await schoolOf(office, values.school);
    await deed(office, school.id, values, rest);
    return 0;
  });
};

const classIdsOf = async ({ db }: Office, schoolId: string, name: string | undefined) =>
  name === undefined ? {} : { classIds: [(await findClass(db.prisma, { schoolId, name })).id] };

/** Reasons are of health: they are shown when asked for, and that is kept. */
async function list(office: Office, schoolId: string, values: Values): Promise<void> {
  const { db, clock, sealer, texts } = office;
  const now = clock.now();
  const day = values.day === undefined ? schoolDay(now) : readDayOption(values.day, 'day');
  const found = await absences(db.prisma, {
    schoolIds: [schoolId],
    ...(await classIdsOf(office, schoolId, values.class)),
    states: ['asked', 'questioned', 'accepted'],
    fromOn: day,
    toOn: day,
    most: 10_000,
  });
  const words = absenceWords(texts, 'vi');
  await audit(db.prisma, {
    orgUnitId: schoolId,
    at: now,
    actor: CLI_ACTOR,
    action: values.reasons ? 'absence.reasons' : 'absence.list',
    subject: `school:${schoolId}`,
    data: { count: found.length },
  });
  print(`${showDay(day)}: ${found.length}`);
  const byClass = [...found].sort((a, b) => a.className.localeCompare(b.className, 'vi', { numeric: true }));
  for (const one of byClass) {
    const reason = values.reasons ? `  ${words.reason(reasonOf(sealer, one))}` : '';
    print(
      `  ${one.className}  ${one.fullName}  ${words.days(one)}  ${words.state(one.state)}${reason}  [${one.id}]`,
    );
  }
}

async function accept(office: Office, schoolId: string, values: Values): Promise<void> {
  const { db, texts } = office;
  const id = needed(values.id, 'id');
  const [found] = UUID.test(id) ? await absences(db.prisma, { id, schoolIds: [schoolId] }) : [];
  if (!found) throw new HubError('notFound');
  await decideAbsence(office, found, 'accepted', { actor: CLI_ACTOR, name: '', staffId: null });
  const [now = found] = await absences(db.prisma, { id });
  print(`${now.fullName}  ${absenceWords(texts, 'vi').state(now.state)}`);
}

async function missed(office: Office, schoolId: string, values: Values): Promise<void> {
  const { classIds = null } = await classIdsOf(office, schoolId, values.class);
  const pupils = await office.db.prisma.pupil.findMany({
    where: {
      schoolId,
      leftAt: null,
      enrolments: {
        some: {
          closedAt: null,
          schoolClass: { schoolYear: { current: true } },
          ...(classIds ? { classId: { in: classIds } } : {}),
        },
      },
    },
    select: { id: true, fullName: true, code: true },
  });
  const counts = await missedSessions(
    office.db.prisma,
    pupils.map((one) => one.id),
  );
  const known = pupils.flatMap((one) => {
    const count = counts.get(one.id);
    return count?.count ? [{ ...one, ...count }] : [];
  });
  const bound = (most: number | null) => (most === null ? '' : `/${most}`);
  for (const { fullName, code, count, unexcused, until, most } of known.sort((a, b) => b.count - a.count))
    print(`${count}${bound(most)}  (K: ${unexcused})  ${code}  ${fullName}  – ${showDay(until)}`);
}

async function attended({ db, clock }: Office, schoolId: string, values: Values): Promise<void> {
  const day = readDayOption(needed(values.day, 'day'), 'day');
  const code = needed(values.code, 'code');
  const pupil = await db.prisma.pupil.findUnique({ where: { schoolId_code: { schoolId, code } } });
  if (!pupil) throw new HubError('notFound');
  const about = { schoolId, pupilId: pupil.id, day, actor: CLI_ACTOR };
  const count = await db.prisma.$transaction((tx) => takeBackMissed(tx, about, clock.now()));
  print(`${pupil.fullName}  ${showDay(day)}  –${count}`);
}

async function sessions(
  { db, clock }: Office,
  schoolId: string,
  _values: Values,
  [typed]: readonly string[],
): Promise<void> {
  const count = typed === '1' ? 1 : typed === '2' ? 2 : null;
  if (count === null) throw new HubError('badInput', { problem: USAGE });
  await db.prisma.$transaction((tx) => setSessionsADay(tx, schoolId, count, CLI_ACTOR, clock.now()));
  print(`cả ngày / a whole day: ${count}`);
}
