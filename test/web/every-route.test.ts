import type { Hono } from 'hono';
import { beforeAll, describe, expect, it } from 'vitest';
import { openAccounts } from '../../src/channels/index.ts';
import { draftClassNotice, openForms } from '../../src/classroom/index.ts';
import { openAbsenceDoor, openInbox } from '../../src/conversation/index.ts';
import { openMetrics } from '../../src/observe/index.ts';
import { webApp } from '../../src/web/index.ts';
import { answerTo, newCodes, newGuardian, newPupil, openTown, type Town } from '../flow/town.ts';
import { until } from '../harness/index.ts';

// Generated from the routes that the app really has: a new route is tried without anybody thinking of it.

let town: Town;
let app: Hono;
let broken: Hono;
/** Everything that only one school may know. */
let personal: string[];
let tokens: string[];

beforeAll(async () => {
  town = await openTown({}, { name: 'Trường THCS Bí Mật' });
  const { hub, school } = town;
  const pupil = await newPupil(hub, school, 'Vương Thị Tuyết Nhung', '8C3');
  const guardian = await newGuardian(hub, school, [pupil], {
    fullName: 'Vương Văn Quyền',
    phone: '0912345678',
    email: { account: town.mailbox, address: 'quyen.vuong@example.com' },
  });
  const code = (await newCodes(town, school, '8C3'))(guardian, pupil);
  const person = town.telegram.person();
  await answerTo(person, () => person.start(code));
  await hub.db.prisma.consent.create({
    data: { guardianId: guardian, pupilId: pupil, purpose: 'classNews', agreed: true, changedAt: town.now() },
  });
  const { classId } = await hub.db.prisma.enrolment.findFirstOrThrow({ where: { pupilId: pupil } });
  const draft = draftClassNotice(
    { classId, title: 'Chuyện kín', body: 'Nội dung kín' },
    { schoolId: school, createdBy: 'cli', idempotencyKey: 'k' },
  );
  const { id: noticeId } = await hub.publish(draft);
  await until(
    'the notice to be sent',
    async () => (await hub.db.prisma.notice.findUniqueOrThrow({ where: { id: noticeId } })).finishedAt,
  );
  const { code: pupilCode } = await hub.db.prisma.pupil.findUniqueOrThrow({ where: { id: pupil } });
  personal = [
    'Bí Mật',
    'Nhung',
    'Tuyết',
    'Vương',
    'Quyền',
    '8C3',
    '0912345678',
    '912345678',
    'quyen.vuong',
    person.chatId,
    'Chuyện kín',
    'Nội dung kín',
    pupilCode,
    code,
    town.telegram.token,
    'TruongHoaMaiBot',
    'hoamai.example.com',
  ];
  const contact = await hub.db.prisma.contact.findFirstOrThrow({
    where: { guardianId: guardian, channel: 'email' },
  });
  const delivery = await hub.db.prisma.delivery.findFirstOrThrow({ where: { noticeId } });
  const ids = [contact.id, guardian, pupil, school, noticeId, String(delivery.id), town.bot];
  const { signer } = hub;
  const right = signer.sign('invite', contact.id);
  tokens = [
    ...ids,
    ...ids.map((id) => `${Buffer.from(id).toString('base64url')}.0.${'A'.repeat(22)}`),
    `${right.slice(0, -1)}${right.endsWith('A') ? 'B' : 'A'}`,
    signer.sign('invite', contact.id, new Date(60_000)),
    signer.sign('confirm', String(delivery.id), new Date(60_000)),
    // Well signed, but the message was no form.
    signer.sign('form', String(delivery.id)),
    'x',
    '.',
    '..%2f..%2fetc%2fpasswd',
    '%00',
    "' or 1=1 --",
    'a'.repeat(5000),
  ];
  app = appOn(hub.db.prisma);
  // A database that fails at every question.
  broken = appOn(
    new Proxy(hub.db.prisma, {
      get: () => {
        throw new Error('Vương Văn Quyền 0912345678 quyen.vuong@example.com');
      },
    }),
  );
});

function appOn(db: Town['hub']['db']['prisma']): Hono {
  const { hub } = town;
  const accounts = openAccounts(db, hub.channels, hub.sealer, hub.log);
  const undelivered = async () => undefined;
  const confirmed = async () => undefined;
  const forms = openForms({ ...hub, db, ring: async () => undefined });
  const inbox = openInbox({
    ...hub,
    forms,
    accounts,
    safetyConfirmMs: 60_000,
    linkTriesPerHour: 5,
    messagesPerMinute: 1000,
    office: { fromMin: 0, toMin: 1440 },
    post: { kick: () => undefined },
    topics: [],
    undelivered,
    confirmed,
    metrics: openMetrics(),
  });
  const office = { fromMin: 0, toMin: 1440 };
  const absence = openAbsenceDoor({
    ...hub,
    db: { ...hub.db, prisma: db },
    office,
    post: { kick: () => undefined },
  });
  return webApp({
    ...hub,
    db,
    forms,
    absence,
    undelivered,
    confirmed,
    webhooks: { accounts, inbox, signer: hub.signer },
    readiness: async () => ({ ready: true, checks: { database: true } }),
  });
}

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];
/** Every path that some route answers, with something in the place of each parameter. */
function* everyCall(): Generator<{ method: string; path: string }> {
  const patterns = [...new Set(app.routes.map((route) => route.path))].filter((path) => path !== '/*');
  for (const pattern of [
    ...patterns,
    '/',
    '/admin',
    '/.env',
    '/family',
    '/assets/../../package.json',
    '/assets/family.css.map',
  ]) {
    for (const token of pattern.includes(':') ? tokens : ['']) {
      const path = pattern.replace(/:\w+(\{[^}]*\}+)?/g, () => encodeURI(token));
      for (const method of METHODS) yield { method, path };
    }
  }
}

