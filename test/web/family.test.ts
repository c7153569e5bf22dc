import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { draftClassNotice } from '../../src/classroom/index.ts';
import { findLink, oneClickUrl, unsubscribe } from '../../src/sandbox/index.ts';
import { allHandled, freshName, newGuardian, newPupil, openTown, type Town } from '../flow/town.ts';
import { until } from '../harness/index.ts';

const DAY_MS = 86_400_000;
let town: Town;
beforeAll(async () => {
  town = await openTown();
});
beforeEach(() => allHandled(town));

const db = () => town.hub.db.prisma;
const contactOf = (address: string) => db().contact.findFirstOrThrow({ where: { address } });
const consentsOf = async (guardianId: string) =>
  (
    await db().consent.findMany({ where: { guardianId }, orderBy: [{ pupilId: 'asc' }, { purpose: 'asc' }] })
  ).map(({ pupilId, purpose, agreed }) => ({ pupilId, purpose, agreed }));
const actsOf = (guardianId: string) => db().consentAct.findMany({ where: { guardianId } });
const form = (fields: Record<string, string | string[]>) => {
  const body = new URLSearchParams();
  for (const [name, values] of Object.entries(fields))
    for (const value of [values].flat()) body.append(name, value);
  return { method: 'POST', body, redirect: 'manual' as const };
};

type Invited = { address: string; guardian: string; pupils: string[]; link: string };
/** A parent with an address from a file, and the link of the confirmation mail that came there. */
async function invited(names = ['Nguyễn Hoàng Yến'], language = 'vi'): Promise<Invited> {
  const address = `${freshName()}@example.com`;
  const pupils: string[] = [];
  for (const [index, name] of names.entries())
    pupils.push(await newPupil(town.hub, town.school, name, index ? '7B' : '6A1'));
  const guardian = await newGuardian(town.hub, town.school, pupils, {
    fullName: 'Nguyễn Văn Thắng',
    email: { account: town.mailbox, address },
  });
  await db().guardian.update({ where: { id: guardian }, data: { language } });
  await town.hub.invite(town.school, 'cli');
  const mail = await until(`the confirmation mail to ${address}`, () => town.mail.mailbox(address).latest());
  return { address, guardian, pupils, link: findLink(mail, '/family/link/') };
}
const textOf = async (response: Response) =>
  (await response.text()).replace(/<[^>]+>/g, ' ').replace(/\s+/g, ' ');

describe('The confirmation mail', () => {
  it('tells no more of the child than the chat does, and nothing else goes to an address before it is confirmed', async () => {
    const { address } = await invited();
    const { text, html, subject } = town.mail.mailbox(address).latest() ?? {
      text: '',
      html: '',
      subject: '',
    };
    for (const part of [text, html]) {
      expect(part).toContain('Yến');
      expect(part).not.toMatch(/Hoàng|Thắng/);
    }
    expect(subject).toContain('Trường TH&THCS Hoa Mai');
    expect(subject).not.toContain('Yến');
    await town.hub.invite(town.school, 'cli');
    expect(town.mail.mailbox(address).mails()).toHaveLength(1);
  });
});

