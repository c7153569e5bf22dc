// The printable page of a report card, from the mail that brings its link.
import { beforeAll, describe, expect, it } from 'vitest';
import { publishReportCards } from '../../src/grades/index.ts';
import { closeContacts } from '../../src/notices/index.ts';
import { findLink, type Mail } from '../../src/sandbox/index.ts';
import {
  DAY_MS,
  gradebook,
  type MarksTown,
  openMarksTown,
  type Parent,
  termResults,
  textsOf,
} from '../flow/marks-town.ts';
import { answerTo, freshName, newGuardian, pressed } from '../flow/town.ts';
import { until } from '../harness/index.ts';

let marks: MarksTown;
beforeAll(async () => {
  marks = await openMarksTown();
});

let count = 0;
/** A father who reads mail and has been sent a report card. */
async function father(): Promise<{
  guardianId: string;
  pupilId: string;
  address: string;
  mail: Mail;
  link: string;
}> {
  const { town, db } = marks;
  const child = await marks.child('Lý Văn Nam', `6D${++count}`);
  const address = `${freshName()}@example.com`;
  const guardianId = await newGuardian(town.hub, town.school, [child.id], {
    email: { account: town.mailbox, address },
  });
  await db.contact.updateMany({ where: { guardianId }, data: { state: 'active' } });
  await db.consent.create({
    data: { guardianId, pupilId: child.id, purpose: 'marks', agreed: true, changedAt: town.now() },
  });
  const columns = ['TX1', 'TX2', 'GK', 'CK', 'ĐTBmhk', 'Nhận xét'];
  const words = 'Em tiến bộ nhiều, cần đọc kỹ đề bài & trình bày <rõ> hơn. '.repeat(4).trim();
  await marks.bring(gradebook('Toán', columns, [child, '8', '7,5', '9', '8', '8,2', words]));
  await marks.settle();
  const { classId } = await db.enrolment.findFirstOrThrow({ where: { pupilId: child.id } });
  const order = { schoolId: town.school, classId, term: 1, createdBy: 'cli', idempotencyKey: freshName() };
  const published = await publishReportCards(db, town.hub.texts, town.hub.rules, order, town.now());
  for (const lane of published?.lanes ?? []) await town.hub.bell.ring(lane);
  await marks.quiet();
  const mail = await until('the mail with the card', () =>
    town.mail
      .mailbox(address)
      .mails()
      .find((one) => one.html.includes('/family/card/')),
  );
  return { guardianId, pupilId: child.id, address, mail, link: findLink(mail, '/family/card/') };
}

const opens = async (link: string): Promise<{ status: number; text: string }> => {
  const answer = await fetch(link);
  return { status: answer.status, text: await answer.text() };
};

describe('The page of a report card, from a chat', () => {
  const PAGE = 'Xem và in phiếu kết quả';
  /** The link in the newest answer, within its hour. */
  async function asksForPage(person: Parent['person']): Promise<string> {
    await pressed(marks.town, person, PAGE);
    const link = /https?:\/\/\S+/.exec(textsOf(person).at(-1) ?? '')?.[0];
    if (!link) throw new Error(`no link in: ${textsOf(person).at(-1)}`);
    return link;
  }

  it.each(['below the card that was sent', 'below a card that was asked for'])(
    'is a button %s, and its link asks for the right again and ends after an hour',
    async (where) => {
      const child = await marks.child('Lý Văn Nam', `6D${++count}`);
      const family = await marks.parent([child]);
      await marks.bring(gradebook('Toán', ['TX1', 'ĐTBmhk'], [child, '8', '8,2']));
      await marks.bring(termResults(['Kết quả học tập'], [child, 'Tốt']));
      await marks.settle();
      if (where.endsWith('asked for')) {
        await answerTo(family.person, () => family.person.type('/diem'));
        await pressed(marks.town, family.person, /^Phiếu kết quả/);
      }
      const link = await asksForPage(family.person);
      const { status, text } = await opens(link);
      expect(status).toBe(200);
      for (const part of ['Lý Văn Nam', 'Toán', '8,2', 'Tốt']) expect(text).toContain(part);
      const mine = { guardianId_pupilId: { guardianId: family.guardianId, pupilId: child.id } };
      const may = async (data: { canSeeMarks?: boolean; urgentOnly?: boolean; closedAt?: Date | null }) => {
        await marks.db.guardianship.update({ where: mine, data });
        return (await opens(link)).status;
      };
      expect([await may({ canSeeMarks: false }), await may({ canSeeMarks: true })]).toEqual([403, 200]);
      expect([await may({ urgentOnly: true }), await may({ urgentOnly: false })]).toEqual([403, 200]);
      expect([await may({ closedAt: marks.town.now() }), await may({ closedAt: null })]).toEqual([403, 200]);
      const { guardianId } = family;
      await marks.db.consent.updateMany({ where: { guardianId }, data: { agreed: false } });
      expect((await opens(link)).status).toBe(403);
      await marks.db.consent.updateMany({ where: { guardianId }, data: { agreed: true } });
      await marks.db.contact.updateMany({ where: { guardianId }, data: { state: 'unlinked' } });
      expect((await opens(link)).status).toBe(403);
      await marks.db.contact.updateMany({ where: { guardianId }, data: { state: 'active' } });
      expect((await opens(link)).status).toBe(200);
      marks.town.forward(60 * 60_000 + 1000);
      expect((await opens(link)).status).toBe(403);
    },
  );

  it('is not given for another family’s card', async () => {
    const [nam, chi] = [
      await marks.child('Lý Văn Nam', `6D${++count}`),
      await marks.child('Nông Thị Chi', `6D${count}`),
    ];
    const [his] = [await marks.parent([nam]), await marks.parent([chi])];
    await marks.bring(termResults(['Kết quả học tập'], [nam, 'Tốt'], [chi, 'Khá']));
    await marks.settle();
    const theirs = await marks.db.recipient.findFirstOrThrow({
      where: { pupilId: chi.id },
      orderBy: { id: 'desc' },
    });
    const sent = await marks.db.delivery.findFirstOrThrow({ where: { recipientId: theirs.id } });
    const { id: guardianshipId } = await marks.db.guardianship.findFirstOrThrow({
      where: { pupilId: chi.id },
    });
    const own = await marks.db.guardianship.findFirstOrThrow({ where: { pupilId: nam.id } });
    const asking = {
      guardianshipId: own.id,
      guardianId: his.guardianId,
      pupilId: nam.id,
      schoolId: marks.town.school,
      givenName: 'Nam',
      className: nam.className,
    };
    const question = { children: [asking], pressed: true, language: 'vi', now: marks.town.now() };
    for (const argument of [`p.${sent.id}`, `p.${guardianshipId}.1`, 'p.1 or 1=1', 'p.'])
      expect(await marks.town.hub.marks.topic.answer({ ...question, argument })).toEqual([]);
    expect((await marks.town.hub.marks.topic.answer({ ...question, argument: `p.${own.id}.1` })).length).toBe(
      1,
    );
  });
});