const HEADERS: [string, RegExp][] = [
  ['content-security-policy', /^default-src 'none';.*frame-ancestors 'none'/],
  ['content-security-policy', /object-src 'none'/],
  ['content-security-policy', /base-uri 'none'/],
  ['content-security-policy', /form-action 'self'/],
  ['strict-transport-security', /max-age=31536000/],
  ['x-content-type-options', /nosniff/],
  ['x-frame-options', /DENY/i],
  ['referrer-policy', /no-referrer/],
  ['cache-control', /no-store|public, max-age/],
];

describe('Every route, called without the right to', () => {
  it('is in the list: the routes are what this test believes them to be', () => {
    const paths = app.routes.map((route) => `${route.method} ${route.path}`);
    for (const path of [
      'GET /healthz',
      'GET /metrics',
      'GET /family/link/:token',
      'POST /u/:token',
      'GET /family/confirm/:token',
      'GET /family/form/:token',
      'POST /family/form/:token',
      'GET /family/absence/:token',
      'POST /family/absence/:token',
    ])
      expect(paths).toContain(path);
    expect([...everyCall()].length).toBeGreaterThan(300);
  });

  it('says nothing about anybody, fails with a plain page, and carries every header of the policy', async () => {
    const open = new Set(['/healthz', '/readyz', '/metrics', '/assets/pico.css', '/assets/family.css']);
    for (const { method, path } of everyCall()) {
      const response = await app.request(path, {
        method,
        ...(method === 'GET'
          ? {}
          : {
              body: 'answer=save&purpose=marks',
              headers: { 'content-type': 'application/x-www-form-urlencoded' },
            }),
      });
      const body = await response.text();
      const where = `${method} ${path.slice(0, 80)} → ${response.status}`;
      expect(
        personal.filter((one) => body.includes(one) && !path.includes(one)),
        where,
      ).toEqual([]);
      expect(body, where).not.toMatch(/node_modules|\.tsx?:\d|Prisma|at \w+ \(/);
      if (!(method === 'GET' && open.has(path)))
        expect([400, 401, 403, 404], where).toContain(response.status);
      for (const [name, wanted] of HEADERS)
        expect(response.headers.get(name), `${where} ${name}`).toMatch(wanted);
      const kept = /max-age/.test(response.headers.get('cache-control') ?? '');
      expect(kept, where).toBe(path.startsWith('/assets/') && response.status === 200);
      expect(response.headers.get('x-powered-by')).toBeNull();
      expect(response.headers.get('set-cookie')).toBeNull();
    }
  });

  it('changed nothing', async () => {
    const { prisma } = town.hub.db;
    expect(await prisma.contact.findMany({ where: { channel: 'email' }, select: { state: true } })).toEqual([
      { state: 'unconfirmed' },
    ]);
    expect(await prisma.recipient.count({ where: { confirmedAt: { not: null } } })).toBe(0);
    expect(await prisma.consentAct.count()).toBe(0);
  });
});

describe('When the database fails', () => {
  it('every page says so politely, in both languages, with the same headers, and neither page nor log tells what was being looked for', async () => {
    const { signer } = town.hub;
    const nobody = '018f0000-0000-7000-8000-000000000000';
    const paths = [
      `/family/link/${signer.sign('invite', nobody)}`,
      `/u/${signer.sign('unsubscribe', nobody)}`,
      `/family/confirm/${signer.sign('confirm', '1')}`,
      `/family/form/${signer.sign('form', '1')}`,
      `/family/absence/${signer.sign('absence', nobody)}`,
    ];
    const from = town.log.length;
    for (const path of paths) {
      for (const method of ['GET', 'POST']) {
        const response = await broken.request(path, { method });
        const body = await response.text();
        expect(response.status).toBe(500);
        expect(body).toContain('Nhà trường chưa xử lý được');
        expect(body).toContain('could not do this now');
        expect(personal.filter((one) => body.includes(one))).toEqual([]);
        for (const [name, wanted] of HEADERS) expect(response.headers.get(name)).toMatch(wanted);
      }
    }
    const lines = town.log.slice(from).filter((line) => line.includes('page failed'));
    expect(lines).toHaveLength(paths.length * 2);
    for (const line of lines) {
      expect(line).not.toMatch(/0912345678|quyen\.vuong/);
      for (const path of paths) expect(line).not.toContain(path.slice(path.lastIndexOf('/') + 1));
    }
  });
});

describe('The doors for monitors', () => {
  it('say whether the hub lives and is ready, and count without naming', async () => {
    expect(await (await fetch(`${town.hub.url}/healthz`)).json()).toEqual({ alive: true });
    const ready = await fetch(`${town.hub.url}/readyz`);
    expect([ready.status, await ready.json()]).toEqual([200, { ready: true, checks: { database: true } }]);
    const metrics = await (await fetch(`${town.hub.url}/metrics`)).text();
    expect(metrics).toMatch(/lienlac_sends_total\{channel="telegram",outcome="accepted"\} [1-9]/);
    expect(metrics).toMatch(/lienlac_inbound_total\{kind="start"\} 1/);
    expect(personal.filter((one) => metrics.includes(one))).toEqual([]);
  });
});
