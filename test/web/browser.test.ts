import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { publishReportCards } from '../../src/grades/index.ts';
import { sendForm } from '../flow/form-town.ts';
import { newGuardian, newPupil, openTown, type Town } from '../flow/town.ts';

// Debian's path; elsewhere CHROMIUM names it.
const PATH = process.env.CHROMIUM ?? '/usr/bin/chromium';
const there = existsSync(PATH);
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
/** With SCREENSHOTS=<folder>, what a phone of 360 px shows is written there. */
const SHOTS = process.env.SCREENSHOTS;

if (!there) console.warn(`no Chromium at ${PATH}: the pages are not looked at in a browser`);

it.runIf(process.env.CI === 'true')('the build server has a browser to look at the pages with', () => {
  expect(there, `Chromium at ${PATH}; apt-get install chromium, or set CHROMIUM`).toBe(true);
});

describe.skipIf(!there)('On an old phone, 360 px wide and without script,', () => {
  let town: Town;
  let browser: Browser;
  let context: BrowserContext;
  let links: Record<string, string>;

  beforeAll(async () => {
    town = await openTown();
    browser = await chromium.launch({ executablePath: PATH, headless: true, args: FLAGS });
    // Scripts stay on, or axe could not look; that pages need none, the policy below proves: it forbids all.
    context = await browser.newContext({ viewport: { width: 360, height: 640 }, bypassCSP: true });
    const { hub } = town;
    const pupils = [
      await newPupil(hub, town.school, 'Nguyễn Thị Khánh Huyền'),
      await newPupil(hub, town.school, 'Nguyễn Đức Anh', '3A'),
    ];
    const guardian = await newGuardian(hub, town.school, pupils, {
      email: { account: town.mailbox, address: 'ph@example.com' },
    });
    const english = await newGuardian(hub, town.school, pupils, {
      email: { account: town.mailbox, address: 'en@example.com' },
    });
    await hub.db.prisma.guardian.update({ where: { id: english }, data: { language: 'en' } });
    const contactOf = async (guardianId: string) =>
      (await hub.db.prisma.contact.findFirstOrThrow({ where: { guardianId } })).id;
    const [vi, en] = [await contactOf(guardian), await contactOf(english)];
    links = {
      link: `/family/link/${hub.signer.sign('invite', vi)}`,
      'link-en': `/family/link/${hub.signer.sign('invite', en)}`,
      unsubscribe: `/u/${hub.signer.sign('unsubscribe', vi)}`,
      problem: '/family/link/nonsense',
      card: await cardOf(pupils[0] ?? '', guardian, vi),
      form: await formTo(pupils[0] ?? '', guardian),
      settings: `/family/settings/${hub.signer.sign('settings', vi)}`,
    };
  });
  afterAll(async () => {
    await browser?.close();
  });

  /** A report card, as it was sent to this contact. */
  async function cardOf(pupilId: string, guardianId: string, contactId: string): Promise<string> {
    const { hub, school: schoolId } = town;
    const { prisma } = hub.db;
    await prisma.contact.update({ where: { id: contactId }, data: { state: 'active' } });
    await prisma.consent.create({
      data: { guardianId, pupilId, purpose: 'marks', agreed: true, changedAt: town.now() },
    });
    const { id: schoolYearId } = await prisma.schoolYear.findFirstOrThrow();
    const about = { schoolId, schoolYearId, pupilId, term: 1, at: town.now(), settledAt: town.now() };
    const { classId } = await prisma.enrolment.findFirstOrThrow({ where: { pupilId } });
    for (const subject of ['Toán', 'Hoạt động trải nghiệm, hướng nghiệp'])
      for (const slot of ['regular1', 'regular2', 'regular3', 'regular4', 'midTerm', 'final', 'average'])
        await prisma.markChange.create({
          data: {
            ...about,
            classId,
            subjectKey: subject.toLowerCase(),
            subject,
            slot,
            after: { tenths: 85, word: null, raw: '8,5' },
          },
        });
    const order = { schoolId, classId, term: 1, createdBy: 'cli', idempotencyKey: 'card' };
    const published = await publishReportCards(prisma, hub.texts, hub.rules, order, town.now());
    const { id } = await prisma.delivery.findFirstOrThrow({ where: { noticeId: published?.id ?? '' } });
    return `/family/card/${hub.signer.sign('card', String(id))}`;
  }

  /** A form, as it was sent to this guardian. */
  async function formTo(pupilId: string, guardianId: string): Promise<string> {
    const { prisma } = town.hub.db;
    await prisma.consent.create({
      data: { guardianId, pupilId, purpose: 'classNews', agreed: true, changedAt: town.now() },
    });
    const formId = await sendForm(town, [pupilId], {
      questions: [
        { type: 'yesNo', text: 'Gia đình có cho em đi không?' },
        {
          type: 'choice',
          text: 'Đón em ở đâu?',
          options: ['Cổng trường', 'Bến xe Cao Bằng'],
          optional: true,
        },
        { type: 'number', text: 'Mấy người lớn đi cùng?', max: 4 },
        { type: 'text', text: 'Em cần lưu ý gì?', optional: true },
      ],
    });
    const { noticeId } = await prisma.form.findUniqueOrThrow({ where: { id: formId } });
    const { id } = await prisma.delivery.findFirstOrThrow({ where: { noticeId } });
    return `/family/form/${town.hub.signer.sign('form', String(id))}`;
  }

  async function look(name: string, page: Page): Promise<void> {
    if (SHOTS) {
      await mkdir(SHOTS, { recursive: true });
      await page.screenshot({ path: join(SHOTS, `${name}.png`), fullPage: true });
    }
    const wide = await page.evaluate('document.documentElement.scrollWidth');
    expect(wide, `${name} is wider than the phone`).toBeLessThanOrEqual(360);
    expect(await page.evaluate('document.compatMode')).toBe('CSS1Compat');
    await page.addScriptTag({ path: AXE });
    const { violations } = (await page.evaluate('axe.run()')) as {
      violations: { id: string; help: string; nodes: { html: string }[] }[];
    };
    expect(violations.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes[0]?.html}`)).toEqual([]);
    const small = (await page.evaluate(
      `[...document.querySelectorAll('button, label, a')].map((e) => [e.textContent.trim(), e.getBoundingClientRect().height]).filter(([, h]) => h < 40)`,
    )) as unknown[];
    expect(small, 'too small for a thumb').toEqual([]);
  }

  it.each(['link', 'link-en', 'unsubscribe', 'problem', 'card', 'form', 'settings'])(
    'the page "%s" fits, can be read aloud and pressed, and weighs at most 50 KB',
    async (name) => {
      const page = await context.newPage();
      const session = await context.newCDPSession(page);
      await session.send('Network.enable');
      let bytes = 0;
      const failed: string[] = [];
      session.on('Network.loadingFinished', ({ encodedDataLength }) => {
        bytes += encodedDataLength;
      });
      page.on('requestfailed', (request) => failed.push(request.url()));
      page.on(
        'console',
        (message) =>
          message.type() === 'error' && !/40[34]/.test(message.text()) && failed.push(message.text()),
      );
      await page.goto(`${town.hub.url}${links[name]}`, { waitUntil: 'networkidle' });
      expect(failed).toEqual([]);
      expect(bytes).toBeLessThan(50_000);
      expect(await page.locator('script').count()).toBe(0);
      await look(name, page);
      await page.close();
    },
  );

  it('a form is answered without script: what is missing stands beside its field, and the answer can be changed', async () => {
    const plain = await browser.newContext({ viewport: { width: 360, height: 640 }, bypassCSP: true });
    const page = await plain.newPage();
    await page.goto(`${town.hub.url}${links.form}`);
    await page.getByLabel('Mấy người lớn đi cùng?').fill('9');
    await page.getByRole('button', { name: 'Trả lời' }).click();
    await page.getByText('Con số này nằm ngoài khoảng').waitFor();
    await look('form-problems', page);
    await page
      .getByRole('group', { name: 'Gia đình có cho em đi không?' })
      .getByLabel('Đồng ý', { exact: true })
      .check();
    await page.getByLabel('Mấy người lớn đi cùng?').fill('1');
    await page.getByRole('button', { name: 'Trả lời' }).click();
    await page.getByText('nhà trường đã ghi lại').waitFor();
    await look('form-kept', page);
    await page.getByRole('link', { name: 'Đổi câu trả lời' }).click();
    await page.getByText('Gia đình đã trả lời').waitFor();
    await plain.close();
  });

  it('a parent answers with a thumb, under the policy that the page is sent with', async () => {
    const strict = await browser.newContext({
      viewport: { width: 360, height: 640 },
      javaScriptEnabled: false,
    });
    const page = await strict.newPage();
    const complaints: string[] = [];
    page.on('console', (message) => complaints.push(message.text()));
    await page.goto(`${town.hub.url}${links.link}`);
    // A style sheet that the policy kept out would leave the letters as they are.
    expect(await page.evaluate('getComputedStyle(document.body).fontFamily')).toContain('system-ui');
    await page.getByLabel('Tin của lớp').check();
    await page.getByRole('button', { name: 'Xác nhận' }).click();
    await page.getByText('Gia đình đã chọn: Tin của lớp').waitFor();
    expect(complaints).toEqual([]);
    await strict.close();
    const shown = await context.newPage();
    await shown.goto(`${town.hub.url}${links.link}`);
    await shown.getByLabel('Điểm số').check();
    await shown.getByRole('button', { name: 'Xác nhận' }).click();
    await look('saved', shown);
  });
});
