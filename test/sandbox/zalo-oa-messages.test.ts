import { describe, expect, it } from 'vitest';
import { DAY_MS, HOUR_MS, oaUnderTest, refused, taken } from './oa-under-test.ts';

const CS = '/v3.0/oa/message/cs';
const PNG = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const MB = 1024 * 1024;
const imageOf = (attachment_id: unknown) => ({
  text: 'Thời khoá biểu',
  attachment: {
    type: 'template',
    payload: { template_type: 'media', elements: [{ media_type: 'image', attachment_id }] },
  },
});
const fileOf = (token: unknown) => ({ attachment: { type: 'file', payload: { token } } });

describe('The stand-in of the OA: consultation messages', () => {
  const rig = oaUnderTest({ perMinute: 0 });

  it('takes a text in the window, free, and says what the documentation says', async () => {
    const person = rig.follower();
    const answer = await rig.cs(person.userId);
    expect(answer).toEqual({
      error: 0,
      message: 'Success',
      data: {
        message_id: rig.oa.accepted[0]?.messageId,
        user_id: person.userId,
        sent_time: String(rig.oa.now()),
        quota: { quota_type: 'reply' },
      },
    });
    expect(person.messages().map(({ text }) => text)).toEqual(['Xin chào']);
    expect(rig.oa.accepted).toMatchObject([{ chatId: person.userId, way: 'free', dong: 0 }]);
  });

  it.each<[string, number, object]>([
    ['a number for an id', -201, { recipient: { user_id: 1 } }],
    ['a recipient of another kind', -201, { recipient: { message_id: 'abc' } }],
    ['no recipient', -201, { recipient: undefined }],
    ['no message', -201, { message: undefined }],
    ['an empty text', -201, { message: { text: ' ' } }],
    ['half a character', -201, { message: { text: 'một \ud83d' } }],
    ['2 001 characters', -210, { message: { text: 'ă'.repeat(2001) } }],
    ['a member that no source knows', -201, { message: { text: 'một', buttons: [] } }],
    [
      'buttons',
      -233,
      {
        message: {
          text: 'một',
          attachment: { type: 'template', payload: { template_type: 'list', buttons: [], elements: [{}] } },
        },
      },
    ],
    [
      'a list',
      -233,
      {
        message: { attachment: { type: 'template', payload: { template_type: 'list', elements: [{}] } } },
      },
    ],
    ['an attachment of an unknown kind', -233, { message: { attachment: { type: 'video', payload: {} } } }],
    ['somebody whom the OA does not know', -213, { recipient: { user_id: '1999999999999999999' } }],
  ])('refuses %s with %i', async (_, code, change) => {
    const { userId: user_id } = rig.follower();
    const body = { recipient: { user_id }, message: { text: 'một' }, ...change };
    expect(await rig.post(CS, body)).toEqual(refused(code));
    expect(rig.oa.accepted).toEqual([]);
    expect(rig.oa.refusals).toEqual({ [code]: 1 });
  });

  it('counts 2 000 characters after NFC', async () => {
    const { userId } = rig.follower();
    expect(await rig.cs(userId, { text: 'ă'.normalize('NFD').repeat(2000) })).toEqual(taken);
  });

  it('wants JSON that says so', async () => {
    const { userId } = rig.follower();
    const body = { recipient: { user_id: userId }, message: { text: 'một' } };
    expect(await rig.post(CS, body, { 'content-type': 'text/plain' })).toEqual(refused(-201));
    const broken = { access_token: rig.token, 'content-type': 'application/json' };
    expect(await rig.ask(CS, { method: 'POST', headers: broken, body: '{"recipient":' })).toEqual(
      refused(-201),
    );
  });

  it('is free up to 48 hours, takes from the quota up to 7 days, and refuses after that', async () => {
    const person = rig.follower();
    const later = async (ms: number) => {
      rig.oa.skip(ms);
      rig.token = rig.oa.explorerPair().access_token;
      return rig.cs(person.userId);
    };
    expect((await later(48 * HOUR_MS)).data?.quota).toEqual({ quota_type: 'reply' });
    expect((await later(1)).data?.quota).toEqual({ quota_type: 'sub_quota', remain: '499', total: '500' });
    // Reading is no sign of life.
    person.read();
    expect((await later(5 * DAY_MS - 1)).data?.quota).toMatchObject({ remain: '498' });
    expect(await later(1)).toEqual(refused(-230));
    person.type('Tôi vẫn ở đây');
    expect((await rig.cs(person.userId)).data?.quota).toEqual({ quota_type: 'reply' });
    expect(rig.oa.accepted.map(({ way }) => way)).toEqual(['free', 'charged', 'charged', 'free']);
    expect(rig.oa.spentDong).toBe(0);
  });

  it('counts what is an interaction, and nothing else', async () => {
    const acts: [string, (person: ReturnType<typeof rig.follower>) => void, boolean][] = [
      ['following', (person) => person.follow(), true],
      ['writing', (person) => person.type('Chào'), true],
      ['a picture', (person) => person.sendImages(), true],
      ['the chat button', (person) => person.openChat(), true],
      ['reading', (person) => person.read(), false],
    ];
    for (const [what, act, counts] of acts) {
      const person = rig.follower();
      await rig.cs(person.userId);
      rig.oa.skip(8 * DAY_MS);
      rig.token = rig.oa.explorerPair().access_token;
      expect(person.window).toBe('closed');
      act(person);
      expect(await rig.cs(person.userId), what).toEqual(counts ? taken : refused(-230));
    }
  });

  it('gives up who has left, blocked, taken consent back, or is away; and takes back who writes', async () => {
    const person = rig.follower();
    person.unfollow();
    expect(await rig.cs(person.userId)).toEqual(refused(-213));
    person.follow();
    person.block();
    expect(await rig.cs(person.userId)).toEqual(refused(-213));
    person.unblock();
    person.withdraw();
    expect(await rig.cs(person.userId)).toEqual(refused(-213));
    person.follow();
    person.become({ inactive: true });
    expect(await rig.cs(person.userId)).toEqual(refused(-227));
    person.type('Tôi đã về');
    expect(await rig.cs(person.userId)).toEqual(taken);
  });

  it('shows no quota where it is told to', async () => {
    await rig.use({ showsQuota: false });
    const { userId } = rig.follower();
    expect((await rig.cs(userId)).data).not.toHaveProperty('quota');
  });

  it('asks for details with a title of 100 and a subtitle of 500', async () => {
    const { userId } = rig.follower();
    const request = (title: string, subtitle = 'Số điện thoại', elements = 1) => ({
      attachment: {
        type: 'template',
        payload: {
          template_type: 'request_user_info',
          elements: Array.from({ length: elements }, () => ({
            title,
            subtitle,
            image_url: 'https://truong.example/anh.png',
          })),
        },
      },
    });
    expect(await rig.cs(userId, request('ă'.repeat(100)))).toEqual(taken);
    expect(await rig.cs(userId, request('ă'.repeat(101)))).toEqual(refused(-210));
    expect(await rig.cs(userId, request('ă', 'ă'.repeat(501)))).toEqual(refused(-210));
    expect(await rig.cs(userId, request('ă', 'ă', 2))).toEqual(refused(-201));
  });

  it('no longer knows transaction, promotion, nor the messages of version 2', async () => {
    const { userId } = rig.follower();
    const body = { recipient: { user_id: userId }, message: { text: 'một' } };
    for (const path of ['/v3.0/oa/message/transaction', '/v3.0/oa/message/promotion', '/v2.0/oa/message'])
      expect(await rig.post(path, body), path).toEqual(refused(-240));
    const lost = await fetch(`${rig.oa.apiRoot}/v3.0/oa/message/nothing`, { method: 'POST' });
    expect(lost.status).toBe(404);
    expect(rig.oa.accepted).toEqual([]);
  });
});

