import { parseArgs } from 'node:util';
import { calendarOf, dropCalendarEntry, setCalendarEntry } from '../attendance/index.ts';
import { HubError } from '../errors.ts';
import type { Office } from '../office.ts';
import { CLI_ACTOR, type Command, inOffice, needed, print, schoolOf } from './command.ts';
import { readDayOption, showDay } from './day.ts';

const USAGE = `
lienlac calendar                                           the school year as families see it
lienlac calendar term --name "Học kỳ I" --from 05/09/2026 --to 16/01/2027
lienlac calendar holiday --name "Nghỉ Tết" --from 01/02/2027 [--to 14/02/2027]
lienlac calendar drop --id …
all:  [--school …]`;

const OPTIONS = {
  school: { type: 'string' },
  name: { type: 'string' },
  from: { type: 'string' },
  to: { type: 'string' },
  id: { type: 'string' },
} as const;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** lienlac calendar [term|holiday|drop]: terms and days without school. */
export const calendarCommand: Command = async (args, settings) => {
  const { values, positionals } = parseArgs({ args, options: OPTIONS, allowPositionals: true });
  const [what = 'list', ...more] = positionals;
  if (more.length || !['list', 'term', 'holiday', 'drop'].includes(what))
    throw new HubError('badInput', { problem: USAGE });
  return inOffice(settings, async (office) => {
    const { id: schoolId } = await schoolOf(office, values.school);
    const { prisma } = office.db;
    const now = office.clock.now();
    if (what === 'term' || what === 'holiday') {
      const fromOn = readDayOption(needed(values.from, 'from'), 'from');
      const toOn = values.to === undefined ? fromOn : readDayOption(values.to, 'to');
      if (toOn < fromOn) throw new HubError('badInput', { problem: '--from ≤ --to' });
      const entry = { kind: what, name: needed(values.name, 'name').trim(), fromOn, toOn } as const;
      if (!(await prisma.$transaction((tx) => setCalendarEntry(tx, schoolId, entry, CLI_ACTOR, now))))
        throw new HubError('notFound', { what: 'schoolYear' });
    }
    if (what === 'drop') {
      const id = needed(values.id, 'id');
      const done =
        UUID.test(id) &&
        (await prisma.$transaction((tx) => dropCalendarEntry(tx, schoolId, id, CLI_ACTOR, now)));
      if (!done) throw new HubError('notFound');
    }
    await list(office, schoolId);
    return 0;
  });
};

async function list({ db, texts }: Office, schoolId: string): Promise<void> {
  const calendar = await calendarOf(db.prisma, schoolId);
  print(calendar?.yearLabel ?? texts.say('vi', 'absence:calendar.none'));
  for (const { id, kind, name, fromOn, toOn } of calendar?.entries ?? [])
    print(`  ${showDay(fromOn)} – ${showDay(toOn)}  ${kind}  ${name}  [${id}]`);
}
