import { parseArgs } from 'node:util';
import { HubError } from '../errors.ts';
import { closeRequest, openRequests } from '../notices/index.ts';
import { schoolDay } from '../time/index.ts';
import { CLI_ACTOR, type Command, inOffice, print, schoolOf } from './command.ts';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const day = (at: Date) => at.toISOString().slice(0, 10);

/** lienlac requests [--done <id>] [--school …]: who asked to see or to delete their data, and by when it is due. */
export const requestsCommand: Command = async (args, settings) => {
  const { values } = parseArgs({ args, options: { school: { type: 'string' }, done: { type: 'string' } } });
  return inOffice(settings, async (office) => {
    const school = await schoolOf(office, values.school);
    const { prisma } = office.db;
    const now = office.clock.now();
    if (values.done !== undefined) {
      const done =
        UUID.test(values.done) && (await closeRequest(prisma, school.id, values.done, CLI_ACTOR, now));
      if (!done) throw new HubError('notFound');
    }
    const say = (key: string, about?: Record<string, string>) =>
      office.texts.say('vi', `report:requests.${key}`, about);
    const open = await openRequests(prisma, school.id);
    if (!open.length) print(say('none'));
    for (const one of open) {
      const late = one.dueOn < schoolDay(now) ? `  ${say('late')}` : '';
      print(
        `${day(one.dueOn)}  ${say(one.kind)}  ${one.guardian ?? '–'} (${one.pupils})  [${one.id}]${late}`,
      );
      print(`    ${say('dates', { at: day(one.at), answerOn: day(one.answerOn) })}`);
    }
    return 0;
  });
};
