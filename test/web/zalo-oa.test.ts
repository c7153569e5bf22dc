import { beforeAll, describe, expect, it } from 'vitest';
import { changeOaSettings, noteOa } from '../../src/channels/index.ts';
import { macOf } from '../../src/channels/zalo-oa/signature.ts';
import { newGuardian, newPupil, openTown, type Town } from '../flow/town.ts';
import { until } from '../harness/index.ts';

// What Zalo does at the doors of a hub that speaks for an OA: it brings events, signed.

const APP = '4310000000000000001';
const OA = '3000000000000000003';
const KEY = 'the-webhook-key';
let town: Town;
let oa: string;
const db = () => town.hub.db.prisma;

beforeAll(async () => {
  // Nobody is there: what would be answered cannot leave this machine.
  const nobody = 'http://127.0.0.1:1';
  town = await openTown({
    ZALO_OA_API_ROOT: nobody,
    ZALO_OA_PHONE_ROOT: nobody,
    ZALO_OAUTH_ROOT: nobody,
  });
  const ports = { db: db(), sealer: town.hub.sealer, now: town.now(), actor: 'cli' };
  const app = { appId: APP, appSecret: 'app-secret', webhookKey: KEY, package: 'growth' as const };
  ({ id: oa } = await noteOa(ports, { orgUnitId: town.school, ...app }));
  await changeOaSettings(ports, oa, (settings) => ({ ...settings, oaId: OA }));
});

let counter = 1_700_000_000_000;
const event = (name: string, more: object): string =>
  JSON.stringify({ app_id: APP, event_name: name, timestamp: String(counter++), ...more });
const bring = (body: string, headers: Record<string, string> = {}, app = APP) =>
  fetch(`${town.hub.url}/webhooks/zalo-oa/${app}`, { method: 'POST', body, headers });
function signed(body: string, key = KEY): Record<string, string> {
  const at = /"timestamp":"(\d+)"/.exec(body)?.[1] ?? '';
  return { 'x-zevent-signature': `mac=${macOf(APP, Buffer.from(body), at, key)}` };
}
const rows = () => db().inboundUpdate.findMany({ where: { accountId: oa }, orderBy: { id: 'asc' } });
const handled = (name: string, count = 1) =>
  until(`${count} × ${name} handled`, async () => {
    const found = (await rows()).filter((row) => row.externalId.startsWith(`${name}:`));
    return found.length === count && found.every((row) => row.handledAt) ? found : undefined;
  });
const text = (userId: string, words: string, id: string) =>
  event('user_send_text', {
    sender: { id: userId },
    recipient: { id: OA },
    message: { msg_id: id, text: words },
  });

