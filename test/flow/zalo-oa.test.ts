import { beforeAll, describe, expect, it } from 'vitest';
import { openAccounts, openOaPorts } from '../../src/channels/index.ts';
import { draftClassNotice } from '../../src/classroom/index.ts';
import { capsCommand } from '../../src/commands/caps.ts';
import { oaCommand } from '../../src/commands/oa.ts';
import { keepWindows } from '../../src/conversation/care/keep-windows.ts';
import { tellStops } from '../../src/conversation/care/tell-stops.ts';
import { postToGroups } from '../../src/dispatch/index.ts';
import { reportOf } from '../../src/notices/index.ts';
import { openMetrics } from '../../src/observe/index.ts';
import { startZaloOa, type ZaloOaPerson, type ZaloOaSandbox } from '../../src/sandbox/index.ts';
import { showLinkCode } from '../../src/school/index.ts';
import { schoolMinuteOfDay } from '../../src/time/index.ts';
import { rootsOf } from '../channels/zalo-oa/oa-rig.ts';
import { printed } from '../commands/office.ts';
import { atEnd, until } from '../harness/index.ts';
import { newCodes, newGuardian, newPupil, openTown, type Town } from './town.ts';

// The hub with families on an Official Account: connected, linked, told, read, out of the window and back.

const HOUR_MS = 3_600_000;
let town: Town;
let oa: ZaloOaSandbox;
let lane: string;
const db = () => town.hub.db.prisma;
const accounts = () => openAccounts(db(), town.hub.channels, town.hub.sealer, town.hub.log);
const command = (...args: string[]) => printed(() => oaCommand(args, town.settings));
const app = () => [
  ...['--app-id', oa.appId, '--app-secret', oa.appSecret],
  ...['--webhook-key', oa.webhookKey, '--package', 'comprehensive'],
];

beforeAll(async () => {
  oa = await startZaloOa({
    name: 'Trường Hoa Mai',
    package: 'growth',
    perMinute: 0,
    clock: () => (town ? town.now().getTime() : Date.now()),
  });
  atEnd(() => oa.stop());
  town = await openTown({ ...rootsOf(oa), PUBLIC_URL: 'https://lienlac.example.vn' });
});

const said = (person: ZaloOaPerson) => person.messages().filter(({ from }) => from === 'bot');
/** What was answered is also written down as answered: a clock put forward would have it tried again. */
const allHeard = () =>
  until('all is handled', async () => !(await db().inboundUpdate.count({ where: { handledAt: null } })));
async function answerTo(person: ZaloOaPerson, act: () => void): Promise<string> {
  const before = said(person).length;
  act();
  await until('an answer', () => said(person).length > before);
  await allHeard();
  return said(person)[before]?.text ?? '';
}
/** Quiet hours that have just begun. */
function quietNow() {
  const fromMin = schoolMinuteOfDay(town.now());
  return { fromMin, toMin: (fromMin + 60) % 1440 };
}
const numberOf = (text: string, label: string): string => {
  const number = new RegExp(`^(\\d+)\\. ${label}`, 'm').exec(text)?.[1];
  if (!number) throw new Error(`no number stands before "${label}" in: ${text}`);
  return number;
};

async function family(className: string, email?: string) {
  const pupil = await newPupil(town.hub, town.school, 'Triệu Thị Ngọc Hân', className);
  const more = email ? { email: { account: town.mailbox, address: email } } : {};
  const guardian = await newGuardian(town.hub, town.school, [pupil], more);
  await db().contact.updateMany({
    where: { guardianId: guardian },
    data: { state: 'active', position: 1 },
  });
  const code = (await newCodes(town, town.school, className))(guardian, pupil);
  return { pupil, guardian, code, person: oa.person() };
}
async function agreed(className: string, email?: string) {
  const one = await family(className, email);
  const question = await answerTo(one.person, () => one.person.type(`#${showLinkCode(one.code)}`));
  await answerTo(one.person, () => one.person.type(numberOf(question, 'Đồng ý cả ba')));
  return one;
}
async function publish(className: string, more: { asksToConfirm?: boolean; pupilIds?: string[] } = {}) {
  const { id: classId } = await db().schoolClass.findFirstOrThrow({ where: { name: className } });
  return town.hub.publish(
    draftClassNotice(
      { classId, title: 'Họp phụ huynh', body: 'Mời gia đình đến họp. [@all]', ...more },
      { schoolId: town.school, createdBy: 'cli', idempotencyKey: `${className}-${Math.random()}` },
    ),
  );
}
async function tell(...about: Parameters<typeof publish>) {
  const { id } = await publish(...about);
  return until('the notice is finished', async () => {
    const report = await reportOf(db(), town.school, id);
    return report.finished ? report : undefined;
  });
}

