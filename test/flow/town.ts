// A hub at work with the stand-ins around it: the whole program as `startHub` wires it, on a database of its own.

import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Hub, startHub } from '../../src/app.ts';
import { connectChannel } from '../../src/commands/setup.ts';
import { readSettings, type Settings } from '../../src/config.ts';
import { openLog } from '../../src/observe/index.ts';
import {
  type MailSandbox,
  type Person,
  startMail,
  startTelegram,
  type TelegramSandbox,
} from '../../src/sandbox/index.ts';
import { issueCodes, nameKey } from '../../src/school/index.ts';
import type { Database } from '../../src/store/index.ts';
import { atEnd, testDatabase, until } from '../harness/index.ts';

export const BOT_TOKEN = '7000000001:TEST-this_is_the_secret_part_of_it';
export const MAIL_FROM = 'truong@hoamai.example.com';

export type Town = {
  hub: Hub;
  settings: Settings;
  database: Database;
  telegram: TelegramSandbox;
  mail: MailSandbox;
  school: string;
  bot: string;
  mailbox: string;
  /** Everything that was logged, one line each, at level debug. */
  log: string[];
  /** Sets the hub's clock forward; what is judged by the database's clock stays. */
  forward(ms: number): void;
  now(): Date;
};

/** A test's database as a DATABASE_URL; its server listens on a socket or on 127.0.0.1. */
export function databaseUrl({ connection }: Database): string {
  const url = new URL(`postgres://localhost/${connection.database}`);
  url.username = String(connection.user);
  url.password = String(connection.password);
  url.searchParams.set('host', String(connection.host));
  url.searchParams.set('port', String(connection.port));
  return url.href;
}

/** Settings for a test: free port, folder of its own, no quiet hours, nothing of this machine's environment. */
export async function testSettings(more: Record<string, string> = {}): Promise<Settings> {
  const folder = await mkdtemp(join(tmpdir(), 'lienlac-hub-'));
  atEnd(() => rm(folder, { recursive: true, force: true }));
  return readSettings({ PORT: '0', DATA_DIR: folder, QUIET_FROM: '00:00', QUIET_TO: '00:00', ...more });
}

/** Starts the hub and its stand-ins; all of it ends after the file's last test. */
export async function openTown(
  more: Record<string, string> = {},
  {
    name = 'Trường TH&THCS Hoa Mai',
    smtp,
  }: { name?: string; smtp?: { user: string; password: string } } = {},
): Promise<Town> {
  const database = await testDatabase();
  const telegram = await startTelegram({
    token: BOT_TOKEN,
    username: 'TruongHoaMaiBot',
    perSecond: 0,
    perChatMs: 0,
  });
  const mail = await startMail(smtp ? { auth: smtp } : {});
  const settings = await testSettings({
    DATABASE_URL: databaseUrl(database),
    TELEGRAM_API_ROOT: telegram.root,
    ...more,
  });
  const log: string[] = [];
  let ahead = 0;
  const now = () => new Date(Date.now() + ahead);
  const hub = await startHub(
    settings,
    { web: true, lanes: true },
    { clock: { now }, log: openLog('debug', { write: (line: string) => void log.push(line) }) },
  );
  atEnd(async () => {
    await hub.stop();
    await Promise.all([telegram.stop(), mail.stop()]);
  });
  const school = await newSchool(hub, name);
  const bot = await connectChannel(hub, school, 'telegram', telegram.token, null);
  const smtpUrl = smtp
    ? mail.url.replace('//', `//${smtp.user}:${encodeURIComponent(smtp.password)}@`)
    : mail.url;
  const mailbox = await connectChannel(hub, school, 'email', smtpUrl, MAIL_FROM);
  // The stand-in does not limit here, so the tests need not wait for the pace either.
  await hub.db.prisma.channelAccount.updateMany({ data: { perSecond: 0, perAddressMs: 0 } });
  await hub.follow();
  const forward = (ms: number): void => {
    ahead += ms;
  };
  return { hub, settings, database, telegram, mail, school, bot, mailbox, log, forward, now };
}

export async function newSchool(
  { db }: Pick<Hub, 'db'>,
  name: string,
  parentId: string | null = null,
): Promise<string> {
  const made = await db.prisma.orgUnit.create({
    data: { kind: 'school', name, nameKey: nameKey(name), parentId },
  });
  return made.id;
}

let codes = 2600000000;