describe('The webhook of a Zalo OA', () => {
  it('takes nothing that is not signed with the right key over the very bytes', async () => {
    const body = text('1', 'xin chào', 'm0');
    const other = text('1', 'xin chao', 'm0');
    for (const headers of [
      {},
      { 'x-zevent-signature': 'mac=' },
      { 'x-zevent-signature': 'mac=0000' },
      signed(body, 'app-secret'),
      signed(other),
    ])
      expect((await bring(body, headers)).status).toBe(401);
    expect((await bring(body, signed(body), '1')).status).toBe(401);
    expect((await bring(body, signed(body), 'x')).status).toBe(404);
    expect((await bring('no JSON', signed(body))).status).toBe(401);
    expect(await rows()).toEqual([]);
  });

  it('answers the console’s unsigned probe, and does nothing else', async () => {
    for (const body of ['{}', ' {}\n']) expect((await bring(body)).status).toBe(200);
    expect((await bring('{"event_name":"follow"}')).status).toBe(401);
    expect(await rows()).toEqual([]);
  });

  it('answers the console’s signed test, which is about nobody, and what OAs say that are not connected', async () => {
    const body = event('user_send_text', {
      sender: { id: '0' },
      recipient: { id: '999' },
      message: { msg_id: 'This is message id', text: 'This is testing message' },
    });
    expect((await bring(body, signed(body))).status).toBe(200);
    expect(await rows()).toEqual([]);
  });

  it('does not hear its own echo', async () => {
    for (const name of ['oa_send_text', 'oa_send_image', 'oa_send_file']) {
      const body = event(name, { sender: { id: OA }, recipient: { id: '1' }, message: { msg_id: name } });
      expect((await bring(body, signed(body))).status).toBe(200);
    }
    expect(await rows()).toEqual([]);
  });

  it('stores an event once, however often it is brought, and answers before the work is done', async () => {
    const body = event('user_send_link', {
      sender: { id: '11' },
      recipient: { id: OA },
      message: { msg_id: 'm1', text: 'https://example.com' },
    });
    for (let times = 0; times < 3; times++) {
      const answer = await bring(body, { ...signed(body), num_retry: String(times) });
      expect([answer.status, await answer.text()]).toEqual([200, '']);
    }
    const [row] = await handled('user_send_link');
    expect(row).toMatchObject({ chatKey: '11', payload: {} });
  });

  it('notes who has given a sign of life, by the time of the event and whatever the order', async () => {
    const at = (ms: number) => ({ timestamp: String(ms), sender: { id: '12' }, recipient: { id: OA } });
    const now = town.now().getTime();
    for (const ms of [now - 5000, now - 9000]) {
      const body = event('user_send_sticker', { ...at(ms), message: { msg_id: `s${ms}` } });
      await bring(body, signed(body));
    }
    const seen = event('user_seen_message', { ...at(now), message: { msg_ids: ['x'] } });
    await bring(seen, signed(seen));
    await handled('user_send_sticker', 2);
    await handled('user_seen_message');
    const user = await db().oaUser.findUniqueOrThrow({
      where: { accountId_userId: { accountId: oa, userId: '12' } },
    });
    expect(user.interactedAt).toEqual(new Date(now - 5000));
  });

  it('keeps what nobody knows, whole', async () => {
    const body = event('user_send_hologram', { sender: { id: '13' }, recipient: { id: OA }, shape: 3 });
    expect((await bring(body, signed(body))).status).toBe(200);
    const [row] = await handled('user_send_hologram');
    expect(row?.payload).toMatchObject({ event_name: 'user_send_hologram', shape: 3 });
  });
});