describe('An OA', () => {
  it('is connected on Zalo’s page, by whoever has the link and nobody else', async () => {
    const { text } = await command('connect', ...app());
    const link = /https:\S+\/connect\/zalo-oa\/\S+/.exec(text)?.[0] ?? '';
    const challenge = /Code challenge +(\S+)/.exec(text)?.[1] ?? '';
    expect(text).toContain(`https://lienlac.example.vn/webhooks/zalo-oa/${oa.appId}`);
    oa.console({ redirectUri: 'https://lienlac.example.vn/connect/zalo-oa', codeChallenge: challenge });
    const here = (url: string) => url.replace('https://lienlac.example.vn', town.hub.url ?? '');
    const begun = await fetch(here(link), { redirect: 'manual' });
    expect(begun.status).toBe(302);
    const cookie = begun.headers.get('set-cookie') ?? '';
    expect(cookie).toMatch(/HttpOnly/i);
    expect(cookie).toMatch(/SameSite=Lax/i);
    // Zalo need not give `state` back.
    const back = oa.consent(begun.headers.get('location') ?? '', false);
    expect((await fetch(here(back), { redirect: 'manual' })).status, 'without the cookie').toBe(403);
    const wrongState = await fetch(`${here(back)}&state=another`, {
      headers: { cookie: cookie.split(';')[0] ?? '' },
    });
    expect(wrongState.status).toBe(403);
    const done = await fetch(here(back), { headers: { cookie: cookie.split(';')[0] ?? '' } });
    expect([done.status, await done.text()]).toEqual([200, expect.stringContaining('Trường Hoa Mai')]);
    const row = await db().channelAccount.findFirstOrThrow({ where: { channel: 'zalo-oa' } });
    expect(row).toMatchObject({ name: `Trường Hoa Mai (${oa.oaId})`, stoppedReason: null });
    lane = row.id;
  });

  it('is connected anew with a pasted pair, keeps its settings, and says when a pair is no good', async () => {
    await command('set', '--cap', '20.000', '--hint', 'off');
    const pair = oa.explorerPair();
    const tokens = [`--access-token=${pair.access_token}`, `--refresh-token=${pair.refresh_token}`];
    expect((await command('connect', ...app(), ...tokens)).text).toContain('Trường Hoa Mai');
    const [row, ...more] = await db().channelAccount.findMany({ where: { channel: 'zalo-oa' } });
    expect(more).toEqual([]);
    expect(row?.id).toBe(lane);
    expect(row?.settings).toMatchObject({ spend: { capDong: 20_000, charged: false }, hint: false });
    await expect(
      command('connect', ...app(), '--access-token', 'x', '--refresh-token', 'y'),
    ).rejects.toMatchObject({ code: 'badInput' });
    await command('connect', ...app(), ...paste());
    await command('set', '--hint', 'on');
    // As fast as the stand-in allows; its webhook brings what people do from here on.
    await db().channelAccount.update({ where: { id: lane }, data: { perSecond: 0 } });
    expect(await oa.setWebhook(`${town.hub.url}/webhooks/zalo-oa/${oa.appId}`)).toBe(200);
  });
});

const paste = () => {
  const { access_token, refresh_token } = oa.explorerPair();
  // A token may begin with "-".
  return [`--access-token=${access_token}`, `--refresh-token=${refresh_token}`];
};

