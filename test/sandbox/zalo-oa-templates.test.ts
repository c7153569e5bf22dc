import { describe, expect, it } from 'vitest';
import { DAY_MS, HOUR_MS, oaUnderTest, refused, taken } from './oa-under-test.ts';

const PHONE = '84987654321';

describe('The stand-in of the OA: templates', () => {
  const rig = oaUnderTest({
    perMinute: 0,
    balanceDong: 100_000,
    dailyTemplates: 2,
    templates: [
      { id: '1', params: { student: 30, amount: 20 }, dong: 200 },
      { id: '2', params: {}, kind: 'promotion' },
      { id: '3', params: {}, approved: false },
      { id: '4', params: {}, byUser: false },
    ],
  });
  const DATA = { student: 'Lê Thị Bé', amount: '120.000 đ' };
  const byUser = (user_id: unknown, change: object = {}) =>
    rig.post('/v3.0/oa/message/template', { user_id, template_id: '1', template_data: DATA, ...change });
  const byPhone = (change: object = {}) =>
    rig.post('/message/template', {
      phone: PHONE,
      template_id: '1',
      template_data: DATA,
      tracking_id: 'delivery-42',
      ...change,
    });

  it('goes to a user long after the window has closed, and costs money', async () => {
    const person = rig.follower();
    rig.oa.skip(300 * DAY_MS);
    rig.token = rig.oa.explorerPair().access_token;
    expect(await byUser(person.userId)).toMatchObject({
      error: 0,
      data: { user_id: person.userId, quota: { quota_type: 'purchase_quota' } },
    });
    expect(person.messages().at(-1)?.text).toBe('[mẫu 1]\nstudent: Lê Thị Bé\namount: 120.000 đ');
    expect(rig.oa.accepted).toMatchObject([{ way: 'template', dong: 200, templateId: '1' }]);
    expect(rig.oa.spentDong).toBe(200);
    rig.oa.skip(66 * DAY_MS);
    rig.token = rig.oa.explorerPair().access_token;
    expect(await byUser(person.userId)).toEqual(refused(-232));
  });

  it.each<[string, number, object]>([
    ['an id that is a number', -201, { user_id: 1 }],
    ['a template that is a number', -201, { template_id: 1 }],
    ['a template that does not exist', -201, { template_id: '99' }],
    ['one that is not approved', -131, { template_id: '3', template_data: {} }],
    ['one that cannot go by user id', -249, { template_id: '4', template_data: {} }],
    ['a value that is missing', -201, { template_data: { student: 'Bé' } }],
    ['a value that is a number', -201, { template_data: { ...DATA, amount: 120_000 } }],
    ['a value that is too long', -210, { template_data: { ...DATA, student: 'ă'.repeat(31) } }],
    ['a value that it does not ask for', -201, { template_data: { ...DATA, more: 'một' } }],
    ['a nested recipient', -201, { recipient: { user_id: '1' } }],
    ['somebody whom the OA does not know', -213, { user_id: '1999999999999999999' }],
  ])('refuses, by user id, %s with %i', async (_, code, change) => {
    const { userId } = rig.follower();
    expect(await byUser(userId, change)).toEqual(refused(code));
    expect(rig.oa.spentDong).toBe(0);
  });

  it('goes to a phone number, whoever follows, and gives our id back with the receipt', async () => {
    const person = rig.oa.person(undefined, { phone: PHONE });
    const { url, heard } = await rig.hub();
    await rig.oa.setWebhook(url);
    const answer = await byPhone();
    expect(answer.data).toMatchObject({
      msg_id: rig.oa.accepted[0]?.messageId,
      sending_mode: '1',
      quota: { dailyQuota: '2', remainingQuota: '1' },
    });
    expect(person.messages()).toHaveLength(1);
    await expect.poll(() => heard.length).toBe(2);
    expect(heard[1]?.headers['x-zevent-server']).toBe('ZNS');
    expect(heard[1]?.body).toMatchObject({
      event_name: 'user_received_message',
      sender: { id: rig.oa.oaId },
      recipient: { id: PHONE },
      message: { msg_id: rig.oa.accepted[0]?.messageId, tracking_id: 'delivery-42' },
    });
  });

  it('takes the same tracking id twice, as two messages and two bills: it guards against nothing', async () => {
    rig.oa.person(undefined, { phone: PHONE });
    await byPhone();
    expect(await byPhone()).toEqual(taken);
    expect(rig.oa.accepted.map(({ trackingId }) => trackingId)).toEqual(['delivery-42', 'delivery-42']);
    expect(rig.oa.spentDong).toBe(400);
    expect(await byPhone()).toEqual(refused(-144));
    expect(await byPhone({ sending_mode: '3' })).toEqual(taken);
    rig.oa.skip(DAY_MS);
    rig.token = rig.oa.explorerPair().access_token;
    expect(await byPhone()).toEqual(taken);
  });

  it.each<[string, number, object]>([
    ['a number as schools write it', -108, { phone: '0987654321' }],
    ['a number that is a number', -108, { phone: 84_987_654_321 }],
    ['a number without Zalo', -118, { phone: '84912345678' }],
    ['49 characters of ours', -210, { tracking_id: 'x'.repeat(49) }],
    ['a mode that is a number', -201, { sending_mode: 1 }],
    ['a template that is not approved', -131, { template_id: '3', template_data: {} }],
    ['development mode, to somebody who is no admin', -126, { mode: 'development' }],
    ['a member that nobody knows', -201, { user_id: '1' }],
  ])('refuses, by phone, %s with %i', async (_, code, change) => {
    rig.oa.person(undefined, { phone: PHONE });
    expect(await byPhone(change)).toEqual(refused(code));
    expect(rig.oa.accepted).toEqual([]);
  });

  it('costs nothing in development mode, to an admin', async () => {
    rig.oa.person(undefined, { phone: PHONE }).become({ admin: true });
    expect(await byPhone({ mode: 'development' })).toEqual(taken);
    expect(rig.oa.spentDong).toBe(0);
  });

  it('advertises in daylight only, four times in a month, and not to those who do not want it', async () => {
    const person = rig.follower({ phone: PHONE });
    const promotion = { template_id: '2', template_data: {} };
    // From ten in the morning to ten in the evening.
    rig.oa.skip(12 * HOUR_MS);
    expect(await byUser(person.userId, promotion)).toEqual(refused(-234));
    expect(await byPhone(promotion)).toEqual(refused(-133));
    expect(await byUser(person.userId)).toEqual(taken);
    rig.oa.skip(-1);
    for (let nth = 1; nth <= 4; nth++) expect(await byUser(person.userId, promotion)).toEqual(taken);
    expect(await byUser(person.userId, promotion)).toEqual(refused(-218));
    person.become({ restricts: true });
    expect(await byUser(person.userId, promotion)).toEqual(refused(-244));
    expect(await byUser(person.userId)).toEqual(taken);
    expect(await byPhone()).toEqual(refused(-139));
  });

  it('wants an account that pays, with money in it', async () => {
    for (const [balanceDong, user, phone] of [
      [null, -320, -136],
      [199, -321, -115],
    ] as const) {
      await rig.use({ balanceDong, templates: [{ id: '1', params: {}, dong: 200 }] });
      const { userId } = rig.follower({ phone: PHONE });
      expect(await byUser(userId, { template_data: {} })).toEqual(refused(user));
      expect(await byPhone({ template_data: {} })).toEqual(refused(phone));
      expect(rig.oa.accepted).toEqual([]);
    }
  });
});
