// The page on which a family that reads mail answers a form.
import { beforeAll, describe, expect, it } from 'vitest';
import { closeContacts } from '../../src/notices/index.ts';
import { findLink } from '../../src/sandbox/index.ts';
import { sendForm } from '../flow/form-town.ts';
import { freshName, newGuardian, newPupil, openTown, type Town } from '../flow/town.ts';
import { until } from '../harness/index.ts';

const HOUR_MS = 3_600_000;
let town: Town;
beforeAll(async () => {
  town = await openTown();
});
const db = () => town.hub.db.prisma;

/** A father who reads mail, in his language. */
async function father(language = 'vi') {
  const pupil = await newPupil(town.hub, town.school, 'Lý Văn <Nam>');
  const address = `${freshName()}@example.com`;
  const guardian = await newGuardian(town.hub, town.school, [pupil], {
    email: { account: town.mailbox, address },
  });
  await db().guardian.update({ where: { id: guardian }, data: { language } });
  await db().contact.updateMany({ where: { guardianId: guardian }, data: { state: 'active' } });
  await db().consent.create({
    data: { guardianId: guardian, pupilId: pupil, purpose: 'classNews', agreed: true, changedAt: town.now() },
  });
  return { pupil, guardian, address };
}

const QUESTIONS = [
  { type: 'yesNo' as const, text: 'Em có sốt không?' },
  { type: 'number' as const, text: 'Thân nhiệt của em?', min: 35, max: 42, decimals: 1 },
  { type: 'text' as const, text: 'Ghi chú', optional: true },
];

async function asked(language = 'vi') {
  const family = await father(language);
  const formId = await sendForm(town, [family.pupil], {
    about: 'health',
    title: 'Khai báo <y tế>',
    questions: QUESTIONS,
  });
  const mail = await until('the mail with the form', () =>
    town.mail
      .mailbox(family.address)
      .mails()
      .find((one) => one.html.includes('/family/form/')),
  );
  return { ...family, formId, link: findLink(mail, '/family/form/') };
}

const post = (link: string, fields: Record<string, string>) =>
  fetch(link, { method: 'POST', body: new URLSearchParams(fields) });
const counted = async (formId: string) =>
  (await db().formAnswer.findMany({ where: { formId }, orderBy: { id: 'asc' } })).map((one) => one.answers);