describe('A family on the OA', () => {
  it('is greeted when it follows, links with its code, agrees by number, is told, reads and confirms', async () => {
    const { person, code, guardian } = await family('6A1');
    expect(await answerTo(person, () => person.follow())).toContain('mã 8 ký tự');
    expect(await answerTo(person, () => person.type('#BBBBBBBB'))).toContain('không dùng được');
    const question = await answerTo(person, () => person.type(`#${code}`));
    expect(question).toContain('kính chào gia đình em Hân');
    expect(await db().consent.count({ where: { guardianId: guardian } })).toBe(0);
    await answerTo(person, () => person.type(numberOf(question, 'Đồng ý cả ba')));
    const report = await tell('6A1', { asksToConfirm: true });
    expect(report).toMatchObject({ reached: { 'zalo-oa': 1 }, confirmed: 0 });
    const stateIs = (state: string) =>
      until(`the delivery is ${state}`, async () => {
        const row = await db().delivery.findFirstOrThrow({ where: { noticeId: report.id } });
        return row.state === state;
      });
    await stateIs('delivered');
    person.read();
    await stateIs('seen');
    const notice = said(person).at(-1)?.text ?? '';
    expect(await answerTo(person, () => person.type(numberOf(notice, 'Đã nhận')))).toContain('Cảm ơn');
    expect((await reportOf(db(), town.school, report.id)).confirmed).toBe(1);
  });

  it('is told how to keep the way open where nothing is asked of it', async () => {
    const { person } = await agreed('6A2');
    await tell('6A2');
    expect(said(person).at(-1)?.text).toContain('gửi miễn phí');
  });

  it('hears nothing twice when events come twice and backwards', async () => {
    const { person, code } = await family('6A3');
    oa.holdEvents();
    person.follow();
    person.type(`#${code}`);
    person.type('xin chào');
    oa.releaseEvents((events) => [...events, ...events].reverse());
    await until('all is heard', () => oa.pendingEvents === 0);
    await allHeard();
    expect(said(person)).toHaveLength(3);
    expect(await db().contact.count({ where: { address: person.userId, state: 'active' } })).toBe(1);
  });

  it('that has left is told another way, and is back when it follows again', async () => {
    const { person, guardian } = await agreed('6A4', 'la@nha.test');
    const contact = () =>
      db().contact.findFirstOrThrow({ where: { guardianId: guardian, channel: 'zalo-oa' } });
    person.block();
    expect(await tell('6A4')).toMatchObject({ reached: { email: 1 } });
    expect((await contact()).state).toBe('gone');
    person.follow();
    await until('it is back', async () => (await contact()).state === 'active');
    expect(await tell('6A4')).toMatchObject({ reached: { 'zalo-oa': 1 } });
  });
});

describe('When the window closes', () => {
  it('families are asked for a word before, once a week, and can answer with what they want to see', async () => {
    const { person } = await agreed('7A1');
    const stranger = oa.person();
    await answerTo(stranger, () => stranger.type('xin chào'));
    town.forward(41 * HOUR_MS);
    const ports = {
      ...town.hub,
      accounts: accounts(),
      metrics: openMetrics(),
      undelivered: async () => undefined,
      confirmed: async () => undefined,
      safetyConfirmMs: 60_000,
      linkTriesPerHour: 5,
      topics: [town.hub.marks.topic],
      quiet: { fromMin: 0, toMin: 0 },
      office: { fromMin: 0, toMin: 1440 },
      messagesPerMinute: 1000,
      post: { kick: () => undefined },
    };
    const before = [said(person).length, said(stranger).length];
    await keepWindows({ ...ports, quiet: quietNow() }, ['zalo-oa']);
    expect(said(person), 'not in quiet hours').toHaveLength(before[0] ?? 0);
    await keepWindows(ports, ['zalo-oa']);
    await keepWindows(ports, ['zalo-oa']);
    expect([said(person).length, said(stranger).length]).toEqual([(before[0] ?? 0) + 1, before[1]]);
    const prompt = said(person).at(-1)?.text ?? '';
    expect(prompt).toContain('gia đình em Hân');
    expect(prompt).toMatch(/^\d+\. /m);
    expect(oa.accepted.every(({ dong }) => dong === 0)).toBe(true);
    await ports.accounts.close();
  });

  it('nothing is spent: the next contact has its turn, or the report says why nobody was told', async () => {
    const both = await agreed('7A2', 'hai@nha.test');
    const only = await agreed('7A2');
    town.forward(50 * HOUR_MS);
    const report = await tell('7A2');
    expect(report).toMatchObject({ audience: 2, reached: { email: 1 }, notReached: { windowClosed: 1 } });
    expect(oa.accepted.filter(({ way }) => way !== 'free')).toEqual([]);
    expect(said(both.person).at(-1)?.text).not.toContain('Họp phụ huynh');
    // One word opens it again.
    await answerTo(only.person, () => only.person.type('chào'));
    expect(await tell('7A2')).toMatchObject({ reached: { 'zalo-oa': 1, email: 1 } });
  });

  it('a school that has said so pays up to its cap, and sees what it has used', async () => {
    await agreed('7A3');
    await command('set', '--charged', 'on', '--cap', '110');
    town.forward(60 * HOUR_MS);
    expect(await tell('7A3')).toMatchObject({ reached: { 'zalo-oa': 1 } });
    expect(oa.accepted.at(-1)).toMatchObject({ way: 'charged' });
    const { text } = await printed(() => capsCommand([], town.settings));
    expect(text).toMatch(/zalo-oa .*1 trên 500 tin tư vấn.*0 trên 110 đồng/);
    await command('set', '--charged', 'off');
  });
});