describe('The page of a report card', () => {
  it('shows what the picture shows, with the whole comment, and is nobody’s to keep', async () => {
    const { link, mail } = await father();
    expect(mail.attachments.map((one) => one.type)).toContain('image/png');
    const answer = await fetch(link);
    const text = await answer.text();
    expect(answer.status).toBe(200);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(answer.headers.get('referrer-policy')).toBe('no-referrer');
    expect(text).toContain('noindex');
    for (const part of ['Kết quả học kỳ I · 2026-2027', 'Lý Văn Nam', 'Toán', '8,0  7,5', '8,2'])
      expect(text).toContain(part);
    expect(text).toContain('trình bày &lt;rõ&gt; hơn.</dd>');
    expect(text.length).toBeLessThan(50_000);
  });

  it('ends after a week', async () => {
    const { link } = await father();
    marks.town.forward(7 * DAY_MS + 60_000);
    expect((await opens(link)).status).toBe(403);
  });

  type Family = Awaited<ReturnType<typeof father>>;
  const guardianship = ({ guardianId, pupilId }: Family) => ({ guardianId_pupilId: { guardianId, pupilId } });
  it.each<[string, (family: Family) => Promise<unknown>]>([
    [
      'the guardianship has ended',
      (family) =>
        marks.db.guardianship.update({ where: guardianship(family), data: { closedAt: marks.town.now() } }),
    ],
    [
      'the right to see marks was taken away',
      (family) => marks.db.guardianship.update({ where: guardianship(family), data: { canSeeMarks: false } }),
    ],
    [
      'the guardian is told of safety only',
      (family) => marks.db.guardianship.update({ where: guardianship(family), data: { urgentOnly: true } }),
    ],
    [
      'the agreement was withdrawn',
      ({ guardianId }) => marks.db.consent.updateMany({ where: { guardianId }, data: { agreed: false } }),
    ],
    [
      'the address is another guardian’s now',
      async ({ guardianId }) => {
        const { town, db } = marks;
        const other = await newGuardian(town.hub, town.school, [
          (await marks.child('Nông Thị Chi', `6D${count}`)).id,
        ]);
        return db.contact.updateMany({ where: { guardianId }, data: { guardianId: other } });
      },
    ],
    [
      'the address was given up',
      async ({ address }) => {
        const { id } = await marks.db.contact.findFirstOrThrow({ where: { address } });
        await closeContacts(marks.db, { id }, 'unlinked', 'cli', marks.town.now());
      },
    ],
  ])('does not open any more when %s, whoever has the link', async (_what, happens) => {
    const family = await father();
    expect((await opens(family.link)).status).toBe(200);
    await happens(family);
    const { status, text } = await opens(family.link);
    expect(status).toBe(403);
    expect(text).not.toMatch(/Nam|8,2/);
  });

  it('of another child opens with that child’s link only, and no other kind of link or message does', async () => {
    const [one, two] = [await father(), await father()];
    const { signer } = marks.town.hub;
    const token = (link: string) => link.split('/').at(-1) ?? '';
    const [mine, theirs] = [token(one.link), token(two.link)];
    const mixed = [theirs.split('.')[0], ...mine.split('.').slice(1)].join('.');
    const { id: noticeId } = await marks.db.notice.findFirstOrThrow({ where: { kind: 'marksNews' } });
    const news = await marks.db.delivery.findFirstOrThrow({ where: { noticeId } });
    const site = one.link.slice(0, -mine.length);
    for (const wrong of [
      mixed,
      signer.sign('confirm', String(news.id)),
      signer.sign('card', String(news.id)),
      signer.sign('card', '1 or 1=1'),
      signer.sign('card', two.pupilId),
    ])
      expect((await opens(`${site}${wrong}`)).status).toBe(403);
  });
});
