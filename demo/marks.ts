import { join } from 'node:path';
import type { Hub } from '../src/app.ts';
import { importPath } from '../src/commands/import.ts';
import { holdMarks, openMarks, releaseMarks } from '../src/grades/index.ts';
import type { ImportReport } from '../src/ingest/index.ts';
import { reconcile, setPreference } from '../src/notices/index.ts';
import type { Person } from '../src/sandbox/index.ts';
import type { AccountId } from '../src/store/ids.ts';
import { inPackage } from '../src/store/index.ts';
import { lastWeekly } from '../src/time/index.ts';
import { type Parent, personOf, type Town } from './parents.ts';
import { until } from './until.ts';

// Two weeks of marks in a few seconds: what the school exported last week has settled then; today's export corrects some
// of it, and the digest of the week is made.

const LAST_WEEK = [
  'bang-diem-6A1-toan-hk1-lan1.xlsx',
  'bang-diem-6A1-ngu-van-hk1.xlsx',
  'bang-diem-7B-the-chat-hk1.xlsx',
  'ket-qua-3A-tieng-viet-ck1.xlsx',
];
const TODAY = ['bang-diem-6A1-toan-hk1-lan2.xlsx'];

const HOUR_MS = 3_600_000;
/** How long a message may take; on a phone of a run that was cut off it may have been lost with the process. */
const LONG_MS = 60_000;
const SHORT_MS = 10_000;
const CARD = /^Phiếu kết quả/;

/** What parents have got, as it stands on their phones. */
export type ShownMarks = {
  imports: ImportReport[];
  news: string;
  correction: string;
  digest: string;
  card: string;
};

/**
 * Imports the gradebooks and waits until parents have had news, a correction and a digest, and one has asked for the
 * report card. A run that goes on takes up where the last one ended, and shows what it finds on the phones.
 */
export async function showMarks(
  hub: Hub,
  schoolId: string,
  town: Town,
  goesOn: boolean,
): Promise<ShownMarks> {
  const friday = new Date(lastWeekly(new Date(), hub.settings.MARKS_DIGEST).getTime() - HOUR_MS);
  const before = { now: () => friday };
  const reader = digestReader(town);
  await chooseDigest(hub, schoolId, reader);
  // Nothing is told but when this page says so: the hub's own schedule does not know that a week has passed.
  await holdMarks(hub.db.prisma, schoolId, true, 'demo', hub.clock.now());
  const imports = await bring(hub, schoolId, LAST_WEEK, before);
  await told(hub, schoolId, before);
  // What nobody has read yet would not be corrected, but told anew.
  await allSent(hub);
  imports.push(...(await bring(hub, schoolId, TODAY, hub.clock)));
  await told(hub, schoolId, hub.clock);
  await holdMarks(hub.db.prisma, schoolId, false, 'demo', hub.clock.now());
  await allSent(hub);
  const read = (what: string, shown: () => string | undefined): Promise<string> => {
    const there = until(shown, what, goesOn ? SHORT_MS : LONG_MS);
    return goesOn ? there.catch(() => '') : there;
  };
  const find = (is: RegExp) => () => textsOf(town).find((text) => is.test(text));
  const person = personOf(town, reader);
  person.type('/diem');
  return {
    imports,
    news: await read('a new mark on a phone', find(/^Trường[\s\S]*\n\nĐiểm mới\n[\s\S]*Ngữ văn/)),
    correction: await read('a correction on a phone', find(/đính chính, trước đây báo/)),
    digest: await read(
      'a digest of two children on a phone',
      find(/Những tin từ lần trước[\s\S]*EM [\s\S]*\nEM /),
    ),
    card: await read('a report card on a phone', cardOn(person)),
  };
}

/** Marks settle at once here: nobody wants to wait half an hour for a demo. */
async function bring(
  hub: Hub,
  schoolId: string,
  files: readonly string[],
  clock: { now(): Date },
): Promise<ImportReport[]> {
  const office = {
    ...hub,
    clock,
    settings: { ...hub.settings, MARKS_SETTLE_MINUTES: 0 },
  };
  const reports: ImportReport[] = [];
  const runs = await hub.db.prisma.importRun.findMany({
    where: { schoolId, file: { in: [...files] } },
  });
  const done = new Set(runs.map((run) => run.file));
  // Last week's export again would undo today's.
  for (const file of files.filter((one) => !done.has(one)))
    reports.push(
      await importPath(office, schoolId, join(inPackage('demo/school'), file), {
        dryRun: false,
      }),
    );
  return reports;
}

async function told(hub: Hub, schoolId: string, clock: { now(): Date }): Promise<void> {
  await releaseMarks(hub.db.prisma, { schoolId }, 'demo', hub.clock.now());
  const ring = (lanes: readonly AccountId[]) => Promise.all(lanes.map((lane) => hub.bell.ring(lane)));
  const marks = openMarks({
    ...hub,
    db: hub.db.prisma,
    clock,
    defaultMode: hub.settings.MARKS_DEFAULT,
    siteUrl: () => hub.url ?? '',
    ring,
    undelivered: async () => undefined,
  });
  await marks.tick();
  // The digest of last week's Friday.
  await ring(await reconcile(hub.db.prisma, hub.kinds, hub.rules, hub.clock.now()));
}

const allSent = ({ db }: Hub): Promise<boolean> =>
  until(async () => {
    const notices = await db.prisma.notice.findMany({
      where: { kind: { in: ['marksNews', 'digest'] }, finishedAt: null },
    });
    const noticeId = { in: notices.map((notice) => notice.id) };
    const open = { in: ['pending', 'sending'] };
    return (await db.prisma.delivery.count({ where: { noticeId, state: open } })) === 0;
  }, 'the marks to be sent');

/** The first parent of two children with a chat. */
function digestReader(town: Town): Parent {
  const parent = town.parents.find((one) => one.codes.length > 1 && one.chat === 'agrees');
  if (!parent) throw new Error('demo: no parent of two children has a chat');
  return parent;
}

/** As the parent would with "/diem" and "Mỗi tuần", for each child. */
async function chooseDigest(hub: Hub, schoolId: string, { guardianId }: Parent): Promise<void> {
  const { prisma } = hub.db;
  const children = await prisma.guardianship.findMany({
    where: { guardianId, schoolId, closedAt: null },
  });
  for (const { pupilId } of children)
    await setPreference(
      prisma,
      { schoolId, guardianId, pupilId, purpose: 'marks' },
      'weekly',
      hub.clock.now(),
    );
}

const said = (person: Person) => person.messages().filter((message) => message.from === 'bot');

/** Presses the button of the report card, once it is there, and looks for the picture. */
function cardOn(person: Person): () => string | undefined {
  let pressed = false;
  return () => {
    const messages = said(person);
    const button = messages
      .flatMap(({ messageId, buttons }) => buttons.flat().map((one) => ({ ...one, messageId })))
      .findLast((one) => CARD.test(one.label));
    if (button?.data && !pressed) {
      pressed = true;
      person.press(button.data, button.messageId);
    }
    return messages.find((message) => message.photo)?.text;
  };
}

/** Everything that any parent's phone or mailbox shows. */
function textsOf(town: Town): string[] {
  const chats = town.parents
    .filter((parent) => parent.chat !== 'noPhone')
    .flatMap((parent) => said(personOf(town, parent)).map((message) => message.text));
  const mails = town.parents.flatMap((parent) =>
    parent.email
      ? town.mail
          .mailbox(parent.email)
          .mails()
          .map((mail) => mail.text)
      : [],
  );
  return [...chats, ...mails];
}
