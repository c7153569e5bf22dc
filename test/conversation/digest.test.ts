// What a family is told by a digest: marks and class news of all its children in one message, each part to be opened.
import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { draftClassNotice } from '../../src/classroom/index.ts';
import { nextDigests } from '../../src/notices/digest-items.ts';
import { reconcile, setPreference } from '../../src/notices/index.ts';
import { findLink } from '../../src/sandbox/index.ts';
import type { PreferenceMode, Purpose } from '../../src/store/prisma/enums.ts';
import { gradebook } from '../flow/marks-town.ts';
import { freshName, newGuardian, newPupil } from '../flow/town.ts';
import { until } from '../harness/index.ts';
import { importer } from '../ingest/sample-school.ts';
import { CHAT_CHANNELS, type ChatTown, linkedFamily, linkWith, openChatTown } from './chats.ts';

let town: ChatTown;
beforeAll(async () => {
  town = await openChatTown();
});
const db = () => town.hub.db.prisma;

let told = 0;
async function tell(className: string, title: string, body = 'Mời gia đình xem.'): Promise<string> {
  const { id: classId } = await db().schoolClass.findFirstOrThrow({ where: { name: className } });
  const about = { schoolId: town.school, createdBy: 'cli', idempotencyKey: `digest-${told++}` };
  return (await town.hub.publish(draftClassNotice({ classId, title, body }, about))).id;
}

async function mark(pupilId: string, className: string, value: string): Promise<void> {
  const { code, fullName } = await db().pupil.findUniqueOrThrow({ where: { id: pupilId } });
  const file = gradebook('Toán', ['GK'], [{ id: pupilId, code, fullName, className }, value]);
  const read = importer(town.hub.db, town.school);
  await read(file, { clock: { now: town.now }, settleMs: 0 });
  await town.hub.marks.tick();
}

const wants = async (guardianId: string, purposes: readonly Purpose[], mode: PreferenceMode) => {
  const pupils = await db().guardianship.findMany({ where: { guardianId } });
  for (const { pupilId } of pupils)
    for (const purpose of purposes)
      await setPreference(db(), { schoolId: town.school, guardianId, pupilId, purpose }, mode, town.now());
};

/** Goes to the hour of the next digest of the day, or of the week. */
async function digestHour(of: 'daily' | 'weekly' = 'daily'): Promise<void> {
  const at = nextDigests(town.hub.rules.digest, town.now())[of];
  town.forward(at.getTime() - town.now().getTime() + 1000);
  await sweep();
}
async function sweep(): Promise<void> {
  const { hub } = town;
  for (const lane of await reconcile(db(), hub.kinds, hub.rules, town.now())) await hub.bell.ring(lane);
}
const outcomeOf = (noticeId: string, guardianId: string) =>
  until('the outcome of the notice', async () => {
    await sweep();
    const row = await db().recipient.findFirstOrThrow({ where: { noticeId, guardianId } });
    return row.outcome === 'waiting' ? null : row;
  });