describe('The page behind it', () => {
  it('shows a child that only shares a phone number when its own code was used, not before', async () => {
    const { link, guardian, pupils } = await invited(['Nguyễn Hoàng Yến', 'Lục Văn Sơn']);
    const [listed, byPhone] = pupils as [string, string];
    const key = { guardianId: guardian, pupilId: listed };
    await db().guardianship.update({ where: { guardianId_pupilId: key }, data: { relation: 'father' } });
    const body = new URLSearchParams({ answer: 'save', purpose: 'marks' });
    expect(await textOf(await fetch(link))).not.toContain('Sơn');
    await fetch(link, { method: 'POST', body });
    expect((await consentsOf(guardian)).some(({ pupilId }) => pupilId === byPhone)).toBe(false);
    await db().linkCode.create({
      data: {
        schoolId: town.school,
        guardianId: guardian,
        pupilId: byPhone,
        hash: freshName(),
        expiresAt: new Date(Date.now() + DAY_MS),
        usedAt: new Date(),
      },
    });
    expect(await textOf(await fetch(link))).toContain('Sơn');
  });

  it('shows school, children and purposes, and nothing is ticked', async () => {
    const { link } = await invited(['Nguyễn Hoàng Yến', 'Nguyễn Hoàng Long']);
    const response = await fetch(link);
    const html = await response.text();
    expect(response.status).toBe(200);
    for (const words of [
      'Hoa Mai',
      'Yến (lớp 6A1)',
      'Long (lớp 7B)',
      'Điểm số',
      'Các khoản thu',
      'Tin của lớp',
    ])
      expect(html).toContain(words);
    expect(html).not.toMatch(/Hoàng|Thắng|Nguyễn/);
    expect(html.match(/type="checkbox"/g)).toHaveLength(3);
    expect(html).not.toMatch(/<input[^>]*type="checkbox"[^>]*checked/);
    expect(html).not.toMatch(/<script|onclick|javascript:/i);
    expect(html.length).toBeLessThan(50_000);
  });

  it('only looks when it is looked at, however often: mail scanners open every link', async () => {
    const { link, address, guardian } = await invited();
    for (const method of ['GET', 'HEAD', 'GET']) expect((await fetch(link, { method })).status).toBe(200);
    expect(await contactOf(address)).toMatchObject({ state: 'unconfirmed', confirmedAt: null });
    expect(await consentsOf(guardian)).toEqual([]);
  });

  it('keeps the answer for each child and purpose, with the wording that was read, when and by which address', async () => {
    const { link, address, guardian, pupils } = await invited(['Nguyễn Hoàng Yến', 'Nguyễn Hoàng Long']);
    const wording = /name="wording" value="([^"]+)"/.exec(await (await fetch(link)).text())?.[1] ?? '';
    const before = town.now();
    const response = await fetch(
      link,
      form({ answer: 'save', purpose: ['marks', 'classNews'], language: 'vi', wording }),
    );
    expect(response.status).toBe(200);
    expect(await textOf(response)).toContain('Gia đình đã chọn: Điểm số, Tin của lớp.');
    const expected = pupils.toSorted().flatMap((pupilId) =>
      [
        ['marks', true],
        ['fees', false],
        ['classNews', true],
      ].map(([purpose, agreed]) => ({ pupilId, purpose, agreed })),
    );
    expect(await consentsOf(guardian)).toEqual(expected);
    const contact = await contactOf(address);
    expect(contact.state).toBe('active');
    expect(contact.confirmedAt?.getTime()).toBeGreaterThanOrEqual(before.getTime());
    const acts = await actsOf(guardian);
    expect(acts).toHaveLength(6);
    for (const act of acts) {
      expect(act).toMatchObject({
        textVersion: 'vi:1',
        channel: 'email',
        contactId: contact.id,
        schoolId: town.school,
      });
      expect(act.at.getTime()).toBeGreaterThanOrEqual(before.getTime());
    }
  });

  it('says in the evidence which language was read, although another is chosen with the same press', async () => {
    const { link, guardian } = await invited();
    const response = await fetch(
      link,
      form({ answer: 'save', purpose: 'fees', language: 'en', wording: 'vi:1' }),
    );
    expect(await textOf(response)).toContain('You have chosen: Fees.');
    expect((await db().guardian.findUniqueOrThrow({ where: { id: guardian } })).language).toBe('en');
    expect(new Set((await actsOf(guardian)).map((act) => act.textVersion))).toEqual(new Set(['vi:1']));
    const again = await (await fetch(link)).text();
    expect(again).toContain('lang="en"');
    expect(again).toContain('value="en:1"');
  });

  it('takes an address that wants urgent notices only', async () => {
    const { link, address, guardian } = await invited();
    expect(
      await textOf(await fetch(link, form({ answer: 'save', language: 'vi', wording: 'vi:1' }))),
    ).toContain('chỉ nhận tin khẩn');
    expect((await contactOf(address)).state).toBe('active');
    expect((await consentsOf(guardian)).map((one) => one.agreed)).toEqual([false, false, false]);
  });

  it('closes an address that wants nothing', async () => {
    const { link, address, guardian } = await invited();
    expect(await textOf(await fetch(link, form({ answer: 'decline' })))).toContain('sẽ không gửi gì thêm');
    expect((await contactOf(address)).state).toBe('unlinked');
    expect(await consentsOf(guardian)).toEqual([]);
  });

  it.each([
    ['nothing', { method: 'POST', redirect: 'manual' as const }],
    ['an answer that is none', form({ answer: 'perhaps', purpose: 'marks' })],
    ['a one-click unsubscription at the wrong address', form({ 'List-Unsubscribe': 'One-Click' })],
    [
      'a form that cannot be read',
      {
        method: 'POST',
        redirect: 'manual' as const,
        body: 'x',
        headers: { 'content-type': 'multipart/form-data' },
      },
    ],
  ])('asks again when %s is posted: no silence is taken for a yes', async (_what, init) => {
    const { link, address, guardian } = await invited();
    const response = await fetch(link, init);
    expect(response.status).toBe(303);
    expect(response.headers.get('location')).toBe(new URL(link).pathname);
    expect((await contactOf(address)).state).toBe('unconfirmed');
    expect(await consentsOf(guardian)).toEqual([]);
  });

  it('ignores purposes, languages and wordings that there are not', async () => {
    const { link, guardian } = await invited();
    await fetch(
      link,
      form({ answer: 'save', purpose: ['marks', 'health', '__proto__'], language: 'xx', wording: '<b>' }),
    );
    expect((await consentsOf(guardian)).filter((one) => one.agreed).map((one) => one.purpose)).toEqual([
      'marks',
    ]);
    expect((await db().guardian.findUniqueOrThrow({ where: { id: guardian } })).language).toBe('vi');
    expect((await actsOf(guardian))[0]?.textVersion).toBe('vi:1');
  });

  it('does not take a form as large as a book', async () => {
    const { link, address } = await invited();
    // The server hangs up on what it does not read.
    const response = await fetch(link, {
      ...form({ answer: 'save', purpose: 'x'.repeat(200_000) }),
      headers: { connection: 'close' },
    });
    expect(response.status).toBe(413);
    expect((await contactOf(address)).state).toBe('unconfirmed');
  });

  it('shows no child that left, and none of a guardianship that the school closed', async () => {
    const { link, pupils } = await invited(['Nguyễn Hoàng Yến', 'Nguyễn Hoàng Long', 'Nguyễn Hoàng Vy']);
    await db().pupil.update({ where: { id: pupils[1] ?? '' }, data: { leftAt: town.now() } });
    await db().guardianship.updateMany({
      where: { pupilId: pupils[2] ?? '' },
      data: { closedAt: town.now() },
    });
    const html = await (await fetch(link)).text();
    expect(html).toContain('Yến');
    expect(html).not.toMatch(/Long|Vy/);
  });
});

