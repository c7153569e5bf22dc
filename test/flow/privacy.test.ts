import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { sampleFiles } from '../../demo/school.ts';
import { draftClassNotice } from '../../src/classroom/index.ts';
import { importPath } from '../../src/commands/import.ts';
import { reportOf } from '../../src/notices/index.ts';
import { draftSafetyNotice } from '../../src/safety/index.ts';
import { findLink } from '../../src/sandbox/index.ts';
import { findClass } from '../../src/school/index.ts';
import { inPackage } from '../../src/store/index.ts';
import { answerTo, newCodes, openTown, pressed, type Town } from '../flow/town.ts';
import { until } from '../harness/index.ts';

// The hub at its most talkative, with everything going wrong that can: its log must still tell nothing of anybody.

const SMTP_PASSWORD = 'mat-khau-hop-thu-42';
let town: Town;
let codes: string[];
const tokens: string[] = [];

beforeAll(async () => {
  town = await openTown(
    { SAFETY_CONFIRM_MINUTES: '0.03', RETRY_HOURS: '0.05' },
    { smtp: { user: 'hop-thu', password: SMTP_PASSWORD } },
  );
  const { hub, school, telegram, mail } = town;
  for (const path of [...sampleFiles(), join('demo', 'school', 'truth.json')]) {
    // A file that is no list is refused, in words that must not stand in the log either.
    await importPath(hub, school, inPackage(path.replace(inPackage(), '')), { dryRun: false }).catch(
      () => undefined,
    );
  }
  const { prisma } = hub.db;
  const guardianships = await prisma.guardianship.findMany({
    where: {
      closedAt: null,
      pupil: { leftAt: null, enrolments: { some: { closedAt: null, schoolClass: { name: '6A1' } } } },
    },
    take: 12,
  });
  const codeOf = await newCodes(town, school, '6A1');
  codes = guardianships.map((one) => codeOf(one.guardianId, one.pupilId));
  const persons = guardianships.map(() => telegram.person(undefined, { firstName: 'Tên Trên Điện Thoại' }));
  for (const [index, person] of persons.entries()) {
    await answerTo(person, () => person.start(codes[index]));
    await pressed(town, person, 'Đồng ý cả ba');
    await answerTo(person, () => person.type(`Cháu bị sốt, xin gọi 098765432${index % 10}`));
    await answerTo(person, () => person.type('22334455'));
  }
  // Confirmation mails: some bounce, some are confirmed, one link is broken.
  const addresses = (await prisma.contact.findMany({ where: { channel: 'email' } })).map(
    (one) => one.address,
  );
  mail.fault({
    stage: 'rcpt',
    kind: 'reply',
    address: addresses[0] ?? '',
    code: 550,
    text: `5.1.1 <${addresses[0]}>: no such user here`,
  });
  mail.fault({ stage: 'data', kind: 'drop' });
  mail.fault({
    stage: 'rcpt',
    kind: 'reply',
    address: addresses[1] ?? '',
    code: 451,
    text: `4.2.1 <${addresses[1]}> is busy`,
  });
  await hub.invite(school, 'cli');
  for (const address of addresses.slice(2, 5)) {
    const invitation = await until(
      `the confirmation mail to ${address}`,
      () => mail.mailbox(address).latest(),
      { withinMs: 15_000 },
    );
    const link = findLink(invitation, '/family/link/');
    tokens.push(link.slice(link.lastIndexOf('/') + 1));
    await fetch(link);
    await fetch(link, {
      method: 'POST',
      body: new URLSearchParams({ answer: 'save', purpose: 'classNews' }),
    });
    await fetch(`${link}x`);
  }
  // Chats in every kind of trouble, then two notices to all of it.
  persons[0]?.block();
  persons[1]?.deactivate();
  const to = (index: number) => (_method: string, payload: { chat_id?: unknown }) =>
    String(payload.chat_id) === persons[index]?.chatId;
  telegram.fault({
    kind: 'status',
    status: 400,
    description: `Bad Request: chat ${persons[2]?.chatId} not found`,
    match: to(2),
  });
  telegram.fault({ kind: 'status', status: 502, match: to(3) });
  telegram.fault({ kind: 'reset-before', match: to(4) });
  telegram.fault({ kind: 'reset-after-accept', match: to(5) });
  telegram.fault({ kind: 'html-200', match: to(6) });
  telegram.fault({ kind: 'retry-after', seconds: 1, match: to(7) });
  const about = (idempotencyKey: string) => ({ schoolId: school, createdBy: 'cli', idempotencyKey });
  const { id: classId } = await findClass(prisma, { schoolId: school, name: '6A1' });
  const first = await hub.publish(
    draftClassNotice(
      { classId, title: 'Tiêu đề kín', body: 'Nội dung kín', asksToConfirm: true },
      about('one'),
    ),
  );
  const second = await hub.publish(
    draftSafetyNotice(
      {
        cause: 'covid',
        action: 'classOnline',
        title: 'Tin khẩn kín',
        from: town.now(),
        authority: 'Người ký tên',
      },
      about('two'),
      new Date(town.now().getTime() + 2000),
    ),
  );
  await until(
    'both notices to be finished',
    async () => {
      town.forward(1000);
      return (await Promise.all([first, second].map(({ id }) => reportOf(prisma, school, id)))).every(
        (report) => report.finished,
      );
    },
    { withinMs: 90_000, everyMs: 200 },
  );
  // A wrong token, a wrong password: what the providers answer to that is logged too.
  telegram.fault({
    kind: 'status',
    status: 401,
    description: `Unauthorized: ${telegram.token}`,
    times: 3,
    match: () => true,
  });
  await answerTo(persons[8] ?? town.telegram.person(), () => persons[8]?.type('?')).catch(() => undefined);
}, 180_000);