describe('What Zalo tells of a family', () => {
  async function family(address: string) {
    const pupil = await newPupil(town.hub, town.school, 'Triệu Thị Ngọc Hân', '6A9');
    const guardian = await newGuardian(town.hub, town.school, [pupil]);
    const about = { guardianId: guardian, pupilId: pupil, changedAt: town.now() };
    await db().consent.create({ data: { ...about, purpose: 'classNews', agreed: true } });
    await db().linkCode.create({
      data: {
        schoolId: town.school,
        guardianId: guardian,
        pupilId: pupil,
        hash: address,
        createdAt: town.now(),
        expiresAt: town.now(),
        usedAt: town.now(),
      },
    });
    const contact = await db().contact.create({
      data: {
        schoolId: town.school,
        guardianId: guardian,
        accountId: oa,
        channel: 'zalo-oa',
        address,
        state: 'active',
      },
    });
    return { guardian, pupil, contact: contact.id };
  }
  const stateOf = async (id: string) => (await db().contact.findUniqueOrThrow({ where: { id } })).state;
  const follower = (id: string) => ({ oa_id: OA, follower: { id }, source: 'oa_profile' });

  it('changes the contact: it unfollows, and follows again', async () => {
    const { contact } = await family('21');
    const leaves = event('unfollow', follower('21'));
    await bring(leaves, signed(leaves));
    await until('the contact is closed', async () => (await stateOf(contact)) === 'blocked');
    const returns = event('follow', follower('21'));
    await bring(returns, signed(returns));
    await until('the contact is open', async () => (await stateOf(contact)) === 'active');
  });

  it('ends every consent when it takes back its own, and the contact with it', async () => {
    const { contact, guardian } = await family('22');
    const body = event('user_withdraw', { oa_id: OA, user_id: '22' });
    await bring(body, signed(body));
    await until('the contact is closed', async () => (await stateOf(contact)) === 'unlinked');
    expect(await db().consent.findMany({ where: { guardianId: guardian, agreed: true } })).toEqual([]);
    const returns = event('follow', follower('22'));
    await bring(returns, signed(returns));
    await until('it is heard', async () =>
      (await rows()).some((row) => row.externalId.startsWith('follow:') && row.chatKey === '22'),
    );
    expect(await stateOf(contact), 'following again is no new consent').toBe('unlinked');
  });

  it('does not take a phone number that somebody typed for a proof of who they are', async () => {
    await newGuardian(town.hub, town.school, [await newPupil(town.hub, town.school, 'Lý A', '6A9')], {
      phone: '0987000111',
    });
    const info = { name: 'Ai đó', phone: '84987000111' };
    const body = event('user_submit_info', { sender: { id: '23' }, recipient: { id: OA }, info });
    await bring(body, signed(body));
    const [row] = await handled('user_submit_info');
    expect(row?.payload, 'nothing of it is kept').toEqual({});
    expect(await db().contact.count({ where: { address: '23' } })).toBe(0);
  });

  it('moves a delivery forward: received, seen; late, twice or of nothing, it changes nothing', async () => {
    const { guardian, pupil, contact } = await family('24');
    const notice = await db().notice.create({
      data: {
        schoolId: town.school,
        kind: 'classNotice',
        title: 'Họp',
        vars: {},
        facts: {},
        audience: {},
        urgent: false,
        asksToConfirm: false,
        idempotencyKey: 'oa-receipts',
        requestHash: '',
        createdBy: 'cli',
        publishedAt: town.now(),
        finishedAt: town.now(),
      },
    });
    const recipient = await db().recipient.create({
      data: {
        noticeId: notice.id,
        schoolId: town.school,
        guardianId: guardian,
        pupilId: pupil,
        outcome: 'reached',
        child: 'x',
        className: 'x',
      },
    });
    const delivery = await db().delivery.create({
      data: {
        recipientId: recipient.id,
        noticeId: notice.id,
        schoolId: town.school,
        contactId: contact,
        accountId: oa,
        channel: 'zalo-oa',
        address: '24',
        templateId: notice.id,
        round: 1,
        priority: 5,
        state: 'sent',
        dueAt: town.now(),
        providerId: 'ours-1',
      },
    });
    const stateNow = async () =>
      (await db().delivery.findUniqueOrThrow({ where: { id: delivery.id } })).state;
    const from = { sender: { id: '24' }, recipient: { id: OA } };
    const received = event('user_received_message', { ...from, message: { msg_id: 'ours-1' } });
    const seen = event('user_seen_message', { ...from, message: { msg_ids: ['other', 'ours-1'] } });
    const stranger = event('user_seen_message', { ...from, message: { msg_ids: ['nobody’s'] } });
    for (const body of [stranger, received, received]) await bring(body, signed(body));
    await until('it is delivered', async () => (await stateNow()) === 'delivered');
    for (const body of [seen, received, seen]) await bring(body, signed(body));
    await until('it is seen', async () => (await stateNow()) === 'seen');
    // By phone: Zalo gives our own id back.
    const byPhone = event('user_received_message', {
      sender: { id: OA },
      recipient: { id: '84987000111' },
      message: { msg_id: 'zns-1', tracking_id: String(delivery.id), delivery_time: '1' },
    });
    await bring(byPhone, signed(byPhone));
    await handled('user_received_message', 2);
    expect(await stateNow()).toBe('seen');
    const kinds = await db().receipt.findMany({ where: { deliveryId: delivery.id }, orderBy: { id: 'asc' } });
    expect(kinds.map((one) => one.kind)).toEqual(['delivered', 'seen']);
    expect(
      JSON.stringify(await rows(), (_, value) => (typeof value === 'bigint' ? String(value) : value)),
    ).not.toContain('84987000111');
  });
});