describe('Unsubscribing', () => {
  it('takes one click in the mail program (RFC 8058), without asking anything', async () => {
    const { address, link } = await invited();
    await fetch(link, form({ answer: 'save', purpose: ['marks'], language: 'vi', wording: 'vi:1' }));
    const mail = town.mail.mailbox(address).latest();
    if (!mail) throw new Error('no mail');
    expect(mail.headers['list-unsubscribe-post']).toBe('List-Unsubscribe=One-Click');
    const url = oneClickUrl(mail) ?? '';
    // A link scanner that follows it changes nothing.
    expect((await fetch(url)).status).toBe(200);
    expect((await fetch(url, { method: 'HEAD' })).status).toBe(200);
    expect((await contactOf(address)).state).toBe('active');
    expect(await unsubscribe(mail)).toBe(200);
    expect((await contactOf(address)).state).toBe('unlinked');
    // Mail programs repeat themselves.
    expect(await unsubscribe(mail)).toBe(200);
    expect((await contactOf(address)).state).toBe('unlinked');
  });

  it('has a page with one button for everybody else', async () => {
    const { address } = await invited();
    const mail = town.mail.mailbox(address).latest();
    if (!mail) throw new Error('no mail');
    const url = findLink(mail, '/u/');
    const page = await (await fetch(url)).text();
    expect(page).toContain('kể cả tin khẩn');
    expect(page.match(/<button/g)).toHaveLength(1);
    expect(await textOf(await fetch(url, { method: 'POST' }))).toContain('Đã ngừng');
    expect((await contactOf(address)).state).toBe('unlinked');
  });

  it('stops what was on its way, and the next notice says why nobody was told', async () => {
    const { address, link, pupils } = await invited();
    await fetch(link, form({ answer: 'save', purpose: 'classNews', language: 'vi', wording: 'vi:1' }));
    const mail = town.mail.mailbox(address).latest();
    if (!mail) throw new Error('no mail');
    await unsubscribe(mail);
    const { classId } = await db().enrolment.findFirstOrThrow({ where: { pupilId: pupils[0] ?? '' } });
    const draft = draftClassNotice(
      { classId, pupilIds: pupils, title: 'Họp', body: 'Mời họp' },
      { schoolId: town.school, createdBy: 'cli', idempotencyKey: freshName() },
    );
    const { id } = await town.hub.publish(draft);
    const recipient = await db().recipient.findFirstOrThrow({ where: { noticeId: id } });
    expect(recipient).toMatchObject({ outcome: 'notReached', reason: 'unlinked' });
    expect(town.mail.mailbox(address).mails()).toHaveLength(1);
  });
});

