import { randomUUID } from 'node:crypto';
import { pino } from 'pino';
import { expect, it, onTestFinished } from 'vitest';
import { openAccounts, telegram } from '../../src/channels/index.ts';
import { followAccounts } from '../../src/conversation/index.ts';
import { startTelegram } from '../../src/sandbox/index.ts';
import { openSealer, openSigner } from '../../src/security/index.ts';
import { testDatabase, texts } from '../harness/index.ts';

const KEY = 'a key of thirty-two characters or more';
const RIGHT = '2:RIGHT-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA';
const WRONG = '1:WRONG-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA';

it('A bot whose token is wrong keeps no other bot from being heard', async () => {
  const { prisma } = await testDatabase();
  const chats = await startTelegram({ token: RIGHT, username: 'Bot' });
  const sealer = openSealer(KEY);
  const log = pino({ level: 'silent' });
  const accounts = openAccounts(
    prisma,
    new Map([['telegram', telegram({ apiRoot: chats.root })]]),
    sealer,
    log,
  );
  onTestFinished(async () => {
    await accounts.close();
    await chats.stop();
  });
  const { id: orgUnitId } = await prisma.orgUnit.create({
    data: { kind: 'school', name: 'A', nameKey: 'a' },
  });
  const connect = async (name: string, secret: string) => {
    const id = randomUUID();
    const sealedSecret = sealer.seal(secret, id);
    await prisma.channelAccount.create({
      data: { id, orgUnitId, channel: 'telegram', name, sealedSecret, perSecond: 0 },
    });
    return id;
  };
  await connect('Wrong', WRONG);
  const right = await connect('Right', RIGHT);
  const polled: string[][] = [];
  const signer = openSigner(KEY);
  const follow = followAccounts({
    texts,
    topics: [],
    db: prisma,
    accounts,
    signer,
    log,
    webhookOf: () => null,
    poll: (ids) => void polled.push(ids),
  });
  await follow();
  expect(polled).toEqual([[right]]);
});
