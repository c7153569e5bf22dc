import { beforeAll, describe, expect, it } from 'vitest';
import { connectChannel } from '../../src/commands/setup.ts';
import { startZaloBot, type ZaloBotSandbox } from '../../src/sandbox/index.ts';
import { openTown, type Town } from '../flow/town.ts';
import { atEnd, until } from '../harness/index.ts';

// What Zalo does at the hub's doors: it brings updates, and fetches pictures.

const TOKEN = '7100000001:ZALO-this_is_the_tokens_secret_part_x';
let town: Town;
let zalo: ZaloBotSandbox;
let lane: string;
const db = () => town.hub.db.prisma;

beforeAll(async () => {
  zalo = await startZaloBot({ token: TOKEN, name: 'Bot Trường Hoa Mai' });
  atEnd(() => zalo.stop());
  town = await openTown({ ZALO_BOT_API_ROOT: zalo.root });
  lane = await connectChannel(town.hub, town.school, 'zalo-bot', TOKEN, null);
});

describe('The webhook of a Zalo bot', () => {
  const header = 'x-bot-api-secret-token';
  const secret = () => town.hub.signer.webhookSecret(lane);
  const post = (body: string, headers: Record<string, string>, account = lane) =>
    fetch(`${town.hub.url}/webhooks/zalo-bot/${account}`, { method: 'POST', body, headers });
  const update = (text: string, id: string) =>
    JSON.stringify({
      ok: true,
      result: {
        event_name: 'message.text.received',
        message: {
          from: { id: 'a1b2c3d4e5f60718293a', display_name: 'Chị Lan', is_bot: false },
          chat: { id: 'a1b2c3d4e5f60718293a', chat_type: 'PRIVATE' },
          text,
          message_id: id,
          date: 1_700_000_000_000,
        },
      },
    });
  const stored = () => db().inboundUpdate.count({ where: { accountId: lane } });

  it('takes nothing without the right secret in its own header, whatever the body is', async () => {
    for (const headers of [
      {},
      { [header]: 'wrong' },
      { [header]: `${secret().slice(0, -1)}!` },
      { 'x-telegram-bot-api-secret-token': secret() },
    ])
      for (const body of [update('#AB12CD34', 'm1'), 'no JSON'])
        expect((await post(body, headers)).status).toBe(401);
    expect(await stored()).toBe(0);
  });

  it('answers a probe of Zalo’s and stores nothing', async () => {
    for (const body of ['{}', '', 'no JSON', '[]', '{"ok":true}'])
      expect((await post(body, { [header]: secret() })).status).toBe(200);
    expect(await stored()).toBe(0);
  });

  it('stores an update once, however often it is brought', async () => {
    for (let times = 0; times < 3; times++)
      expect((await post(update('#AB12CD34', 'm2'), { [header]: secret() })).status).toBe(200);
    expect(await stored()).toBe(1);
    await until(
      'it is handled',
      async () =>
        (await db().inboundUpdate.count({ where: { accountId: lane, handledAt: { not: null } } })) === 1,
    );
    expect(await db().inboundUpdate.findFirst({ where: { accountId: lane } })).toMatchObject({
      externalId: 'm2',
      payload: {},
    });
  });

  it('is not the door of another channel’s account', async () => {
    const answer = await post(
      update('x', 'm3'),
      { [header]: town.hub.signer.webhookSecret(town.bot) },
      town.bot,
    );
    expect(answer.status).toBe(400);
  });
});

describe('A picture that Zalo fetches', () => {
  const PNG = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

  it('is served behind its link for an hour, then forgotten', async () => {
    const url = (await town.hub.gallery.show(PNG)) ?? '';
    expect(url.startsWith(`${town.hub.url}/pictures/`)).toBe(true);
    const seen = await fetch(url);
    expect([seen.status, seen.headers.get('content-type')]).toEqual([200, 'image/png']);
    expect(seen.headers.get('cache-control')).toBe('no-store');
    expect(Buffer.from(await seen.arrayBuffer())).toEqual(PNG);
    expect((await fetch(`${url.slice(0, -2)}zz`)).status).toBe(403);
    town.forward(3_600_001);
    expect((await fetch(url)).status).toBe(403);
    await town.hub.gallery.clear();
    expect(await db().shownPicture.count()).toBe(0);
  });

  it('is kept once, shown as long as its last link, and not behind a link for something else', async () => {
    await town.hub.gallery.show(PNG);
    town.forward(1_800_000);
    const url = (await town.hub.gallery.show(PNG)) ?? '';
    expect(await db().shownPicture.count()).toBe(1);
    town.forward(2_700_000);
    expect((await fetch(url)).status).toBe(200);
    const other = town.hub.signer.sign('confirm', '1');
    expect((await fetch(`${town.hub.url}/pictures/${other}`)).status).toBe(403);
  });
});