describe('The stand-in of the OA: what a message outside 48 hours costs', () => {
  const rig = oaUnderTest({ perMinute: 0, balanceDong: 110 });

  it('takes 500 a month from the package, then 55 đồng each, then nothing', async () => {
    const person = rig.follower();
    rig.oa.skip(3 * DAY_MS);
    rig.token = rig.oa.explorerPair().access_token;
    for (let sent = 0; sent < 500; sent++) await rig.cs(person.userId);
    expect(rig.oa.consultations).toEqual({ remain: 0, total: 500 });
    expect(rig.oa.spentDong).toBe(0);
    expect((await rig.cs(person.userId)).data?.quota).toEqual({ quota_type: 'purchase_quota' });
    expect(await rig.cs(person.userId)).toEqual(taken);
    expect(rig.oa.spentDong).toBe(110);
    expect(await rig.cs(person.userId)).toEqual(refused(-211));
    expect(rig.oa.accepted).toHaveLength(502);
    // The next month has a quota of its own.
    rig.oa.skip(20 * DAY_MS);
    person.type('Chào');
    rig.oa.skip(3 * DAY_MS);
    rig.token = rig.oa.explorerPair().access_token;
    expect((await rig.cs(person.userId)).data?.quota).toMatchObject({ remain: '499' });
  });
});

