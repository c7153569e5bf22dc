import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Connection, type Message, zaloOa } from '../../../src/channels/index.ts';
import { startZaloOa, type ZaloOaOptions, type ZaloOaSandbox } from '../../../src/sandbox/index.ts';
import { NOON, testDatabase } from '../../harness/index.ts';
import { channelContract, type Rig } from '../contract.ts';
import { NOWHERE, type OaRig, oaRig, portsOn } from './oa-rig.ts';

const database = await testDatabase();
const HOUR_MS = 3_600_000;
let now = NOON;
const clock = () => now;
const start = (more: Partial<ZaloOaOptions> = {}) =>
  startZaloOa({ name: 'Trường Hoa Mai', package: 'comprehensive', clock: () => now.getTime(), ...more });
const patience = () => AbortSignal.timeout(5000);
const textTo = (address: string, ...texts: string[]): Message => ({
  address,
  parts: texts.map((text) => ({ markup: text, plain: text })),
  deliveryId: '42',
});
/** A PNG of one point. */
const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==',
  'base64',
);

async function makeRig(): Promise<Rig> {
  now = NOON;
  const oa = await start();
  const { ports, account } = await oaRig(database, oa, clock);
  const parent = oa.person();
  parent.follow();
  await ports.users.heard(account.id, parent.userId, now);
  const nobody = portsOn(database, NOWHERE, clock);
  const wrong = { ...account, id: '018f0000-0000-7000-8000-000000000000' };
  await ports.tokens.paste(wrong.id, { access: 'A-wrong-token', refresh: 'R-wrong-token' });
  const tokens = await ports.tokens.current(account.id);
  return {
    channel: zaloOa(ports),
    account,
    wrongAccount: wrong,
    nobodyThere: { channel: zaloOa(nobody), account },
    secrets: [oa.appSecret, oa.webhookKey, tokens.kind === 'token' ? tokens.token : '', 'A-wrong-token'],
    message: textTo(parent.userId, 'Nghỉ học ngày mai'),
    unknownAddress: '1999999999999999999',
    turnAway: () => {
      parent.block();
      return 'gone';
    },
    accepted: () => oa.accepted.map(({ chatId, messageId }) => ({ address: chatId, id: messageId })),
    misbehave: {
      throttled: () => oa.fault({ kind: 'code', code: -32 }),
      broken: () => oa.fault({ kind: 'status', status: 502 }),
      hangs: () => oa.fault({ kind: 'hang' }),
      hangsAfterAccepting: () => oa.fault({ kind: 'hang-after-accept' }),
      cutsBeforeAccepting: () => oa.fault({ kind: 'reset-before' }),
      cutsAfterAccepting: () => oa.fault({ kind: 'reset-after-accept' }),
    },
    stop: () => oa.stop(),
  };
}

channelContract('zalo-oa', makeRig);

