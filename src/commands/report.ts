import { parseArgs } from 'node:util';
import { HubError } from '../errors.ts';
import { type NoticeReport, reportOf, unreachedOf } from '../notices/index.ts';
import type { Texts } from '../render/index.ts';
import { nearCaps } from './caps.ts';
import { type Command, inOffice, print, schoolOf } from './command.ts';

/** What a notice's id looks like; the database would take anything else for a fault of ours. */
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** How many notices are shown when none is named. */
const NEWEST = 10;

/** lienlac report [<notice id>] [--school …] [--json] [--list]: how notices stand; `--list`: whom to call. */
export const reportCommand: Command = async (args, settings) => {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      school: { type: 'string' },
      json: { type: 'boolean', default: false },
      list: { type: 'boolean', default: false },
    },
  });
  return inOffice(settings, async (office) => {
    const school = await schoolOf(office, values.school);
    const { prisma } = office.db;
    const where = { schoolId: school.id, kind: { notIn: ['invitation', 'formAnswered'] } };
    const newest = async () =>
      (await prisma.notice.findMany({ where, orderBy: { publishedAt: 'desc' }, take: NEWEST })).map(
        (row) => row.id,
      );
    for (const id of positionals.length ? positionals : await newest()) {
      if (!UUID.test(id)) throw new HubError('notFound');
      const report = await reportOf(prisma, school.id, id);
      print(values.json ? JSON.stringify(report) : describeReport(report, office.texts));
      if (!values.list) continue;
      for (const one of await unreachedOf(prisma, school.id, id)) {
        const reason = office.texts.say('vi', `report:reasons.${one.reason}`);
        print(`  ${one.className}  ${one.pupil}  ${one.guardian ?? '–'}  ${one.phone ?? '–'}  ${reason}`);
      }
    }
    if (!values.json) for (const line of await nearCaps(office, school.id)) print(line);
    return 0;
  });
};

/** A report for people. */
export function describeReport(report: NoticeReport, texts: Texts): string {
  const say = (key: string) => texts.say('vi', `report:${key}`);
  const counts = (of: Record<string, number>, name: (key: string) => string) =>
    Object.entries(of)
      .toSorted((a, b) => b[1] - a[1])
      .map(([key, count]) => `    ${String(count).padStart(6)}  ${name(key)}`);
  const reached = Object.values(report.reached).reduce((sum, count) => sum + count, 0);
  return [
    `${say(`kinds.${report.kind}`)}: ${report.title}  [${report.id}]  ${say(report.finished ? 'finished' : 'unfinished')}`,
    `  ${say('audience')}: ${report.audience}`,
    `  ${say('reached')}: ${reached}`,
    ...counts(report.reached, (channel) => channel),
    `  ${say('confirmed')}: ${report.confirmed}`,
    `  ${say('notReached')}: ${report.audience - reached - report.waiting}`,
    ...counts(report.notReached, (reason) => say(`reasons.${reason}`)),
    ...(report.waiting ? [`  ${say('waiting')}: ${report.waiting}`] : []),
    ...(report.possibleDuplicates ? [`  ${say('possibleDuplicates')}: ${report.possibleDuplicates}`] : []),
  ].join('\n');
}