describe.each(CHAT_CHANNELS)('A digest on %s', (channel) => {
  const cls = (name: string) => `${channel === 'telegram' ? '6' : '7'}${name}`;

  it('is one message with marks and news of both children, and each part can be opened', async () => {
    const [older, younger] = [cls('D1'), cls('D2')];
    const { person, guardian, pupil } = await linkedFamily(town, channel, {
      className: older,
      fullName: 'Bế Thị Lan',
    });
    const second = await newPupil(town.hub, town.school, 'Bế Văn Sơn', younger);
    await db().guardianship.create({
      data: { schoolId: town.school, guardianId: guardian, pupilId: second, relation: 'mother' },
    });
    await linkWith(town, person, guardian, second, younger);
    await person.choose('Đồng ý cả ba');
    await wants(guardian, ['marks', 'classNews'], 'digest');
    const long = `${'Mang theo nước uống và mũ. '.repeat(40)}Về lúc 16 giờ.`;
    const trip = await tell(older, 'Đi tham quan', long);
    await mark(pupil, older, '7,5');
    await mark(second, younger, '9');
    const meeting = await tell(younger, 'Họp phụ huynh');
    await db().notice.update({ where: { id: meeting }, data: { attachmentId: randomUUID() } });
    const before = person.said().length;
    await digestHour();
    await until('the digest', () => person.said().length > before);
    const [text = '', ...more] = person.said().slice(before);
    expect(more).toEqual([]);
    expect(text).toMatch(
      /em Bế Thị Lan, lớp [\s\S]*em Bế Văn Sơn, lớp [\s\S]*EM BẾ THỊ LAN[\s\S]*Đi tham quan – em Lan[\s\S]*Toán – em Lan[\s\S]*7,5[\s\S]*EM BẾ VĂN SƠN[\s\S]*9,0[\s\S]*Họp phụ huynh – em Sơn/,
    );
    expect(text).not.toContain('Về lúc 16 giờ');
    expect(text.match(/Có ảnh hoặc tệp gửi kèm/g)).toHaveLength(1);
    expect(person.offers()).toEqual([
      'Lan: Đi tham quan',
      'Lan: Điểm mới',
      'Sơn: Điểm mới',
      'Sơn: Họp phụ huynh',
    ]);
    expect(await person.choose('Lan: Đi tham quan')).toContain('Về lúc 16 giờ.');
    expect(await person.choose('Lan: Điểm mới')).toMatch(/Bế Thị Lan[\s\S]*Toán[\s\S]*7,5/);
    expect(await outcomeOf(trip, guardian)).toMatchObject({ outcome: 'reached', reachedBy: channel });
    const after = person.said().length;
    await digestHour();
    await tell(older, 'Sau đó');
    await digestHour();
    await until('the next digest', () => person.said().length > after);
    expect(person.said().slice(after).join()).toContain('Sau đó');
    expect(person.said().slice(after).join(), 'nothing twice').not.toMatch(/Đi tham quan|7,5|9,0/);
  });

  it('of the week takes the news of that day with it, so that there is one message', async () => {
    const className = cls('D3');
    const { person, guardian, pupil } = await linkedFamily(town, channel, { className });
    await wants(guardian, ['marks'], 'weekly');
    await wants(guardian, ['classNews'], 'digest');
    await mark(pupil, className, '6,5');
    await digestHour();
    const { weekly } = nextDigests(town.hub.rules.digest, town.now());
    town.forward(weekly.getTime() - town.now().getTime() - 3_600_000);
    await tell(className, 'Tin thứ Sáu');
    const before = person.said().length;
    await digestHour('weekly');
    await until('the digest', () => person.said().length > before);
    await digestHour();
    expect(person.said().slice(before)).toEqual([expect.stringMatching(/6,5[\s\S]*Tin thứ Sáu/)]);
  });

  it('comes by itself at the end of a pause, with all that came in it', async () => {
    const className = cls('D5');
    const { person, pupil } = await linkedFamily(town, channel, { className });
    await person.type('/caidat');
    await person.choose('Tạm dừng');
    await person.choose('3 ngày');
    const before = person.said().length;
    await tell(className, 'Thứ nhất');
    await mark(pupil, className, '4,5');
    town.forward(2 * 86_400_000);
    await tell(className, 'Thứ hai');
    await sweep();
    await person.type('/thongbao');
    expect(person.offers().filter((label) => label.startsWith('Hân,'))).toHaveLength(3);
    const listed = person.said().length;
    town.forward(86_400_000);
    await sweep();
    await until('the digest', () => person.said().length > listed);
    expect(person.said().slice(before)).toHaveLength(2);
    expect(person.said().at(-1)).toMatch(/Thứ nhất[\s\S]*4,5[\s\S]*Thứ hai/);
  });

  it('leaves out what was withdrawn or replaced between planning and sending, and says so of that part alone', async () => {
    const className = cls('D4');
    const { person, guardian, pupil } = await linkedFamily(town, channel, { className });
    await wants(guardian, ['marks', 'classNews'], 'digest');
    const old = await tell(className, 'Cũ');
    const kept = await tell(className, 'Vẫn đúng');
    await mark(pupil, className, '3,5');
    await db().channelAccount.updateMany({ data: { pausedUntil: new Date(Date.now() + 1e10) } });
    await digestHour();
    await wants(guardian, ['marks'], 'off');
    await db().notice.update({ where: { id: old }, data: { supersededAt: town.now() } });
    await db().channelAccount.updateMany({ data: { pausedUntil: null } });
    const before = person.said().length;
    await sweep();
    await until('the digest', () => person.said().length > before);
    expect(person.said().slice(before).join()).toContain('Vẫn đúng');
    expect(person.said().slice(before).join()).not.toMatch(/Cũ|3,5/);
    expect(await outcomeOf(kept, guardian)).toMatchObject({ outcome: 'reached' });
    expect(await outcomeOf(old, guardian)).toMatchObject({ outcome: 'notReached', reason: 'superseded' });
    const { noticeId } = await db().recipient.findFirstOrThrow({
      where: {
        guardianId: guardian,
        noticeId: { notIn: [old, kept] },
        vars: { path: ['subjects'], not: 'null' },
      },
    });
    expect(await outcomeOf(noticeId, guardian)).toMatchObject({
      outcome: 'notReached',
      reason: 'switchedOff',
    });
  });
});

