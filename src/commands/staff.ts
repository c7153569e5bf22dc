import { parseArgs } from 'node:util';
import { HubError } from '../errors.ts';
import type { Office } from '../office.ts';
import {
  addStaff,
  findClass,
  issueStaffCode,
  type StaffMember,
  showLinkCode,
  staffNamed,
} from '../school/index.ts';
import { Role } from '../store/prisma/enums.ts';
import { CLI_ACTOR, type Command, inOffice, needed, print, schoolOf } from './command.ts';

const ROLES = Object.values(Role);

const USAGE = `
lienlac staff add --name … --role ${ROLES.join('|')} [--class 6A1]
lienlac staff code --name …            a one-time code with which they link their own chat
lienlac staff duty --name … [--off]    who is told at once of what parents call urgent outside office hours
lienlac staff list
all:  [--school …]`;

const OPTIONS = {
  school: { type: 'string' },
  name: { type: 'string' },
  role: { type: 'string' },
  class: { type: 'string' },
  off: { type: 'boolean', default: false },
} as const;

const parse = (args: string[]) => parseArgs({ args, options: OPTIONS });
type Values = ReturnType<typeof parse>['values'];
type Deed = (office: Office, schoolId: string, values: Values) => Promise<void>;

const DEEDS: Record<string, Deed> = { add, code, duty, list };

/** lienlac staff add|code|duty|list: who works at the school, and their own chat. */
export const staffCommand: Command = async ([what = '', ...rest], settings) => {
  const deed = Object.hasOwn(DEEDS, what) ? DEEDS[what] : undefined;
  if (!deed) throw new HubError('badInput', { problem: USAGE });
  const { values } = parse(rest);
  return inOffice(settings, async (office) => {
    const school = await schoolOf(office, values.school);
    await deed(office, school.id, values);
    return 0;
  });
};

async function add(office: Office, schoolId: string, values: Values): Promise<void> {
  const fullName = needed(values.name, 'name');
  const role = ROLES.find((one) => one === values.role);
  if (!role) throw new HubError('badInput', { problem: `--role ${ROLES.join('|')}` });
  const ofClass = role === 'formTeacher' || role === 'subjectTeacher';
  const classId = ofClass
    ? (await findClass(office.db.prisma, { schoolId, name: needed(values.class, 'class') })).id
    : null;
  const given = { schoolId, fullName, role, classId, actor: CLI_ACTOR };
  const { id } = await addStaff(office.db.prisma, given, office.clock.now());
  print(`${fullName}  ${role}  ${values.class ?? ''}  [${id}]`);
}

async function named(office: Office, schoolId: string, values: Values): Promise<StaffMember> {
  const found = await staffNamed(office.db.prisma, schoolId, needed(values.name, 'name'));
  if (!found) throw new HubError('notFound');
  return found;
}

async function code(office: Office, schoolId: string, values: Values): Promise<void> {
  const { id: staffId, fullName } = await named(office, schoolId, values);
  const about = { schoolId, staffId, days: office.settings.LINK_CODE_DAYS, actor: CLI_ACTOR };
  const made = await issueStaffCode(office.db.prisma, office.signer, about, office.clock.now());
  print(`${showLinkCode(made)}  ${fullName}`);
}

async function duty(office: Office, schoolId: string, values: Values): Promise<void> {
  const { id: staffId, fullName } = await named(office, schoolId, values);
  const key = { schoolId, staffId };
  if (values.off) await office.db.prisma.duty.deleteMany({ where: key });
  else await office.db.prisma.duty.createMany({ data: [key], skipDuplicates: true });
  print(`${fullName}  ${values.off ? '–' : 'trực / on duty'}`);
}

async function list(office: Office, schoolId: string): Promise<void> {
  const roles = await office.db.prisma.staffRole.findMany({
    where: { orgUnitId: schoolId, staff: { disabledAt: null } },
    include: { staff: { include: { contacts: { where: { endedAt: null } } } }, schoolClass: true },
    orderBy: [{ role: 'asc' }, { staff: { fullName: 'asc' } }],
  });
  for (const { staff, role, schoolClass } of roles) {
    const chat = staff.contacts.length ? 'chat ✓' : 'chat –';
    print(`${staff.fullName}  ${role}  ${schoolClass?.name ?? ''}  ${chat}`);
  }
}