describe('Whom Zalo lets get no more today', () => {
  /** Puts the hub's clock to that hour of a coming day at school. */
  const toHour = (hour: number) => {
    const wait = (24 * 60 + hour * 60 - schoolMinuteOfDay(town.now())) % (24 * 60);
    town.forward(wait * 60_000);
  };
  it('is told by the OA in the morning, or by the next contact when there is no room then either', async () => {
    toHour(10);
    const [patient, full] = [await agreed('7A4', 'bon@nha.test'), await agreed('7A4', 'nam@nha.test')];
    const refusing = (person: ZaloOaPerson, times: number) =>
      oa.fault({
        kind: 'code',
        code: -218,
        times,
        match: (_, payload) => JSON.stringify(payload).includes(person.userId),
      });
    refusing(patient.person, 1);
    refusing(full.person, 2);
    const { id: noticeId } = await publish('7A4');
    const waiting = () => db().delivery.findMany({ where: { noticeId, state: 'pending', attempts: 1 } });
    const [due] = await until('both to wait', async () => {
      const rows = await waiting();
      return rows.length === 2 ? rows.map(({ dueAt }) => dueAt) : undefined;
    });
    expect([schoolMinuteOfDay(due ?? town.now()), due && due > town.now()]).toEqual([8 * 60, true]);
    toHour(8);
    town.forward(60_000);
    await town.hub.bell.ring(lane as never);
    const report = await until('the notice is finished', async () => {
      const now = await reportOf(db(), town.school, noticeId);
      return now.finished ? now : undefined;
    });
    expect(report).toMatchObject({ reached: { 'zalo-oa': 1, email: 1 } });
    expect(await db().delivery.findFirstOrThrow({ where: { noticeId, state: 'expired' } })).toMatchObject({
      channel: 'zalo-oa',
      reason: 'capReached',
      attempts: 2,
    });
  });
});