describe('A digest by mail', () => {
  it('links every part, and a link ends with the right to what it shows', async () => {
    const className = '8D1';
    const pupil = await newPupil(town.hub, town.school, 'Hoàng Thị Mai', className);
    const address = `${freshName()}@example.com`;
    const guardian = await newGuardian(town.hub, town.school, [pupil], {
      email: { account: town.mailbox, address },
    });
    await db().contact.updateMany({ where: { guardianId: guardian }, data: { state: 'active' } });
    for (const purpose of ['marks', 'classNews'] as const)
      await db().consent.create({
        data: { guardianId: guardian, pupilId: pupil, purpose, agreed: true, changedAt: town.now() },
      });
    await wants(guardian, ['marks', 'classNews'], 'digest');
    await tell(className, 'Đi tham quan', 'Thứ Bảy, 7 giờ.');
    await mark(pupil, className, '8,5');
    await digestHour();
    const mail = await until('the mail', () => town.mail.mailbox(address).mails().at(-1));
    expect(mail.subject).toContain('Hoàng Thị Mai');
    const links = [...mail.html.matchAll(/href="([^"]*\/family\/notice\/[^"]+)"/g)].map(
      ([, link = '']) => link,
    );
    expect(new Set(links).size).toBe(2);
    const open = async (link: string) => {
      const answer = await fetch(link);
      return { status: answer.status, text: await answer.text() };
    };
    const [news, marks] = [await open(links[0] ?? ''), await open(links[1] ?? '')];
    expect([news.status, marks.status]).toEqual([200, 200]);
    expect(news.text).toMatch(/Đi tham quan[\s\S]*Thứ Bảy, 7 giờ/);
    expect(marks.text).toMatch(/Hoàng Thị Mai[\s\S]*8,5/);
    expect(findLink(mail, '/family/notice/')).toBe(links[0]);
    await db().guardianship.updateMany({ where: { guardianId: guardian }, data: { canSeeMarks: false } });
    expect((await open(links[1] ?? '')).status).toBe(403);
    expect((await open(links[0] ?? '')).status).toBe(200);
    await db().contact.updateMany({ where: { guardianId: guardian }, data: { state: 'unlinked' } });
    expect((await open(links[0] ?? '')).text).not.toContain('tham quan');
    town.forward(15 * 86_400_000);
    expect((await open(links[0] ?? '')).status).toBe(403);
  });
});
