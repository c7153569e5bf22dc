import { randomUUID } from 'node:crypto';
import { createInterface } from 'node:readline/promises';
import { parseArgs } from 'node:util';
import { HubError } from '../errors.ts';
import type { Office } from '../office.ts';
import { schoolKey } from '../school/index.ts';
import { audit, hashPassword, PASSWORD_LEAST } from '../security/index.ts';
import { CLI_ACTOR, type Command, inOffice, print } from './command.ts';

const OPTIONS = {
  school: { type: 'string' },
  code: { type: 'string' },
  parent: { type: 'string' },
  'admin-name': { type: 'string' },
  'admin-email': { type: 'string' },
  'admin-password': { type: 'string' },
  'telegram-token': { type: 'string' },
  'zalo-bot-token': { type: 'string' },
  'smtp-url': { type: 'string' },
  'mail-from': { type: 'string' },
} as const;

type Answers = { -readonly [K in keyof typeof OPTIONS]?: string | undefined };

const QUESTIONS: [keyof Answers, string][] = [
  ['school', 'Tên trường / Name of the school'],
  ['code', 'Mã trường (có thể bỏ qua) / School code (may be left out)'],
  ['parent', 'Đơn vị cấp trên (có thể bỏ qua) / Unit above, commune or department (may be left out)'],
  ['admin-name', 'Họ tên người quản trị / Name of the administrator'],
  ['admin-email', 'E-mail người quản trị / E-mail of the administrator'],
  [
    'admin-password',
    `Mật khẩu, ít nhất ${PASSWORD_LEAST} ký tự / Password, at least ${PASSWORD_LEAST} characters`,
  ],
  ['telegram-token', 'Mã bot Telegram từ @BotFather (có thể bỏ qua) / Telegram bot token (may be left out)'],
  ['zalo-bot-token', 'Mã bot Zalo từ Zalo Bot Manager (có thể bỏ qua) / Zalo bot token (may be left out)'],
  ['smtp-url', 'Máy chủ thư, smtps://user:password@host (có thể bỏ qua) / Mail server (may be left out)'],
  ['mail-from', 'Địa chỉ thư gửi đi / Sender address'],
];

/**
 * lienlac setup [--school … --admin-name … …]: the first school, administrator and channels. What is not given by
 * flags or settings is asked for when there is a terminal. Running it again changes what is given and keeps the rest.
 */
export const setupCommand: Command = async (args, settings) => {
  const { values } = parseArgs({ args, options: OPTIONS });
  const given: Answers = {
    ...values,
    'telegram-token': values['telegram-token'] ?? settings.TELEGRAM_BOT_TOKEN,
    'zalo-bot-token': values['zalo-bot-token'] ?? settings.ZALO_BOT_TOKEN,
    'smtp-url': values['smtp-url'] ?? settings.SMTP_URL,
    'mail-from': values['mail-from'] ?? settings.MAIL_FROM,
  };
  const answers = process.stdin.isTTY && !Object.keys(values).length ? await ask(given) : given;
  return inOffice(settings, async (office) => {
    await checkAnswers(office, answers);
    const schoolId = await ensureSchool(office, answers);
    await ensureAdministrator(office, schoolId, answers);
    if (answers['telegram-token'])
      await connectChannel(office, schoolId, 'telegram', answers['telegram-token'], null);
    if (answers['zalo-bot-token'])
      await connectChannel(office, schoolId, 'zalo-bot', answers['zalo-bot-token'], null);
    if (answers['smtp-url'] && answers['mail-from'])
      await connectChannel(office, schoolId, 'email', answers['smtp-url'], answers['mail-from']);
    print(
      'Xong. Chạy npm start, rồi npm run lienlac -- import <tệp…> / Done. Run npm start, then npm run lienlac -- import <file…>',
    );
    return 0;
  });
};

async function ask(given: Answers): Promise<Answers> {
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const answers: Answers = { ...given };
  for (const [name, question] of QUESTIONS) {
    if (name === 'mail-from' && !answers['smtp-url']) continue;
    answers[name] ||= (await terminal.question(`${question}: `)).trim() || undefined;
  }
  terminal.close();
  return answers;
}

/** Everything that can be wrong in the answers alone, before anything is made. @throws HubError `badInput` that names the option. */
async function checkAnswers(office: Office, answers: Answers): Promise<void> {
  const missing = (option: string) => new HubError('badInput', { problem: `--${option}` });
  const password = answers['admin-password'];
  if (password !== undefined && password.length < PASSWORD_LEAST)
    throw missing(`admin-password ≥ ${PASSWORD_LEAST}`);
  if (answers['smtp-url'] && !answers['mail-from']) throw missing('mail-from');
  const known = await knownSchool(office, answers);
  if (!known && !answers.school) throw missing('school');
  if (!answers['admin-name'] && !(known && (await hasAdministrator(office, known.id))))
    throw missing('admin-name');
}

const tidied = (name: string): string => name.normalize('NFC').replace(/\s+/g, ' ').trim();