describe('The stand-in of the OA: uploads', () => {
  const rig = oaUnderTest({ perMinute: 0 });
  const sized = (bytes: number) => Buffer.concat([PNG, Buffer.alloc(bytes - PNG.length)]);

  it('takes a picture of 1 MB and shows it with its text', async () => {
    const person = rig.follower();
    const { data } = await rig.upload('image', sized(MB), 'image/png');
    expect(await rig.cs(person.userId, imageOf(data?.attachment_id))).toEqual(taken);
    expect(person.messages().at(-1)).toMatchObject({ text: 'Thời khoá biểu', photo: { type: 'image/png' } });
  });

  it('takes a PDF of 5 MB, sent by its token, without a text beside it', async () => {
    const person = rig.follower();
    const pdf = Buffer.concat([Buffer.from('%PDF-1.7'), Buffer.alloc(5 * MB - 8)]);
    const { data } = await rig.upload('file', pdf, 'application/pdf');
    expect(await rig.cs(person.userId, { ...fileOf(data?.token), text: 'Bảng điểm' })).toEqual(refused(-201));
    expect(await rig.cs(person.userId, fileOf(data?.token))).toEqual(taken);
    const tooLarge = Buffer.concat([pdf, Buffer.alloc(1)]);
    expect(await rig.upload('file', tooLarge, 'application/pdf')).toEqual(refused(-210));
  });

  it.each<[string, number, string, Uint8Array, string, string?]>([
    ['a picture over 1 MB', -210, 'image', sized(MB + 1), 'image/png'],
    ['a gif as a picture', -201, 'image', Buffer.from('GIF89a'), 'image/gif'],
    ['a text that calls itself a picture', -201, 'image', Buffer.from('no picture'), 'image/png'],
    [
      'an Excel file',
      -201,
      'file',
      Buffer.from('PK'),
      'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
    ],
    ['a PDF that is none', -201, 'file', Buffer.from('PK'), 'application/pdf'],
    ['another field', -201, 'image', PNG, 'image/png', 'image'],
  ])('refuses %s with %i', async (_, code, kind, bytes, type, field) => {
    expect(await rig.upload(kind, bytes, type, field)).toEqual(refused(code));
    expect(rig.oa.uploads).toBe(0);
  });

  it('refuses an upload that is no form', async () => {
    const headers = { access_token: rig.token, 'content-type': 'image/png' };
    expect(await rig.ask('/v2.0/oa/upload/image', { method: 'POST', headers, body: PNG })).toEqual(
      refused(-201),
    );
  });

  it('forgets an upload after seven days, and knows a picture from a file', async () => {
    const person = rig.follower();
    const { data } = await rig.upload('image', PNG, 'image/png');
    expect(await rig.cs(person.userId, fileOf(data?.attachment_id))).toEqual(refused(-201));
    expect(await rig.cs(person.userId, imageOf('never-uploaded'))).toEqual(refused(-100));
    rig.oa.skip(7 * DAY_MS + 1);
    person.type('Chào');
    rig.token = rig.oa.explorerPair().access_token;
    expect(await rig.cs(person.userId, imageOf(data?.attachment_id))).toEqual(refused(-100));
  });
});

describe('The stand-in of the OA: groups of classes', () => {
  const rig = oaUnderTest({ perMinute: 0 });
  const make = (member_user_ids: unknown[], asset_id = 'gmf100') =>
    rig.post('/v3.0/oa/group/creategroupwithoa', {
      group_name: '6A1',
      group_description: 'Lớp 6A1',
      asset_id,
      member_user_ids,
    });
  const post = (group_id: unknown, message: object = { text: 'Chào cả lớp' }) =>
    rig.post('/v3.0/oa/group/message', { recipient: { group_id }, message });

  it('posts into a group of its own making at any time, and shows whom a mention rings', async () => {
    const person = rig.follower();
    const { data } = await make([person.userId]);
    expect(data).toMatchObject({ group_id: expect.stringMatching(/^\d+$/) });
    rig.oa.skip(30 * DAY_MS);
    rig.token = rig.oa.explorerPair().access_token;
    const answer = await post(data?.group_id, { text: `Chào [@${person.userId}]` });
    expect(answer).toMatchObject({ error: 0, data: { group_id: data?.group_id } });
    expect(rig.oa.groups[0]?.messages).toMatchObject([{ rings: [person.userId] }]);
    expect(rig.oa.accepted).toMatchObject([{ way: 'group', chatId: data?.group_id, dong: 0 }]);
  });

  it('refuses a group that it has not made (-403), one that is disabled (-237), a number, and a person', async () => {
    const person = rig.follower();
    const { data } = await make([person.userId]);
    expect(await post('100000000000000009')).toEqual(refused(-403));
    expect(await post(Number(data?.group_id))).toEqual(refused(-201));
    expect(
      await rig.post('/v3.0/oa/group/message', {
        recipient: { user_id: person.userId },
        message: { text: 'một' },
      }),
    ).toEqual(refused(-201));
    const [group] = rig.oa.groups;
    if (group) group.disabled = true;
    expect(await post(data?.group_id)).toEqual(refused(-237));
  });

  it('has one group in the small package, and takes nobody whom it does not know', async () => {
    const person = rig.follower();
    expect(await make(['1999999999999999999'])).toEqual(refused(-213));
    expect(await make(Array(100).fill(person.userId))).toEqual(refused(-210));
    expect(await make([person.userId], 'gmf1000')).toEqual(refused(-238));
    expect(await make([person.userId])).toEqual(taken);
    expect(await make([person.userId])).toEqual(refused(-238));
  });
});
