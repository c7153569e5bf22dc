import { randomUUID } from 'node:crypto';
import { parseArgs } from 'node:util';
import { HubError } from '../errors.ts';
import { holdMarks, isHeld, publishReportCards, releaseMarks, waitingClasses } from '../grades/index.ts';
import type { Office } from '../office.ts';
import { findClass } from '../school/index.ts';
import { CLI_ACTOR, type Command, inOffice, needed, print, schoolOf } from './command.ts';

const USAGE = `
lienlac marks                                what waits to be told, and since when it may be
lienlac marks hold | free                    from now on changes wait for a release, or no more do
lienlac marks release [--class 6A1]          lets go what waits
lienlac marks cards --class 6A1 --term 1|2|0 sends the report cards of a class again, with what is published
all:  [--school …] [--key <idempotency key>]`;

const CLOCK = new Intl.DateTimeFormat('vi-VN', {
  timeZone: 'Asia/Ho_Chi_Minh',
  dateStyle: 'short',
  timeStyle: 'short',
});

type Values = { class?: string | undefined; term?: string | undefined; key?: string | undefined };
type School = { id: string; name: string };

const ACTIONS: Record<string, (office: Office, school: School, values: Values) => Promise<void>> = {
  status,
  hold: (office, school) => hold(office, school, true),
  free: (office, school) => hold(office, school, false),
  release,
  cards,
};

/** lienlac marks [hold|free|release|cards]: when families are told of marks; a running hub tells them. */
export const marksCommand: Command = async (args, settings) => {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      school: { type: 'string' },
      class: { type: 'string' },
      term: { type: 'string' },
      key: { type: 'string' },
    },
  });
  const [name = 'status', ...more] = positionals;
  const act = Object.hasOwn(ACTIONS, name) ? ACTIONS[name] : undefined;
  if (!act || more.length) throw new HubError('badInput', { problem: USAGE });
  return inOffice(settings, async (office) => {
    await act(office, await schoolOf(office, values.school), values);
    return 0;
  });
};

async function status({ db, clock }: Office, school: School): Promise<void> {
  const held = await isHeld(db.prisma, school.id);
  print(
    held
      ? `${school.name}: điểm chờ nhà trường cho phép mới báo / marks wait for a release (lienlac marks release)`
      : `${school.name}: điểm được báo khi hết thời gian chờ / marks are told when they have settled`,
  );
  for (const { className, changes, pupils, dueAt, released } of await waitingClasses(db.prisma, school.id)) {
    const late = held && !released && dueAt <= clock.now() ? ' – chờ cho phép / waits for a release' : '';
    print(
      `  ${className}: ${changes} thay đổi của ${pupils} em / changes of ${pupils} pupils, từ / from ${CLOCK.format(dueAt)}${late}`,
    );
  }
}

async function hold(office: Office, school: School, held: boolean): Promise<void> {
  await holdMarks(office.db.prisma, school.id, held, CLI_ACTOR, office.clock.now());
  await status(office, school);
}

async function release({ db, clock }: Office, school: School, values: Values): Promise<void> {
  const found = values.class
    ? await findClass(db.prisma, { schoolId: school.id, name: values.class })
    : undefined;
  const count = await releaseMarks(
    db.prisma,
    { schoolId: school.id, classId: found?.id },
    CLI_ACTOR,
    clock.now(),
  );
  print(`Đã cho phép báo điểm của ${count} lớp / Marks of ${count} classes are let go.`);
}

async function cards(office: Office, school: School, values: Values): Promise<void> {
  const { db, texts, rules, bell, clock } = office;
  const { id: classId } = await findClass(db.prisma, {
    schoolId: school.id,
    name: needed(values.class, 'class'),
  });
  const term = ['0', '1', '2'].indexOf(needed(values.term, 'term'));
  if (term < 0) throw new HubError('badInput', { problem: '--term 1|2|0' });
  const order = {
    schoolId: school.id,
    classId,
    term,
    createdBy: CLI_ACTOR,
    idempotencyKey: values.key ?? randomUUID(),
  };
  const published = await publishReportCards(db.prisma, texts, rules, order, clock.now());
  for (const lane of published?.lanes ?? []) await bell.ring(lane);
  print(
    JSON.stringify({
      id: published?.id ?? null,
      audience: published?.audienceSize ?? 0,
      replayed: published?.replayed ?? false,
    }),
  );
}