describe('Zalo OA', () => {
  let oa: ZaloOaSandbox;
  let rig: OaRig;
  let opened: Connection[];
  const open = (settings = {}): Connection => {
    const one = rig.open(settings);
    opened.push(one);
    return one;
  };
  const begin = async (more: Partial<ZaloOaOptions> = {}) => {
    oa = await start(more);
    rig = await oaRig(database, oa, clock);
  };
  beforeEach(async () => {
    now = NOON;
    opened = [];
    await begin();
  });
  afterEach(async () => {
    for (const one of opened) await one.close();
    await oa.stop();
  });
  /** Somebody who has written so many hours ago, and whom the hub has heard. */
  const parent = async (hoursAgo = 0) => {
    const person = oa.person();
    now = new Date(NOON.getTime() - hoursAgo * HOUR_MS);
    person.type('Xin chào');
    await rig.ports.users.heard(rig.account.id, person.userId, now);
    now = NOON;
    return person;
  };
  const texts = () => oa.accepted.map(({ text }) => text);

  describe('sends', () => {
    it('the parts of a long text in order, in NFC', async () => {
      const { userId } = await parent();
      const long = 'ệ'.repeat(2000);
      expect(await open().send(textTo(userId, 'một', long.normalize('NFD')), patience())).toMatchObject({
        kind: 'accepted',
        partsSent: 2,
      });
      expect(texts()).toEqual(['một', long]);
      expect(oa.refused).toEqual([]);
    });

    it('on behind the parts that are out, after a failure', async () => {
      const { userId } = await parent();
      const message = textTo(userId, 'một', 'hai');
      oa.fault({ kind: 'code', code: -200, match: (_, payload) => JSON.stringify(payload).includes('hai') });
      const first = await open().send(message, patience());
      expect(first).toMatchObject({ kind: 'retry', partsSent: 1, mostAttempts: 4 });
      expect(await open().send({ ...message, partsSent: 1 }, patience())).toMatchObject({ kind: 'accepted' });
      expect(texts()).toEqual(['một', 'hai']);
    });

    it('a picture beside the last part, uploaded once for all', async () => {
      const [one, two] = [await parent(), await parent()];
      const picture = { png: PNG, alt: 'Mã QR' };
      const connection = open();
      for (const { userId } of [one, two])
        expect(await connection.send({ ...textTo(userId, 'một', 'hai'), picture }, patience())).toMatchObject(
          { kind: 'accepted', partsSent: 2 },
        );
      expect(two.messages().map(({ text, photo }) => [text, photo?.type])).toEqual([
        ['Xin chào', undefined],
        ['một', undefined],
        ['hai', 'image/png'],
      ]);
      expect(oa.uploads).toBe(1);
    });

    it('a picture anew when Zalo has forgotten it, and the text alone when it cannot take it', async () => {
      const { userId } = await parent();
      const picture = { png: PNG, alt: 'Mã QR' };
      const connection = open();
      await connection.send({ ...textTo(userId, 'một'), picture }, patience());
      oa.fault({ kind: 'code', code: -100 });
      expect(await connection.send({ ...textTo(userId, 'hai'), picture }, patience())).toMatchObject({
        kind: 'accepted',
      });
      expect(oa.uploads).toBe(2);
      const large = { png: Buffer.alloc(1024 * 1024 + 1), alt: 'Mã QR để nộp tiền' };
      const broken = { png: Buffer.from('no picture'), alt: 'x' };
      await connection.send({ ...textTo(userId, 'ba'), picture: large }, patience());
      await connection.send({ ...textTo(userId), picture: large }, patience());
      await connection.send({ ...textTo(userId, 'bốn'), picture: broken }, patience());
      expect(texts().slice(2)).toEqual(['ba', 'Mã QR để nộp tiền', 'bốn']);
    });

    it('a file behind the text, and words with a link instead of one that is too large', async () => {
      const { userId } = await parent();
      const attachment = {
        bytes: Buffer.from('%PDF-1.7 thời khoá biểu'),
        type: 'application/pdf',
        name: 'tkb.pdf',
        size: null,
        link: 'https://x.vn/1',
        instead: 'Xin mở tkb.pdf tại: https://x.vn/1',
      } as const;
      expect(await open().send({ ...textTo(userId, 'một'), attachment }, patience())).toMatchObject({
        kind: 'accepted',
        partsSent: 2,
      });
      expect(texts()).toEqual(['một', '[tệp: tkb.pdf]']);
      const large = { ...attachment, bytes: Buffer.alloc(5 * 1024 * 1024 + 1) };
      const rest = { ...textTo(userId, 'hai'), attachment: large, partsSent: 1 };
      expect(await open().send(rest, patience())).toMatchObject({ kind: 'accepted', partsSent: 2 });
      expect(texts().at(-1)).toBe('Xin mở tkb.pdf tại: https://x.vn/1');
    });
  });

  it('reads what went wrong in a body that came with HTTP 200, and never loops at a code that nobody knows', async () => {
    const { userId } = await parent();
    for (const [code, expected] of [
      [-999, { kind: 'rejected', reason: 'refused' }],
      [-211, { kind: 'rejected', reason: 'capReached' }],
      [-213, { kind: 'rejected', contact: 'gone' }],
      [-204, { kind: 'person', reason: 'channelStopped' }],
      [-32, { kind: 'retry', scope: 'lane', afterMs: 60_000 }],
    ] as const) {
      oa.fault({ kind: 'code', code });
      expect(await open().send(textTo(userId, 'một'), patience()), String(code)).toMatchObject(expected);
    }
    expect(oa.calls['/v3.0/oa/message/cs']).toBe(5);
    expect(rig.log).toContainEqual(expect.objectContaining({ level: 50, code: -999 }));
  });

  it('asks nobody for a word, and says nothing of one, where the school does not want it', async () => {
    const { userId } = await parent(40);
    expect(await open().closingSoon?.()).toEqual([userId]);
    expect(await open({ prompt: false }).closingSoon?.()).toEqual([]);
    expect([open().hints, open({ hint: false }).hints]).toEqual([true, false]);
  });

  it('takes a page that is not the API’s as nothing sent, but a gateway’s failure as in doubt', async () => {
    const { userId } = await parent();
    oa.fault({ kind: 'html-200' });
    const blocked = await open().send(textTo(userId, 'một'), patience());
    expect(blocked).toMatchObject({ kind: 'retry', reason: 'channelDown', inDoubt: false });
    oa.fault({ kind: 'status', status: 502 });
    expect(await open().send(textTo(userId, 'một'), patience())).toMatchObject({ inDoubt: true });
  });

  it('makes no more requests in a minute than the package has, and says when there is room', async () => {
    const { userId } = await parent();
    const connection = open({ package: 'growth' });
    for (let times = 0; times < 100; times++)
      expect((await connection.send(textTo(userId, 'một'), patience())).kind).toBe('accepted');
    const outcome = await connection.send(textTo(userId, 'một'), patience());
    expect(outcome).toMatchObject({ kind: 'retry', scope: 'lane', reason: 'channelBusy' });
    expect(outcome.kind === 'retry' && outcome.afterMs).toBeGreaterThan(0);
    expect(oa.refused).toEqual([]);
  });

  describe('spends nothing that the school has not allowed', () => {
    const paid = (more: object = {}) => ({
      paid: {
        kind: 'feeReminder',
        values: { child: 'Hân', amount: 450000 },
        urgent: false,
        phone: async () => null,
      },
      ...more,
    });
    /** Each its own delivery. */
    const toEach = (people: { userId: string }[], ...words: string[]) =>
      people.map(({ userId }) => ({ ...textTo(userId, ...words), ...paid(), deliveryId: userId }));
    const template = { id: '77', by: 'user', dong: 300, params: { student: 'child', amount: 'amount' } };
    const allow = (charged: boolean, templates: boolean, capDong: number) => ({
      spend: { charged, templates, capDong },
      templates: { feeReminder: template },
    });
    const shelf = { templates: [{ id: '77', params: { student: 50, amount: 20 } }], balanceDong: 100_000 };

    it('neither between 48 hours and 7 days, nor later, nor at the edges', async () => {
      for (const hours of [47.99, 48, 100, 167.99, 168, 500]) {
        const { userId } = await parent(hours);
        expect(
          await open().send({ ...textTo(userId, 'một'), ...paid() }, patience()),
          `${hours}`,
        ).toMatchObject({
          kind: 'rejected',
          reason: 'windowClosed',
        });
      }
      const { userId } = await parent(47.9);
      expect(await open().send({ ...textTo(userId, 'một'), ...paid() }, patience())).toMatchObject({
        kind: 'accepted',
      });
      expect(oa.accepted.map(({ way, dong }) => [way, dong])).toEqual([['free', 0]]);
    });

    it('but asks Zalo first, whose clock counts: an event may have been lost', async () => {
      const { userId } = await parent(100);
      oa.person(userId).type('A word that the hub has not heard');
      expect(await open().send(textTo(userId, 'một'), patience())).toMatchObject({ kind: 'accepted' });
      const { userId: closed } = await parent(100);
      await open().send(textTo(closed, 'một'), patience());
      await open().send(textTo(closed, 'hai'), patience());
      expect(oa.calls['/v3.0/oa/quota/message'], 'and not for every message').toBe(2);
    });

    it('and believes Zalo when it says that the window is closed', async () => {
      const { userId } = await parent();
      for (const code of [-230, -232]) {
        await rig.ports.users.heard(rig.account.id, userId, new Date(NOON.getTime() + code));
        oa.fault({ kind: 'code', code });
        expect(await open().send(textTo(userId, 'một'), patience())).toMatchObject({
          reason: 'windowClosed',
        });
        expect((await rig.ports.users.seen(rig.account.id, userId)).interactedAt).toBeNull();
      }
    });

    it('and finds out when Zalo has counted what should have been free', async () => {
      const { userId } = await parent();
      // Zalo's clock is another one.
      oa.skip(60 * HOUR_MS);
      expect(await open().send(textTo(userId, 'một'), patience())).toMatchObject({ kind: 'accepted' });
      expect(rig.log).toContainEqual(expect.objectContaining({ level: 50, quota: 'sub_quota' }));
      expect((await rig.ports.users.seen(rig.account.id, userId)).interactedAt).toBeNull();
    });

    it('charged messages when it has: the package’s own first, which cost nothing, and its count is kept', async () => {
      const { userId } = await parent(60);
      expect(
        await open(allow(true, false, 55)).send({ ...textTo(userId, 'một'), ...paid() }, patience()),
      ).toMatchObject({ kind: 'accepted' });
      expect(oa.accepted.map(({ way, dong }) => [way, dong])).toEqual([['charged', 0]]);
      expect(await rig.ports.books.spent(rig.account.id)).toBe(0);
      expect(await open().usage?.()).toContainEqual({ what: 'consultations', used: 1, most: 2000 });
    });

    it('never for an answer in a chat', async () => {
      const { userId } = await parent(60);
      expect(await open(allow(true, true, 10_000)).send(textTo(userId, 'một'), patience())).toMatchObject({
        reason: 'windowClosed',
      });
    });

    it('templates when it has, filled with the family’s values, until the month’s money is used', async () => {
      await oa.stop();
      await begin(shelf);
      const people = [await parent(500), await parent(500), await parent(500)];
      const connection = open(allow(true, true, 700));
      const outcomes = [];
      for (const message of toEach(people, 'một', 'hai'))
        outcomes.push(await connection.send(message, patience()));
      expect(outcomes).toMatchObject([
        { kind: 'accepted', partsSent: 2 },
        { kind: 'accepted', partsSent: 2 },
        { kind: 'rejected', reason: 'budgetUsed' },
      ]);
      expect(texts()).toEqual(Array(2).fill('[mẫu 77]\nstudent: Hân\namount: 450000'));
      expect([oa.spentDong, await rig.ports.books.spent(rig.account.id)]).toEqual([600, 600]);
      expect(await connection.usage?.()).toContainEqual({ what: 'dong', used: 600, most: 700 });
    });

    it('and never passes the cap, also when many send at once', async () => {
      await oa.stop();
      await begin(shelf);
      const people = await Promise.all(Array.from({ length: 12 }, () => parent(500)));
      const workers = [open(allow(false, true, 1000)), open(allow(false, true, 1000))];
      const outcomes = await Promise.all(
        toEach(people, 'một').map((message, index) => workers[index % 2]?.send(message, patience())),
      );
      expect(outcomes.filter((one) => one?.kind === 'accepted')).toHaveLength(3);
      expect(oa.spentDong).toBe(900);
    });

    it('gives back what was reserved for nothing, counts what is in doubt as spent, and does not pay for it again', async () => {
      await oa.stop();
      await begin(shelf);
      const { userId } = await parent(500);
      const connection = open(allow(false, true, 600));
      const message = { ...textTo(userId, 'một'), ...paid() };
      oa.fault({ kind: 'code', code: -249 });
      expect(await connection.send(message, patience())).toMatchObject({ reason: 'badContent' });
      expect(await rig.ports.books.spent(rig.account.id)).toBe(0);
      oa.fault({ kind: 'reset-after-accept' });
      expect(await connection.send(message, patience())).toMatchObject({ kind: 'retry', inDoubt: true });
      expect(await connection.send(message, patience())).toMatchObject({
        kind: 'rejected',
        reason: 'unknown',
      });
      // Nor does another process that finds it under way when this one has died.
      expect(await open(allow(false, true, 600)).send(message, patience())).toMatchObject({
        reason: 'unknown',
      });
      expect([oa.spentDong, await rig.ports.books.spent(rig.account.id)]).toEqual([300, 300]);
      // A word of theirs opens the free way again.
      oa.person(userId).type('chào');
      await rig.ports.users.heard(rig.account.id, userId, now);
      expect(await connection.send(message, patience())).toMatchObject({ kind: 'accepted' });
    });

    it('pays once more for what is urgent when the answer is lost, within the cap', async () => {
      await oa.stop();
      await begin(shelf);
      const { userId } = await parent(500);
      const connection = open(allow(false, true, 600));
      const message = { ...textTo(userId, 'một'), paid: { ...paid().paid, urgent: true } };
      oa.fault({ kind: 'reset-after-accept', times: 2 });
      for (let times = 0; times < 2; times++)
        expect(await connection.send(message, patience())).toMatchObject({ kind: 'retry', inDoubt: true });
      expect(await connection.send(message, patience())).toMatchObject({ reason: 'budgetUsed' });
      expect(oa.spentDong).toBe(600);
    });

    it('templates by phone with the number that the school has, and our own id for the receipt', async () => {
      await oa.stop();
      await begin(shelf);
      const { userId } = await parent(500);
      oa.person(undefined, { phone: '84912345678' });
      const byPhone = {
        ...allow(false, true, 1000),
        templates: { feeReminder: { ...template, by: 'phone' } },
      };
      const about = { kind: 'feeReminder', values: { child: 'Hân', amount: 1 }, urgent: false };
      const message = { ...textTo(userId, 'một'), paid: { ...about, phone: async () => '0912345678' } };
      expect(await open(byPhone).send(message, patience())).toMatchObject({ kind: 'accepted' });
      expect(oa.accepted).toMatchObject([{ chatId: '84912345678', way: 'phone', trackingId: '42' }]);
      expect(await open().usage?.()).toContainEqual({ what: 'templates', used: 1, most: 500 });
      const without = { ...message, paid: { ...about, phone: async () => null } };
      expect(await open(byPhone).send(without, patience())).toMatchObject({ reason: 'windowClosed' });
      const hole = { ...message, paid: { ...about, values: {}, phone: async () => '0912345678' } };
      expect(await open(byPhone).send(hole, patience())).toMatchObject({ reason: 'badContent' });
      expect(oa.refused).toEqual([]);
    });
  });
});