/** A pupil in a class of the present year; both are made when they are not there. */
export async function newPupil(
  { db }: Pick<Hub, 'db'>,
  schoolId: string,
  fullName: string,
  className = '6A1',
): Promise<string> {
  const { prisma } = db;
  const year =
    (await prisma.schoolYear.findFirst({ where: { schoolId } })) ??
    (await prisma.schoolYear.create({ data: { schoolId, label: '2026-2027', current: true } }));
  const key = { schoolYearId: year.id, nameKey: nameKey(className) };
  const made = await prisma.schoolClass.upsert({
    where: { schoolYearId_nameKey: key },
    create: { ...key, schoolId, name: className, grade: Number.parseInt(className, 10) },
    update: {},
  });
  const code = String(codes++);
  const pupil = await prisma.pupil.create({ data: { schoolId, code, fullName, nameKey: nameKey(fullName) } });
  await prisma.enrolment.create({ data: { schoolId, pupilId: pupil.id, classId: made.id } });
  return pupil.id;
}

/** A guardian of these pupils. */
export async function newGuardian(
  { db }: Pick<Hub, 'db'>,
  schoolId: string,
  pupilIds: readonly string[],
  more: { fullName?: string; phone?: string; email?: { account: string; address: string } } = {},
): Promise<string> {
  const { email, ...data } = more;
  const guardian = await db.prisma.guardian.create({ data: { schoolId, ...data } });
  for (const pupilId of pupilIds) {
    await db.prisma.guardianship.create({
      data: { schoolId, guardianId: guardian.id, pupilId, relation: 'guardian' },
    });
  }
  if (email) {
    await db.prisma.contact.create({
      data: {
        schoolId,
        guardianId: guardian.id,
        accountId: email.account,
        channel: 'email',
        address: email.address,
        state: 'unconfirmed',
      },
    });
  }
  return guardian.id;
}

/** New codes for a class, by guardian and pupil. */
export async function newCodes(town: Pick<Town, 'hub'>, schoolId: string, className = '6A1', days = 60) {
  const { db, signer, clock } = town.hub;
  const { id: classId } = await db.prisma.schoolClass.findFirstOrThrow({
    where: { schoolId, name: className },
  });
  const issued = await issueCodes(db.prisma, signer, { schoolId, classId, days, actor: 'cli' }, clock.now());
  return (guardianId: string, pupilId: string): string => {
    const found = issued.find((one) => one.guardianId === guardianId && one.pupilId === pupilId);
    if (!found) throw new Error(`no code was issued for guardian ${guardianId} and pupil ${pupilId}`);
    return found.code;
  };
}

/** What the bot has said to a person, oldest first. */
export const said = (person: Person) => person.messages().filter((message) => message.from === 'bot');

/** Does something and returns the bot's next message. */
export async function answerTo(person: Person, act: () => void): Promise<ReturnType<typeof said>[number]> {
  const before = said(person).length;
  act();
  await until(`an answer in chat ${person.chatId}`, () => said(person).length > before);
  const message = said(person)[before];
  if (!message) throw new Error('the message is gone again');
  return message;
}

/** Presses the newest button with that label, and waits until the hub has done what it does. */
export async function pressed(
  town: Pick<Town, 'hub' | 'telegram'>,
  person: Person,
  label: string | RegExp,
  messageId?: string,
): Promise<void> {
  const messages = said(person).filter((one) => messageId === undefined || one.messageId === messageId);
  const buttons = messages
    .toReversed()
    .map((one) => ({ one, button: one.buttons.flat().find((button) => matches(button.label, label)) }));
  const found = buttons.find(({ button }) => button?.data);
  if (!found?.button?.data) throw new Error(`no button ${label} in chat ${person.chatId}`);
  person.press(found.button.data, found.one.messageId);
  await allHandled(town);
}

const matches = (label: string, wanted: string | RegExp) =>
  typeof wanted === 'string' ? label === wanted : wanted.test(label);

/** The updates of the account are all worked through. */
export const allHandled = ({ hub, telegram }: Pick<Town, 'hub' | 'telegram'>): Promise<true> =>
  until(
    'every update to be handled',
    async () => {
      if (telegram.pendingUpdates().length) return false;
      return (await hub.db.prisma.inboundUpdate.count({ where: { handledAt: null } })) === 0;
    },
    // A fetch that fails once on a busy machine is tried again after five seconds.
    { withinMs: 30_000 },
  );

export const freshName = (): string => `x${randomUUID().slice(0, 8)}`;

/** To Monday noon at school of the coming week: no Sunday, no midnight. */
export function forwardToMonday({ now, forward }: Pick<Town, 'now' | 'forward'>): void {
  const from = now();
  const monday = new Date(from);
  monday.setUTCDate(from.getUTCDate() + ((8 - from.getUTCDay()) % 7 || 7));
  monday.setUTCHours(5, 0, 0, 0);
  forward(monday.getTime() - from.getTime());
}
