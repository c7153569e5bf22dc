import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { macOf } from '../../src/sandbox/zalo-oa/webhook.ts';
import { until } from '../harness/until.ts';
import { type Heard, oaUnderTest } from './oa-under-test.ts';

describe('The stand-in of the OA: events', () => {
  const rig = oaUnderTest({ perMinute: 0, retryMs: [5, 10] });
  const names = (heard: Heard[]) => heard.map(({ body }) => body.event_name);
  const listening = async (answer?: (nth: number) => number) => {
    const { url, heard } = await rig.hub(answer);
    expect(await rig.oa.setWebhook(url)).toBe(200);
    heard.splice(0);
    return heard;
  };
  const settled = () => until('every event is brought', () => rig.oa.pendingEvents === 0);

  it('makes the signature of the written vector', () => {
    const raw = '{"app_id":"123","timestamp":"1700000000000","event_name":"user_send_text"}';
    expect(macOf('123', raw, '1700000000000', 'oa-secret')).toBe(
      '9434d04ceed2ce1ecd29f899534ea81f9519191a7b8741bf718064f4f2ca8457',
    );
  });

  it('asks a new address with an unsigned {} and keeps it only when it answers 200', async () => {
    const { url, heard } = await rig.hub((nth) => (nth === 1 ? 403 : 200));
    expect(await rig.oa.setWebhook(url)).toBe(403);
    expect(rig.oa.webhookUrl).toBeUndefined();
    expect(await rig.oa.setWebhook(url)).toBe(200);
    expect(heard.map(({ raw, headers }) => [raw, headers['x-zevent-signature']])).toEqual([
      ['{}', undefined],
      ['{}', undefined],
    ]);
    for (const bad of [
      'http://truong.example/zalo',
      'https://203.0.113.7/zalo',
      'https://truong.example:8443/zalo',
    ])
      await expect(rig.oa.setWebhook(bad), bad).rejects.toThrow('domain name');
  });

  it('signs the bytes with the key of the webhook, not the one of the app', async () => {
    const heard = await listening();
    rig.oa.testWebhook();
    await settled();
    const [{ raw, body, headers }] = heard as [Heard];
    const sum = (key: string) =>
      createHash('sha256')
        .update(`${rig.oa.appId}${raw}${String(body.timestamp)}${key}`)
        .digest('hex');
    expect(headers['x-zevent-signature']).toBe(`mac=${sum(rig.oa.webhookKey)}`);
    expect(body).toMatchObject({
      app_id: rig.oa.appId,
      event_name: 'user_send_text',
      timestamp: String(rig.oa.now()),
      message: { msg_id: 'This is message id', text: 'This is testing message' },
    });
  });

  it('tells what people do, each in its own shape', async () => {
    const heard = await listening();
    const person = rig.follower();
    person.type('#AB12CD34');
    person.sendImages();
    person.openChat();
    person.openChat();
    person.submitInfo({ name: 'Chị Lan', phone: '0987654321' });
    person.unfollow();
    person.follow();
    person.withdraw();
    person.follow();
    person.block();
    await settled();
    expect(names(heard)).toEqual([
      'follow',
      'user_send_text',
      'user_send_image',
      'user_click_chatnow',
      'user_submit_info',
      'unfollow',
      'follow',
      'user_withdraw',
      'follow',
    ]);
    const [follow, text] = heard;
    expect(follow?.body).toEqual({
      app_id: rig.oa.appId,
      oa_id: rig.oa.oaId,
      follower: { id: person.userId },
      user_id_by_app: expect.any(String),
      event_name: 'follow',
      source: 'oa_profile',
      timestamp: String(rig.oa.now()),
    });
    expect(text?.body).toMatchObject({
      sender: { id: person.userId },
      recipient: { id: rig.oa.oaId },
      message: { msg_id: person.messages()[0]?.messageId, text: '#AB12CD34' },
    });
    expect(heard[4]?.body).toMatchObject({ info: { name: 'Chị Lan', phone: '0987654321' } });
    expect(() => person.type('Có ai không?')).toThrow('the chat is left');
  });

  it('brings back what the OA itself has sent, says that it came, and what was read', async () => {
    const heard = await listening();
    const person = rig.follower();
    const first = await rig.cs(person.userId);
    const second = await rig.cs(person.userId);
    person.read();
    person.read();
    await settled();
    expect(names(heard)).toEqual([
      'follow',
      'oa_send_text',
      'user_received_message',
      'oa_send_text',
      'user_received_message',
      'user_seen_message',
    ]);
    expect(heard[1]?.body).toMatchObject({
      sender: { id: rig.oa.oaId },
      recipient: { id: person.userId },
      message: { msg_id: first.data?.message_id },
    });
    expect(heard[2]?.body).toMatchObject({
      sender: { id: person.userId },
      message: { msg_id: first.data?.message_id },
    });
    expect(heard[5]?.body).toMatchObject({
      message: { msg_ids: [first.data?.message_id, second.data?.message_id] },
    });
  });

  it('brings events twice and backwards where it is told to, and unknown ones and foreign bytes', async () => {
    const heard = await listening();
    const person = rig.follower();
    await settled();
    rig.oa.holdEvents();
    person.type('một');
    person.type('hai');
    expect(rig.oa.pendingEvents).toBe(2);
    rig.oa.releaseEvents((events) => [...events, ...events].reverse());
    await settled();
    const texts = heard.slice(1).map(({ body }) => (body.message as { text: string }).text);
    expect(texts).toEqual(['hai', 'một', 'hai', 'một']);
    rig.oa.tell({ event_name: 'user_does_something_new', user_id: person.userId });
    rig.oa.tellAgain();
    rig.oa.tellRaw('{"event_name":"follow"}', { 'x-zevent-signature': 'mac=00' });
    await settled();
    expect(names(heard).slice(-3)).toEqual(['user_does_something_new', 'user_does_something_new', 'follow']);
    expect(heard.at(-2)?.raw).toBe(heard.at(-3)?.raw);
  });

  it('does not count on a second try after an answer that is none of 2xx', async () => {
    const heard = await listening((nth) => (nth === 1 ? 200 : 500));
    rig.follower();
    await settled();
    expect(heard).toHaveLength(1);
    expect(rig.oa.deliveries).toEqual([{ event: 'follow', status: 500, retry: 0 }]);
  });

  it('tries again when nobody can be reached, and says which try it is', async () => {
    const heard = await listening((nth) => (nth === 2 || nth === 3 ? 0 : 200));
    rig.follower();
    await settled();
    expect(rig.oa.deliveries.map(({ status, retry }) => [status, retry])).toEqual([
      [0, 0],
      [0, 1],
      [200, 2],
    ]);
    expect(heard.map(({ headers }) => headers.num_retry)).toEqual([undefined, '1', '2']);
    expect(new Set(heard.map(({ raw }) => raw)).size).toBe(1);
  });

  it('switches the webhook off after the last try', async () => {
    await listening((nth) => (nth === 1 ? 200 : 0));
    rig.follower();
    await settled();
    expect(rig.oa.deliveries).toHaveLength(3);
    expect(rig.oa.webhookUrl).toBeUndefined();
    rig.follower();
    expect(rig.oa.pendingEvents).toBe(0);
  });
});
