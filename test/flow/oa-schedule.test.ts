import { expect, it } from 'vitest';
import { startHub } from '../../src/app.ts';
import { noteOa, openOaPorts } from '../../src/channels/index.ts';
import { openLog } from '../../src/observe/index.ts';
import { startZaloOa } from '../../src/sandbox/index.ts';
import { openSealer } from '../../src/security/index.ts';
import { systemClock } from '../../src/time/index.ts';
import { rootsOf } from '../channels/zalo-oa/oa-rig.ts';
import { atEnd, testDatabase, until } from '../harness/index.ts';
import { databaseUrl, newSchool, testSettings } from './town.ts';

it('A hub renews the tokens of its OA by itself, without anything to send', async () => {
  const database = await testDatabase();
  const oa = await startZaloOa();
  atEnd(() => oa.stop());
  const key = 'a secret key of this test, long enough';
  const settings = await testSettings({
    DATABASE_URL: databaseUrl(database),
    SECRET_KEY: key,
    ...rootsOf(oa),
  });
  const log = openLog('silent');
  const sealer = openSealer(key);
  const orgUnitId = await newSchool({ db: database }, 'Trường Hoa Mai');
  const { appId, appSecret, webhookKey, oaId } = oa;
  const { id } = await noteOa(
    { db: database.prisma, sealer, now: new Date(), actor: 'cli' },
    { orgUnitId, appId, appSecret, webhookKey, package: 'growth' },
  );
  await database.prisma.channelAccount.update({
    where: { id },
    data: { settings: { appId, oaId }, stoppedReason: null },
  });
  const { tokens } = openOaPorts(settings, { db: database, sealer, clock: systemClock, log });
  const { access_token: access, refresh_token: refresh } = oa.explorerPair();
  // Nobody knows how old a pasted token is: it counts as one that ends now.
  await tokens.paste(id, { access, refresh });
  const before = oa.pairsIssued;
  const hub = await startHub(settings, { web: false, lanes: true }, { log });
  atEnd(() => hub.stop());
  await until('the tokens are renewed', () => oa.pairsIssued > before, { withinMs: 90_000 });
  await until('the pair is kept', async () => {
    const row = await database.prisma.oaToken.findUniqueOrThrow({ where: { accountId: id } });
    return row.askedAt === null && row.expiresAt.getTime() > Date.now() + 20 * 3_600_000;
  });
  expect(oa.pairsIssued).toBe(before + 1);
}, 120_000);