describe('A class group', () => {
  const post = async (quiet = { fromMin: 0, toMin: 0 }) => {
    const open = accounts();
    const { clock, log } = town.hub;
    await postToGroups({ db: db(), accounts: open, clock, log, quiet });
    await open.close();
  };
  it('gets what a whole class is told, without ringing anybody; nothing about single children', async () => {
    const { person, pupil } = await agreed('8A1');
    const made = await makeGroup([person.userId]);
    await command('group', '--class', '8A1', '--group-id', made);
    await tell('8A1');
    await tell('8A1', { pupilIds: [pupil] });
    // The hub's own look, which knows of no quiet hours here, may come in between.
    const before = oa.groups[0]?.messages.length;
    await post(quietNow());
    expect(oa.groups[0]?.messages.length, 'not in quiet hours').toBe(before);
    await post();
    await post();
    expect(oa.groups[0]?.messages).toMatchObject([
      { text: 'Họp phụ huynh\n\nMời gia đình đến họp.', rings: [] },
    ]);
    expect(oa.groups[0]?.messages[0]?.text).not.toContain('Hân');
  });

  it('can hold no notice of any other kind: the database does not take it, whoever writes', async () => {
    const { id: classGroupId } = await db().classGroup.findFirstOrThrow();
    const notice = await db().notice.findFirstOrThrow({ where: { kind: 'classNotice' } });
    const { id: _, ...same } = notice;
    const marks = await db().notice.create({
      data: {
        ...same,
        kind: 'marksNews',
        idempotencyKey: 'marks-for-a-group',
        vars: {},
        facts: {},
        audience: {},
      },
    });
    const about = { noticeId: marks.id, classGroupId, state: 'pending', dueAt: town.now() };
    for (const kind of ['marksNews', 'classNotice'])
      await expect(db().groupPost.create({ data: { ...about, kind } }), kind).rejects.toThrow();
    expect(await db().groupPost.count({ where: { noticeId: marks.id } })).toBe(0);
  });

  async function makeGroup(members: string[]): Promise<string> {
    const token = await openOaPorts({ ...rootsOf(oa), ZALO_MEDIA_HOSTS: [] }, town.hub).tokens.current(lane);
    if (token.kind !== 'token') throw new Error(token.words);
    const answer = await fetch(`${oa.apiRoot}/v3.0/oa/group/creategroupwithoa`, {
      method: 'POST',
      headers: { access_token: token.token, 'content-type': 'application/json' },
      body: JSON.stringify({
        group_name: '8A1',
        group_description: 'Lớp 8A1',
        asset_id: 'gmf100',
        member_user_ids: members,
      }),
    });
    const { data } = (await answer.json()) as { data?: { group_id?: string } };
    if (!data?.group_id) throw new Error('no group was made');
    return data.group_id;
  }
});

describe('When Zalo takes the tokens away', () => {
  it('the OA stops, administrators hear in words what to do, and what waits is sent once it is connected anew', async () => {
    const staff = await db().staff.create({ data: { fullName: 'Nông Thị Hiền', email: 'hien@truong.test' } });
    await db().staffRole.create({
      data: { staffId: staff.id, orgUnitId: town.school, role: 'administrator' },
    });
    const head = await db().staff.create({ data: { fullName: 'Lê Văn Hiệu' } });
    await db().staffRole.create({ data: { staffId: head.id, orgUnitId: town.school, role: 'head' } });
    // The chat on the OA itself is of no use now.
    for (const [staffId, accountId, address] of [
      [staff.id, lane, '100'],
      [staff.id, town.bot, '101'],
      [head.id, town.bot, '102'],
    ] as const)
      await db().staffContact.create({ data: { staffId, accountId, address, linkedAt: town.now() } });
    await agreed('9A1', 'chin@nha.test');
    oa.revoke();
    const { id: classId } = await db().schoolClass.findFirstOrThrow({ where: { name: '9A1' } });
    const { id } = await town.hub.publish(
      draftClassNotice(
        { classId, title: 'Họp', body: 'Mời gia đình đến họp.' },
        { schoolId: town.school, createdBy: 'cli', idempotencyKey: '9A1' },
      ),
    );
    const stopped = () => db().channelAccount.findUniqueOrThrow({ where: { id: lane } });
    await until('the OA has stopped', async () => (await stopped()).stoppedReason !== null);
    expect((await stopped()).stoppedReason).toMatch(/consent anew/);
    const open = accounts();
    const ports = { ...town.hub, db: db(), accounts: open, post: { kick: () => undefined } };
    for (let times = 0; times < 2; times++) await tellStops(ports, town.now());
    await open.close();
    const mails = town.mail.mailbox('hien@truong.test').mails();
    expect(mails).toHaveLength(1);
    expect(mails[0]?.text).toContain('lienlac oa connect');
    const letters = await db().chatLetter.findMany({
      where: { key: { startsWith: 'stopped.' } },
      orderBy: { address: 'asc' },
    });
    expect(letters.map(({ accountId, address }) => [accountId, address])).toEqual([
      [town.bot, '101'],
      [town.bot, '102'],
    ]);
    // What waits is sent when somebody has mended it; test/notices has those who are told another way meanwhile.
    expect((await command('connect', ...app(), ...paste())).text).toContain('Trường Hoa Mai');
    expect((await stopped()).stoppedReason).toBeNull();
    await until('what waited is sent', async () => {
      const report = await reportOf(db(), town.school, id);
      return report.reached['zalo-oa'] === 1;
    });
  });
});
