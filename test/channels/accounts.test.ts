import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Accounts, openAccounts, telegram } from '../../src/channels/index.ts';
import { startTelegram, type TelegramSandbox } from '../../src/sandbox/index.ts';
import { openSealer } from '../../src/security/index.ts';
import { testDatabase } from '../harness/index.ts';

const database = await testDatabase();
const sealer = openSealer('a key of thirty-two characters or more');
const first = '1:FIRST-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA';
const second = '1:SECOND-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA';
let chats: TelegramSandbox;
let accounts: Accounts;
let id: string;

const seal = (secret: string) =>
  database.prisma.channelAccount.update({ where: { id }, data: { sealedSecret: sealer.seal(secret, id) } });
const send = async () => {
  const { connection } = await accounts.open(id);
  const message = { address: '700000001', parts: [{ markup: 'a', plain: 'a' }], deliveryId: '1' };
  return (await connection.send(message, AbortSignal.timeout(5000))).kind;
};

beforeAll(async () => {
  chats = await startTelegram({ token: second, username: 'Bot', perSecond: 0, perChatMs: 0 });
  chats.person('700000001').start();
  const { id: orgUnitId } = await database.prisma.orgUnit.create({
    data: { kind: 'school', name: 'A', nameKey: 'a' },
  });
  const made = await database.prisma.channelAccount.create({
    data: { orgUnitId, channel: 'telegram', name: 'Bot', sealedSecret: new Uint8Array(), perSecond: 0 },
  });
  id = made.id;
  await seal(first);
  accounts = openAccounts(
    database.prisma,
    new Map([['telegram', telegram({ apiRoot: chats.root })]]),
    sealer,
    pino({ level: 'silent' }),
  );
});
afterAll(async () => {
  await accounts.close();
  await chats.stop();
});

describe('an open account', () => {
  it('goes on with its new secret for whoever holds it, and with the same connection when nothing changed', async () => {
    expect(await send()).toBe('person');
    const held = await accounts.open(id);
    await seal(second);
    const connection = (await accounts.open(id)).connection;
    expect(await send()).toBe('accepted');
    expect(held.connection).toBe(connection);
    // Sealed anew, but the same: what is on its way must not be cut off.
    await seal(second);
    expect((await accounts.open(id)).connection).toBe(connection);
  });

  it('lets a send that is on its way end when the secret is replaced', async () => {
    await seal(second);
    const { connection } = await accounts.open(id);
    const message = { address: '700000001', parts: [{ markup: 'b', plain: 'b' }], deliveryId: '2' };
    const sending = connection.send(message, AbortSignal.timeout(5000));
    await seal(first);
    await accounts.open(id);
    expect((await sending).kind).toBe('accepted');
  });
});