/** The school that is named, or the only one. */
async function knownSchool(office: Office, answers: Answers): Promise<{ id: string } | undefined> {
  const schools = await office.db.prisma.orgUnit.findMany({ where: { kind: 'school' } });
  if (!answers.school) return schools.length === 1 ? schools[0] : undefined;
  const nameKey = schoolKey(tidied(answers.school));
  return schools.find((one) => one.nameKey === nameKey);
}

const hasAdministrator = async (office: Office, schoolId: string): Promise<boolean> =>
  (await office.db.prisma.staffRole.count({ where: { orgUnitId: schoolId, role: 'administrator' } })) > 0;

/** The school by name, made when it is not there; the unit above it likewise. */
export async function ensureSchool(office: Office, answers: Answers): Promise<string> {
  const before = await knownSchool(office, answers);
  if (before) return before.id;
  if (!answers.school) throw new HubError('badInput', { problem: '--school' });
  const { prisma } = office.db;
  const name = tidied(answers.school);
  const nameKey = schoolKey(name);
  const parentId = answers.parent ? await ensureParent(office, answers.parent) : null;
  const made = await prisma.orgUnit.create({
    data: { kind: 'school', name, nameKey, code: answers.code ?? null, parentId },
  });
  await audit(prisma, {
    orgUnitId: made.id,
    at: office.clock.now(),
    actor: CLI_ACTOR,
    action: 'school.create',
    subject: `orgUnit:${made.id}`,
  });
  return made.id;
}

async function ensureParent(office: Office, name: string): Promise<string> {
  const nameKey = schoolKey(name);
  const kind = /^sở(?=\s)/i.test(tidied(name)) ? 'department' : 'commune';
  const before = await office.db.prisma.orgUnit.findFirst({ where: { nameKey, kind: { not: 'school' } } });
  return (before ?? (await office.db.prisma.orgUnit.create({ data: { kind, name, nameKey } }))).id;
}

export async function ensureAdministrator(office: Office, schoolId: string, answers: Answers): Promise<void> {
  const { prisma } = office.db;
  const fullName = answers['admin-name'];
  const password = answers['admin-password'];
  if (!fullName) {
    if (await hasAdministrator(office, schoolId)) return;
    throw new HubError('badInput', { problem: '--admin-name' });
  }
  const hash = password ? { password: await hashPassword(password) } : {};
  const email = answers['admin-email']?.toLowerCase() ?? null;
  // Without an e-mail a person is known by name, among the administrators of this school.
  const before = email
    ? await prisma.staff.findUnique({ where: { email } })
    : await prisma.staff.findFirst({
        where: { fullName, roles: { some: { orgUnitId: schoolId, role: 'administrator' } } },
      });
  const staff = before
    ? await prisma.staff.update({ where: { id: before.id }, data: { fullName, ...hash } })
    : await prisma.staff.create({ data: { fullName, email, ...hash } });
  const role = { staffId: staff.id, orgUnitId: schoolId, role: 'administrator' as const };
  if (!(await prisma.staffRole.count({ where: role }))) await prisma.staffRole.create({ data: role });
  await audit(prisma, {
    orgUnitId: schoolId,
    at: office.clock.now(),
    actor: CLI_ACTOR,
    action: 'staff.administrator',
    subject: `staff:${staff.id}`,
  });
}

/**
 * Connects an account, or gives it a new secret. The provider is asked who it is: a wrong token is found now, not at
 * the first notice. @throws HubError `badInput` with the provider's words.
 */
export async function connectChannel(
  office: Office,
  schoolId: string,
  channelName: string,
  secret: string,
  name: string | null,
): Promise<string> {
  const { prisma } = office.db;
  const channel = office.channels.get(channelName);
  if (!channel) throw new HubError('badInput', { problem: channelName });
  const connection = channel.open({ id: 'setup', name: name ?? '', secret, settings: {} });
  let accountName = name;
  try {
    const me = await connection.whoAmI();
    accountName ??= me.name;
  } catch (error) {
    throw new HubError(
      'badInput',
      { problem: `${channelName}: ${(error as Error).message}` },
      { cause: error },
    );
  } finally {
    await connection.close();
  }
  const key = { channel: channelName, name: accountName };
  const before = await prisma.channelAccount.findUnique({ where: { channel_name: key } });
  if (before && before.orgUnitId !== schoolId) {
    throw new HubError('badInput', {
      problem: `${channelName} ${accountName}: trường khác đang dùng / used by another school`,
    });
  }
  const { perSecond, perAddressMs } = channel.limits;
  const id = before?.id ?? randomUUID();
  const sealedSecret = office.sealer.seal(secret, id);
  await prisma.channelAccount.upsert({
    where: { id },
    create: { id, orgUnitId: schoolId, ...key, sealedSecret, perSecond, perAddressMs },
    update: { sealedSecret, stoppedReason: null, pausedUntil: null },
  });
  await audit(prisma, {
    orgUnitId: schoolId,
    at: office.clock.now(),
    actor: CLI_ACTOR,
    action: 'channel.connect',
    subject: `account:${id}`,
  });
  await office.bell.ring(id);
  return id;
}
