// Whom a member of staff may write to: a teacher their own classes, a head and an administrator the whole school. Asked at
// every step anew, and once more when it is sent.

import type { Audience } from '../../notices/index.ts';
import { classKey, fold } from '../../school/index.ts';
import type { PrismaClient } from '../../store/prisma/client.ts';
import type { Place, Question, Step, Talk, Turn } from '../talk.ts';
import type { StaffRoleHere } from './staff-of.ts';

const WIDE: readonly string[] = ['head', 'administrator'];
const TEACHING: readonly string[] = ['formTeacher', 'subjectTeacher'];

export const isWide = ({ role }: StaffRoleHere): boolean => WIDE.includes(role);
export const teaches = ({ role, classId }: StaffRoleHere): boolean =>
  TEACHING.includes(role) && classId !== null;

/** At which school, and whom of it. Both parts left out: the whole school. */
export type Scope = { schoolId: string; audience: Pick<Audience, 'classIds' | 'grades'> };

/**
 * The role with which somebody may write to all of a scope; undefined: they may not.
 * @param wideOnly not as a teacher
 */
export function roleFor(
  staff: readonly StaffRoleHere[],
  { schoolId, audience }: Scope,
  wideOnly = false,
): StaffRoleHere | undefined {
  const here = staff.filter((one) => one.schoolId === schoolId);
  const wide = here.find(isWide);
  if (wideOnly) return wide;
  const { classIds = [] } = audience;
  const own = here.filter(teaches);
  const ofAll = classIds.length > 0 && classIds.every((id) => own.some((one) => one.classId === id));
  // Signed as the teacher of the class where somebody is both.
  return ofAll ? own.find((one) => one.classId === classIds[0]) : wide;
}

/** As it stands in a step: "s:<school>", "g:<school>:6,7", "c:<school>:<class>,<class>". */
export function scopeText({ schoolId, audience: { classIds, grades } }: Scope): string {
  if (classIds) return `c:${schoolId}:${classIds.join(',')}`;
  return grades ? `g:${schoolId}:${grades.join(',')}` : `s:${schoolId}`;
}

/** @returns null for anything that scopeText() does not write. */
export function readScope(text = ''): Scope | null {
  const [kind, schoolId = '', list = ''] = text.split(':');
  if (kind === 's' && schoolId) return { schoolId, audience: {} };
  if (!list) return null;
  if (kind === 'c') return { schoolId, audience: { classIds: list.split(',') } };
  return kind === 'g' ? { schoolId, audience: { grades: list.split(',').map(Number) } } : null;
}

type SchoolClassRow = { id: string; name: string; grade: number };

const classesOf = (db: PrismaClient, schoolId: string): Promise<SchoolClassRow[]> =>
  db.schoolClass.findMany({
    where: { schoolId, schoolYear: { current: true } },
    select: { id: true, name: true, grade: true },
    orderBy: [{ grade: 'asc' }, { nameKey: 'asc' }],
  });

/** "lớp 6A1", "khối 6, 7", "toàn trường". */
export async function scopeName(talk: Pick<Talk, 'ports' | 'say'>, scope: Scope): Promise<string> {
  const { classIds, grades } = scope.audience;
  const { say } = talk;
  if (grades) return say('staff:scope.grades', { names: grades.join(', ') });
  if (!classIds) return say('staff:scope.school');
  const rows = await classesOf(talk.ports.db.prisma, scope.schoolId);
  const names = rows.filter((one) => classIds.includes(one.id)).map((one) => one.name);
  return say('staff:scope.classes', { names: names.join(', ') });
}

type Option = { label: string; choice: string; scope: Scope };

/** What one may choose among; a choice is short enough for a button, and looked up anew when it is pressed. */
async function optionsFor(talk: Talk, wideOnly: boolean): Promise<Option[]> {
  const { staff, say } = talk;
  const wide = schoolsOf(staff);
  const own = wideOnly ? [] : staff.filter(teaches);
  const teaching = own.flatMap(({ classId, className, schoolId }) =>
    classId
      ? [
          {
            label: say('staff:scope.classes', { names: className ?? '' }),
            choice: `c:${classId}`,
            scope: { schoolId, audience: { classIds: [classId] } },
          },
        ]
      : [],
  );
  const options: Option[] = [...new Map(teaching.map((one) => [one.choice, one])).values()];
  for (const [index, { schoolId, school }] of wide.entries()) {
    const of = (name: string) => (wide.length > 1 ? `${school}: ${name}` : name);
    const grades = [...new Set((await classesOf(talk.ports.db.prisma, schoolId)).map((one) => one.grade))];
    options.push({
      label: of(say('staff:scope.school')),
      choice: `s${index}`,
      scope: { schoolId, audience: {} },
    });
    for (const grade of grades)
      options.push({
        label: of(say('staff:scope.grades', { names: String(grade) })),
        choice: `g${index}.${grade}`,
        scope: { schoolId, audience: { grades: [grade] } },
      });
  }
  return options;
}

const schoolsOf = (staff: readonly StaffRoleHere[]): StaffRoleHere[] => [
  ...new Map(staff.filter(isWide).map((one) => [one.schoolId, one])).values(),
];

const GRADES = /^(?:khoi|grades?) ([\d ]+)$/;
const CLASS_WORD = /^(?:các\s+)?(?:lớp|lop|class(?:es)?)\s+/iu;

/** "6A1, 6A2", "khối 6, 7" as somebody typed it; only where all of it is known at one school. */
async function readTyped(talk: Talk, typed: string): Promise<Scope | null> {
  const grades = GRADES.exec(fold(typed))?.[1]?.split(' ').map(Number);
  const names = typed.replace(CLASS_WORD, '').split(/[,;]|\s+và\s+/u);
  for (const { schoolId } of schoolsOf(talk.staff)) {
    const classes = await classesOf(talk.ports.db.prisma, schoolId);
    if (grades?.every((one) => classes.some(({ grade }) => grade === one)))
      return { schoolId, audience: { grades: [...new Set(grades)] } };
    const found = names.map((name) => classes.find((one) => classKey(one.name) === classKey(name))?.id);
    const ids = found.filter((id) => id !== undefined);
    if (ids.length === names.length) return { schoolId, audience: { classIds: [...new Set(ids)] } };
  }
  return null;
}

/** Where a choice is none: the one scope that somebody may write to; null: there are several, or none. */
export async function onlyScope(talk: Talk, wideOnly = false): Promise<Scope | null> {
  const [only, ...more] = await optionsFor(talk, wideOnly);
  return only && !more.length ? only.scope : null;
}

/** The step that asks whom it concerns, and leads to `next`. */
export const scopeStep = (wideOnly: boolean, next: (data: Place['data'], scope: string) => Place): Step => ({
  async ask(talk): Promise<Question | null> {
    const options = await optionsFor(talk, wideOnly);
    if (!options.length) return null;
    const typed = talk.staff.some(isWide);
    const rows = options.map(({ label, choice }) => [{ label, choice }]);
    return { text: talk.say(typed ? 'staff:scope.askWide' : 'staff:scope.ask'), options: rows, typed };
  },
  async take(talk, data, { choice, typed }): Promise<Turn> {
    const scope = choice
      ? (await optionsFor(talk, wideOnly)).find((one) => one.choice === choice)?.scope
      : await readTyped(talk, typed ?? '');
    return scope ? { go: next(data, scopeText(scope)) } : { again: talk.say('staff:scope.unknown') };
  },
});