describe('The page of a form', () => {
  it('is opened from the mail, needs no script, weighs little, and has a label for every field and nothing chosen', async () => {
    const { link } = await asked();
    const answer = await fetch(link);
    const page = await answer.text();
    expect(answer.status).toBe(200);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(page.length).toBeLessThan(50_000);
    expect(page).not.toMatch(/<script|checked|onclick/);
    expect(page).toContain('Khai báo &lt;y tế&gt;');
    expect(page).toContain('Lý Văn &lt;Nam&gt;');
    expect(page).toContain('từ 35 đến 42');
    expect(page.match(/<legend>/g)).toHaveLength(1);
    for (const field of ['q1', 'q2']) {
      expect(page).toContain(`<label for="${field}">`);
      expect(page).toContain(`id="${field}"`);
    }
  });

  it('says beside each field what is missing, keeps what was typed, and nothing else', async () => {
    const { link, formId } = await asked();
    const answer = await post(link, { q1: '50', q2: 'Em <b>khoẻ</b>' });
    const page = await answer.text();
    expect(answer.status).toBe(422);
    expect(page).toMatch(/id="q0-problem"[^>]*>Xin cho nhà trường một câu trả lời/);
    expect(page).toMatch(/id="q1-problem"[^>]*>Con số này nằm ngoài khoảng/);
    expect(page).toMatch(/name="q1" value="50"[^>]*aria-invalid="true"[^>]*aria-describedby="q1-problem"/);
    expect(page).toContain('Em &lt;b&gt;khoẻ&lt;/b&gt;');
    expect(await counted(formId)).toEqual([]);
  });

  it('keeps an answer once however often it is sent, shows it, and takes another until the deadline', async () => {
    const { link, formId } = await asked();
    const first = await post(link, { q0: 'no', q1: '36,8', q2: '' });
    expect(first.status).toBe(200);
    expect(await first.text()).toMatch(/nhà trường đã ghi lại[\s\S]*Không[\s\S]*36,8[\s\S]*bỏ qua/);
    await post(link, { q0: 'no', q1: '36.8', q2: '' });
    expect(await counted(formId)).toEqual([[false, 36.8, null]]);
    expect(await (await fetch(link)).text()).toMatch(/value="no" checked/);
    await post(link, { q0: 'yes', q1: '38,5', q2: 'Cháu mệt' });
    expect(await counted(formId)).toEqual([
      [false, 36.8, null],
      [true, 38.5, 'Cháu mệt'],
    ]);
  });

  it('is closed after the deadline: it shows what counts, and takes no more', async () => {
    const { link, formId } = await asked();
    await post(link, { q0: 'no', q1: '36,8' });
    town.forward(25 * HOUR_MS);
    const late = await post(link, { q0: 'yes', q1: '39' });
    const page = await late.text();
    town.forward(-25 * HOUR_MS);
    expect(late.status).toBe(200);
    expect(page).toMatch(/hết hạn/);
    expect(page).toContain('36,8');
    expect(page).not.toMatch(/<form|39/);
    expect(await counted(formId)).toEqual([[false, 36.8, null]]);
  });

  it('speaks the language of the guardian, and the answer says in which it was read', async () => {
    const { link, formId } = await asked('en');
    expect(await (await fetch(link)).text()).toMatch(/Please answer before[\s\S]*kept private/);
    await post(link, { q0: 'no', q1: '36.8' });
    expect(
      await db().formAnswer.findMany({ where: { formId }, select: { language: true, channel: true } }),
    ).toEqual([{ language: 'en', channel: 'email' }]);
  });

  it('is what the other guardian’s mail leads to when somebody has answered; the mail does not say what', async () => {
    const { pupil, formId, link } = await asked();
    const other = await father();
    await db().guardianship.create({
      data: { schoolId: town.school, guardianId: other.guardian, pupilId: pupil, relation: 'mother' },
    });
    await db().consent.create({
      data: {
        guardianId: other.guardian,
        pupilId: pupil,
        purpose: 'classNews',
        agreed: true,
        changedAt: town.now(),
      },
    });
    await post(link, { q0: 'yes', q1: '38,8' });
    const mail = await until('the mail to the other guardian', () =>
      town.mail.mailbox(other.address).latest(),
    );
    expect(mail.subject).toContain('đã có câu trả lời');
    expect(mail.html + mail.text).not.toMatch(/38,8|sốt/);
    const theirs = findLink(mail, '/family/form/');
    expect(await (await fetch(theirs)).text()).toContain('Một người giám hộ khác của em đã trả lời');
    await post(theirs, { q0: 'no', q1: '36,9' });
    expect((await counted(formId)).at(-1)).toEqual([false, 36.9, null]);
  });

  type Asked = Awaited<ReturnType<typeof asked>>;
  it.each<[string, (one: Asked) => Promise<unknown>]>([
    [
      'the address was ended',
      ({ address }) =>
        closeContacts(db(), { accountId: town.mailbox, address }, 'unlinked', 'test', town.now()),
    ],
    [
      'the guardianship ended',
      ({ guardian }) =>
        db().guardianship.updateMany({ where: { guardianId: guardian }, data: { closedAt: town.now() } }),
    ],
    [
      'the agreement was withdrawn',
      ({ guardian }) => db().consent.updateMany({ where: { guardianId: guardian }, data: { agreed: false } }),
    ],
  ])('says nothing and takes nothing when %s', async (_, end) => {
    const one = await asked();
    await end(one);
    for (const answer of [await fetch(one.link), await post(one.link, { q0: 'no', q1: '36,8' })]) {
      expect(answer.status).toBe(403);
      expect(await answer.text()).not.toMatch(/Nam|y tế/);
    }
    expect(await counted(one.formId)).toEqual([]);
  });

  it('is no other family’s: a link for another use, or of another message, opens nothing', async () => {
    const { link, formId } = await asked();
    const delivery = await db().delivery.findFirstOrThrow({ orderBy: { id: 'desc' } });
    const { signer } = town.hub;
    const forged = [
      signer.sign('confirm', String(delivery.id)),
      signer.sign('form', '999999999'),
      signer.sign('form', 'x'),
      `${link.slice(link.lastIndexOf('/') + 1, -1)}${link.endsWith('A') ? 'B' : 'A'}`,
    ];
    for (const token of forged)
      expect((await post(`${town.hub.url}/family/form/${token}`, { q0: 'no', q1: '36,8' })).status).toBe(403);
    expect((await post(link, { q2: 'x'.repeat(70_000) })).status).toBe(413);
    expect(await counted(formId)).toEqual([]);
  });
});