describe('"Đã nhận" on a page', () => {
  async function told() {
    const parent = await invited();
    await fetch(parent.link, form({ answer: 'save', purpose: 'classNews', language: 'vi', wording: 'vi:1' }));
    const { classId } = await db().enrolment.findFirstOrThrow({ where: { pupilId: parent.pupils[0] ?? '' } });
    const draft = draftClassNotice(
      {
        classId,
        pupilIds: parent.pupils,
        title: 'Mai học bù',
        body: 'Nội dung chi tiết',
        asksToConfirm: true,
      },
      { schoolId: town.school, createdBy: 'cli', idempotencyKey: freshName() },
    );
    const { id } = await town.hub.publish(draft);
    const mail = await until('the notice by mail', () => town.mail.mailbox(parent.address).mails()[1]);
    const recipient = () => db().recipient.findFirstOrThrow({ where: { noticeId: id } });
    return { ...parent, id, link: findLink(mail, '/family/confirm/'), recipient };
  }

  it('names the child and the notice, confirms with a press, and only with one', async () => {
    const { link, recipient } = await told();
    const page = await textOf(await fetch(link));
    expect(page).toMatch(/Yến.*6A1/);
    expect(page).toContain('Mai học bù');
    expect((await recipient()).confirmedAt).toBeNull();
    expect(await textOf(await fetch(link, { method: 'POST' }))).toContain('Cảm ơn');
    const first = (await recipient()).confirmedAt;
    expect(first).not.toBeNull();
    expect((await fetch(link, { method: 'POST' })).status).toBe(200);
    expect((await recipient()).confirmedAt).toEqual(first);
  });
});

describe('A link that cannot be used', () => {
  it.each([
    'altered at the end',
    'altered in the middle',
    'cut off',
    'of another use',
    'too old',
    'empty',
    'invented',
  ])('%s: a clear page in both languages, and nothing about anybody', async (how) => {
    const { link, address } = await invited();
    const { id } = await contactOf(address);
    const token = link.slice(link.lastIndexOf('/') + 1);
    const { signer } = town.hub;
    const at = Math.floor(token.length / 2);
    const tokens: Record<string, string> = {
      'altered at the end': `${token.slice(0, -2)}${token.endsWith('AA') ? 'BB' : 'AA'}`,
      'altered in the middle': `${token.slice(0, at)}${token[at] === 'x' ? 'y' : 'x'}${token.slice(at + 1)}`,
      'cut off': token.slice(0, -5),
      'of another use': signer.sign('unsubscribe', id),
      'too old': signer.sign('invite', id, new Date(town.now().getTime() - 1000)),
      empty: '%20',
      invented: `${Buffer.from(id).toString('base64url')}.0.${'A'.repeat(22)}`,
    };
    for (const init of [{}, form({ answer: 'save', purpose: 'marks' })]) {
      const response = await fetch(`${town.hub.url}/family/link/${tokens[how]}`, init);
      expect([403, 404]).toContain(response.status);
      const html = await response.text();
      expect(html).toContain('Liên kết không dùng được');
      expect(html).toContain('This link cannot be used');
      expect(html).not.toMatch(/Yến|6A1|Hoa Mai|Error|node_modules|at .*\.ts/);
    }
    expect((await contactOf(address)).state).toBe('unconfirmed');
  });

  it('grows old: the one in the mail is good for sixty days', async () => {
    const { link, address } = await invited();
    expect(link).toContain('/family/link/');
    const token = link.slice(link.lastIndexOf('/') + 1);
    const { id } = await contactOf(address);
    const { signer } = town.hub;
    expect(signer.verify('invite', token, new Date(town.now().getTime() + 59 * DAY_MS))).toBe(id);
    expect(() => signer.verify('invite', token, new Date(town.now().getTime() + 61 * DAY_MS))).toThrow(
      /badLink/,
    );
  });

  it('of somebody who is not there any more is no failure of ours', async () => {
    const { signer } = town.hub;
    const nobody = '018f0000-0000-7000-8000-000000000000';
    const paths = [
      `/family/link/${signer.sign('invite', nobody)}`,
      `/u/${signer.sign('unsubscribe', nobody)}`,
      `/family/confirm/${signer.sign('confirm', '999999999')}`,
    ];
    for (const path of paths)
      for (const method of ['GET', 'POST'])
        expect((await fetch(`${town.hub.url}${path}`, { method })).status).toBe(403);
  });
});

