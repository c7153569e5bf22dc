// The printable page of a report card, from the mail that brings its link.
import { beforeAll, describe, expect, it } from 'vitest';
import { publishReportCards } from '../../src/grades/index.ts';
import { closeContacts } from '../../src/notices/index.ts';
import { findLink, type Mail } from '../../src/sandbox/index.ts';
import { DAY_MS, gradebook, type MarksTown, openMarksTown } from '../flow/marks-town.ts';
import { freshName, newGuardian } from '../flow/town.ts';
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
