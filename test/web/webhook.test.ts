import { randomUUID } from 'node:crypto';
import { request } from 'node:http';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { answerTo, newCodes, newGuardian, newPupil, openTown, said, type Town } from '../flow/town.ts';
import { until } from '../harness/index.ts';

let town: Town;
beforeAll(async () => {
  town = await openTown();
});
beforeEach(() => town.telegram.clearFaults());

const SECRET = 'x-telegram-bot-api-secret-token';
const urlOf = (account: string) => `${town.hub.url}/webhooks/telegram/${account}`;
const secretOf = (account: string) => town.hub.signer.webhookSecret(account);
const stored = () => town.hub.db.prisma.inboundUpdate.count();

const post = (body: string, { account = town.bot, secret = secretOf(account) as string | null } = {}) =>
  fetch(urlOf(account), {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(secret === null ? {} : { [SECRET]: secret }) },
    body,
  });

let number = 910_000_000;
const update = (chatId: string, text: string) => {
  const update_id = number++;
  const chat = { id: Number(chatId), type: 'private', first_name: 'x' };
  return { update_id, message: { message_id: update_id, date: 1, chat, from: chat, text } };
};

describe('The webhook of a bot', () => {
  it('stores an update before it says so, answers at once, and handles it after', async () => {
    const pupil = await newPupil(town.hub, town.school, 'Nông Văn Dũng');
    const guardian = await newGuardian(town.hub, town.school, [pupil]);
    const code = (await newCodes(town, town.school))(guardian, pupil);
    const person = town.telegram.person();
    await answerTo(person, () => person.start());
    // The answer to the parent hangs; the provider must not notice.
    town.telegram.fault({ kind: 'hang' });
    const before = await stored();
    const response = await post(JSON.stringify(update(person.chatId, code)));
    expect(response.status).toBe(200);
    expect(await response.text()).toBe('');
    expect(await stored()).toBe(before + 1);
    expect(said(person)).toHaveLength(1);
    await until(
      'the handler to be at work',
      async () => (await town.hub.db.prisma.contact.count({ where: { guardianId: guardian } })) === 1,
    );
  });

  it('answers the parent in the end', async () => {
    const person = town.telegram.person();
    await answerTo(person, () => person.start());
    await post(JSON.stringify(update(person.chatId, 'xin chào')));
    await until('the answer', () => said(person).length === 2);
  });

  it('takes the same update once, however often Telegram brings it', async () => {
    const body = JSON.stringify(update('5', '?'));
    const before = await stored();
    const statuses = await Promise.all([post(body), post(body), post(body)]);
    expect(statuses.map((one) => one.status)).toEqual([200, 200, 200]);
    expect(await stored()).toBe(before + 1);
  });

  it.each([
    ['without a secret', null],
    ['with an empty secret', ''],
    ['with a wrong secret', 'x'.repeat(43)],
    ['with a longer secret', 'x'.repeat(430)],
  ])('says 401 %s', async (_which, secret) => {
    const before = await stored();
    const response = await post(JSON.stringify(update('5', '?')), { secret });
    expect(response.status).toBe(401);
    expect(await response.text()).toBe('');
    expect(await stored()).toBe(before);
  });

  it('says 401 with the secret of another account', async () => {
    expect((await post(JSON.stringify(update('5', '?')), { secret: secretOf(town.mailbox) })).status).toBe(
      401,
    );
  });

  it('says 401 before the body is read, so that nobody without the secret makes it read a megabyte', async () => {
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const call = request(urlOf(town.bot), {
        method: 'POST',
        headers: { 'transfer-encoding': 'chunked', 'content-type': 'application/json' },
      });
      call.on('response', (response) => {
        resolve(response.statusCode);
        call.destroy();
      });
      call.on('error', reject);
      // The first bytes of a body that never ends.
      call.write('{"update_id":');
    });
    expect(status).toBe(401);
  });

  it.each([
    ['that is no JSON', '{"update_id":', 400],
    ['that is empty', '', 400],
    ['that is no update', '{"hello":"world"}', 400],
    ['that is a list', '[]', 400],
    ['that is null', 'null', 400],
    ['with a number that is a text', '{"update_id":"7"}', 400],
  ])('refuses a body %s', async (_which, body, status) => {
    const before = await stored();
    const response = await post(body);
    expect(response.status).toBe(status);
    expect(await response.text()).not.toMatch(/ at |node_modules|Error/);
    expect(await stored()).toBe(before);
    expect(town.log.filter((line) => line.includes('page failed'))).toEqual([]);
  });

  it.each([
    ['', {}],
    [' that comes in pieces', { 'transfer-encoding': 'chunked' }],
  ])('refuses a body of more than a megabyte%s', async (_how, headers) => {
    const body = `{"update_id":1,"x":"${'x'.repeat(1024 * 1024)}"}`;
    const before = await stored();
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const call = request(urlOf(town.bot), {
        method: 'POST',
        agent: false,
        headers: { 'content-type': 'application/json', [SECRET]: secretOf(town.bot), ...headers },
      });
      call.on('response', (response) => resolve(response.statusCode));
      call.on('error', reject);
      call.end(body);
    });
    expect(status).toBe(413);
    expect(await stored()).toBe(before);
    expect(town.log.filter((line) => line.includes('page failed'))).toEqual([]);
  });

  it('does not say which accounts there are: an unknown one is 401 without, 404 with its secret', async () => {
    const unknown = randomUUID();
    expect((await post('{}', { account: unknown, secret: null })).status).toBe(401);
    expect((await post('{}', { account: unknown })).status).toBe(404);
    expect((await post('{}', { account: 'nonsense' })).status).toBe(404);
    // A mailbox gets no updates.
    expect((await post(JSON.stringify(update('5', '?')), { account: town.mailbox })).status).toBe(400);
  });

  it('has other methods and paths for nobody', async () => {
    for (const [method, path] of [
      ['GET', `/webhooks/telegram/${town.bot}`],
      ['PUT', `/webhooks/telegram/${town.bot}`],
      ['POST', '/webhooks/telegram/'],
      ['POST', '/webhooks/zalo/x'],
    ]) {
      expect((await fetch(`${town.hub.url}${path}`, { method: method ?? '' })).status).toBe(404);
    }
  });
});
