import { randomUUID } from 'node:crypto';
import { HubError } from '../../errors.ts';
import { audit, type Sealer } from '../../security/index.ts';
import type { AccountId } from '../../store/ids.ts';
import type { Prisma, PrismaClient } from '../../store/prisma/client.ts';
import type { Connection } from '../port.ts';
import { lanePace, type OaPackage, type OaSettings, oaSettingsSchema, writeSecret } from './account.ts';
import { newVerifier } from './oauth.ts';

// How an OA comes to the hub: its app is noted first, and the account stands still; then somebody consents, or pastes a
// token pair; then Zalo says which OA it is, and the account begins to work.

/** What stands in an account until its OA has been heard of. */
const NOT_YET = 'channelStopped: chờ cho phép trên Zalo / waits for consent on Zalo';

export type OaApp = {
  orgUnitId: string;
  appId: string;
  appSecret: string;
  webhookKey: string;
  package: OaPackage;
  /** The stored half of a PKCE pair that the console has already; a new one otherwise. */
  verifier?: string | undefined;
};

type Ports = { db: PrismaClient; sealer: Sealer; now: Date; actor: string };

/** Notes an app's OA of a school, or its new secrets. A changed OA keeps its people and its settings. */
export async function noteOa(
  { db, sealer, now, actor }: Ports,
  app: OaApp,
): Promise<{ id: AccountId; verifier: string }> {
  const { orgUnitId, appId, appSecret, webhookKey } = app;
  const before = await db.channelAccount.findFirst({
    where: { orgUnitId, channel: 'zalo-oa', settings: { path: ['appId'], equals: appId } },
  });
  const id = before?.id ?? randomUUID();
  const kept = before ? JSON.parse(sealer.unseal(before.sealedSecret, id)) : {};
  const verifier: string = app.verifier ?? kept.verifier ?? newVerifier();
  const sealedSecret = sealer.seal(writeSecret({ appSecret, webhookKey, verifier }), id);
  const settings = oaSettingsSchema.parse({
    ...((before?.settings as object | undefined) ?? {}),
    appId,
    package: app.package,
  });
  const perSecond = lanePace(app.package);
  await db.$transaction(async (tx) => {
    await tx.channelAccount.upsert({
      where: { id },
      create: {
        id,
        orgUnitId,
        channel: 'zalo-oa',
        // Unlike any other until Zalo has said its name.
        name: `app ${appId} ${id.slice(0, 8)}`,
        sealedSecret,
        settings,
        perSecond,
        stoppedReason: NOT_YET,
        stoppedTold: NOT_YET,
      },
      update: { sealedSecret, settings, perSecond },
    });
    await audit(tx, { orgUnitId, at: now, actor, action: 'channel.note', subject: `account:${id}` });
  });
  return { id, verifier };
}

/**
 * Asks Zalo which OA the new tokens speak for, and lets the account work.
 * @throws HubError `badInput` when it is another OA than before, or one that is connected already
 * @throws ChannelProblem when Zalo does not say
 */
export async function finishOa(
  { db, now, actor }: Omit<Ports, 'sealer'>,
  id: AccountId,
  connection: Connection,
): Promise<string> {
  const me = await connection.whoAmI();
  const row = await db.channelAccount.findUniqueOrThrow({ where: { id } });
  const settings = row.settings as Prisma.JsonObject;
  const no = (problem: string) => new HubError('badInput', { problem: `${me.name}: ${problem}` });
  if (settings.oaId !== undefined && settings.oaId !== me.id) throw no('một OA khác / another OA');
  const same = await db.channelAccount.findUnique({
    where: { channel_name: { channel: row.channel, name: me.name } },
  });
  if (same && same.id !== id) throw no('đã nối rồi / connected already');
  await db.$transaction(async (tx) => {
    await tx.channelAccount.update({
      where: { id },
      data: {
        name: me.name,
        settings: { ...settings, oaId: me.id ?? null },
        stoppedReason: null,
        stoppedTold: null,
        pausedUntil: null,
      },
    });
    await audit(tx, {
      orgUnitId: row.orgUnitId,
      at: now,
      actor,
      action: 'channel.connect',
      subject: `account:${id}`,
    });
  });
  return me.name;
}

/** Changes some of an OA's settings; the rest stays. @throws HubError `badInput` */
export async function changeOaSettings(
  { db, now, actor }: Omit<Ports, 'sealer'>,
  id: AccountId,
  change: (settings: OaSettings) => OaSettings,
): Promise<OaSettings> {
  return db.$transaction(async (tx) => {
    await tx.$queryRaw`select id from channel_account where id = ${id}::uuid for update`;
    const row = await tx.channelAccount.findUniqueOrThrow({ where: { id } });
    const changed = oaSettingsSchema.safeParse(change(oaSettingsSchema.parse(row.settings)));
    if (!changed.success) throw new HubError('badInput', { problem: changed.error.issues[0]?.message ?? '' });
    const settings = changed.data;
    await tx.channelAccount.update({
      where: { id },
      data: { settings, perSecond: lanePace(settings.package) },
    });
    await audit(tx, {
      orgUnitId: row.orgUnitId,
      at: now,
      actor,
      action: 'channel.settings',
      subject: `account:${id}`,
      data: { spend: settings.spend, templates: Object.keys(settings.templates) },
    });
    return settings;
  });
}