it('the log of it is long, and tells of failures', () => {
  expect(town.log.length).toBeGreaterThan(15);
  const text = town.log.join('\n');
  for (const words of ['notice accepted', 'notice finished']) expect(text).toContain(words);
  expect(
    new Set(town.log.map((line) => (JSON.parse(line) as { level: number }).level)).size,
  ).toBeGreaterThanOrEqual(2);
});

it('no name, phone, address, chat, title, text, code, link or secret stands in it', async () => {
  const { prisma, pool } = town.hub.db;
  const [pupils, guardians, contacts, staff] = await Promise.all([
    prisma.pupil.findMany(),
    prisma.guardian.findMany(),
    prisma.contact.findMany(),
    prisma.staff.findMany(),
  ]);
  const truth = readFileSync(inPackage('demo', 'school', 'truth.json'), 'utf8');
  const seeded = new Set<string>();
  const add = (...values: (string | null | undefined)[]) => {
    for (const value of values) if (value && value.length > 3) seeded.add(value);
  };
  for (const pupil of pupils) add(pupil.fullName, pupil.code, pupil.nameKey);
  for (const guardian of guardians)
    add(guardian.fullName, guardian.phone, guardian.secondPhone, guardian.phone?.replace(/^0/, '84'));
  for (const contact of contacts) add(contact.address);
  for (const one of staff) add(one.fullName, one.email);
  add(...(truth.match(/0\d{9}/g) ?? []), ...(truth.match(/[\w.]+@[\w.]+/g) ?? []));
  add(
    ...codes,
    ...tokens,
    'Tiêu đề kín',
    'Nội dung kín',
    'Tin khẩn kín',
    'Người ký tên',
    'Cháu bị sốt',
    'Tên Trên Điện Thoại',
    '098765432',
  );
  add(
    town.telegram.token,
    town.telegram.token.split(':')[1],
    SMTP_PASSWORD,
    encodeURIComponent(SMTP_PASSWORD),
  );
  add(town.hub.signer.webhookSecret(town.bot), String(town.database.connection.password));
  add(readFileSync(join(town.settings.DATA_DIR, 'secret-key'), 'utf8').trim());
  expect(seeded.size).toBeGreaterThan(150);
  const leaks = town.log.flatMap((line) =>
    [...seeded].filter((one) => line.includes(one)).map((one) => `${one}: ${line.slice(0, 300)}`),
  );
  expect(leaks).toEqual([]);

  // What is kept beside the log for the people of the school: providers' words and the audit.
  const { rows: attempts } = await pool.query<{ detail: string }>('select detail from failed_attempt');
  const { rows: audits } = await pool.query<{ line: string }>(
    'select row_to_json(a)::text as line from audit_entry a',
  );
  expect(attempts.length).toBeGreaterThan(5);
  expect(audits.length).toBeGreaterThan(10);
  const kept = [...attempts.map((row) => row.detail), ...audits.map((row) => row.line)];
  expect(
    kept.flatMap((line) => [...seeded].filter((one) => line.includes(one)).map((one) => `${one}: ${line}`)),
  ).toEqual([]);
});