describe('The page “Cách nhận tin” behind a mail', () => {
  /** Two children, confirmed, and the link of the next mail of the class. */
  async function told() {
    const one = await invited(['Nguyễn Hoàng Yến', 'Nguyễn Hoàng Anh']);
    await fetch(one.link, form({ answer: 'save', purpose: ['marks', 'classNews'] }));
    const { id: classId } = await db().schoolClass.findFirstOrThrow({ where: { name: '6A1' } });
    const about = { schoolId: town.school, createdBy: 'cli', idempotencyKey: freshName() };
    await town.hub.publish(draftClassNotice({ classId, title: 'Tin', body: 'Của lớp.' }, about));
    const mail = await until('the mail of the class', () =>
      town.mail
        .mailbox(one.address)
        .mails()
        .find((each) => each.html.includes('/family/settings/')),
    );
    const children = await db().guardianship.findMany({ where: { guardianId: one.guardian } });
    const of = (index: number) => children.find((each) => each.pupilId === one.pupils[index])?.id ?? '';
    return { ...one, link: findLink(mail, '/family/settings/'), of };
  }
  const preferences = async (guardianId: string) =>
    (await db().preference.findMany({ where: { guardianId } })).map(({ pupilId, purpose, mode }) =>
      [pupilId, purpose, mode].join(),
    );

  it('shows what is, changes what differs, for each child and topic, and nothing that is not offered', async () => {
    const { link, guardian, pupils, of } = await told();
    const page = await textOf(await fetch(link));
    expect(page).toMatch(/Yến \(lớp 6A1\)[\s\S]*Anh \(lớp 7B\)/);
    expect(page).toContain('gom lại mỗi ngày, 17:30');
    expect(page).not.toContain('Các khoản thu');
    const saved = await textOf(
      await fetch(
        link,
        form({
          [`m.${of(0)}.classNews`]: 'digest',
          [`m.${of(0)}.fees`]: 'off',
          [`m.${of(1)}.marks`]: 'weekly',
          [`m.${of(1)}.classNews`]: 'never',
          quietFrom: '20:00',
          quietTo: '06:00',
          pause: '',
          language: 'en',
        }),
      ),
    );
    expect(saved).toContain('Saved');
    expect((await preferences(guardian)).toSorted()).toEqual(
      [`${pupils[0]},classNews,digest`, `${pupils[1]},marks,weekly`].toSorted(),
    );
    expect(await db().guardian.findUnique({ where: { id: guardian } })).toMatchObject({
      quietFromMin: 1200,
      quietToMin: 360,
      pausedUntil: null,
      language: 'en',
    });
    expect(await textOf(await fetch(link))).toContain('together every day');
  });

  it('pauses until a day to come, and takes no other', async () => {
    const { link, guardian } = await told();
    const day = new Date(town.now().getTime() + 5 * DAY_MS).toISOString().slice(0, 10);
    const pausedUntil = async () =>
      (await db().guardian.findUnique({ where: { id: guardian } }))?.pausedUntil;
    for (const pause of ['2020-01-01', '2999-01-01', 'mai', '2026-02-31x']) {
      await fetch(link, form({ pause }));
      expect(await pausedUntil(), pause).toBeNull();
    }
    await fetch(link, form({ pause: day }));
    expect(await pausedUntil()).toEqual(new Date(`${day}T00:00:00+07:00`));
    await fetch(link, form({ pause: '' }));
    expect(await pausedUntil()).toBeNull();
  });

  it('is good for nobody once the address is not the family’s any more, nor for another use', async () => {
    const { link, address, guardian } = await told();
    const { id } = await contactOf(address);
    await db().contact.update({ where: { id }, data: { state: 'unlinked' } });
    for (const init of [{}, form({ quietFrom: '01:00', quietTo: '02:00' })])
      expect((await fetch(link, init)).status).toBe(403);
    expect(await db().guardian.findUnique({ where: { id: guardian } })).toMatchObject({ quietFromMin: null });
    const other = `${town.hub.url}/family/settings/${town.hub.signer.sign('unsubscribe', id)}`;
    expect((await fetch(other)).status).toBe(403);
  });
});
