import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Hub, startHub } from '../src/app.ts';
import { type Channel, type Channels, noteOa, openOaPorts } from '../src/channels/index.ts';
import { readSettings } from '../src/config.ts';
import { openLog } from '../src/observe/index.ts';
import {
  type MailSandbox,
  RunningClock,
  startMail,
  startTelegram,
  startZaloBot,
  startZaloOa,
  type TelegramSandbox,
  type ZaloBotSandbox,
  type ZaloOaSandbox,
} from '../src/sandbox/index.ts';
import { TEST_SECRET_KEY, type TestSchool, testSchool } from '../test/harness/school.ts';

export type ChannelName = 'telegram' | 'zalo-oa' | 'zalo-bot' | 'email';

/** A send that is not answered is given up after this, so that nobody has to wait half a minute for a row of the table. */
const DEADLINE_MS = 1_000;

/** The plan of the Zalo bot does not get in the way here; its caps have tests of their own. */
const FAMILIES = 10_000;

/** A whole hub, its school with an account on each channel, and the stand-ins of the providers. */
export type Ground = {
  hub: Hub;
  school: TestSchool;
  clock: RunningClock;
  telegram: TelegramSandbox;
  zaloOa: ZaloOaSandbox;
  zaloBot: ZaloBotSandbox;
  mail: MailSandbox;
  accounts: Record<ChannelName, string>;
  close(): Promise<void>;
};

export async function openGround(): Promise<Ground> {
  const folder = mkdtempSync(join(tmpdir(), 'lienlac-faults-'));
  const telegramToken = '7000000004:FAULT-00000000000000000000000000000';
  const zaloToken = '7000000004:FAULTFAULTFAULTFAULTFAULTFAULTFAULT';
  const clock = new RunningClock();
  const telegram = await startTelegram({
    token: telegramToken,
    username: 'FaultBot',
    perSecond: 0,
    perChatMs: 0,
  });
  const zaloBot = await startZaloBot({
    token: zaloToken,
    name: 'Bot Thử Thách',
    clock: () => clock.now().getTime(),
    maxUsers: FAMILIES,
    maxMonthlyMessages: FAMILIES,
  });
  const zaloOa = await startZaloOa({
    name: 'Trường Thử Thách',
    package: 'comprehensive',
    perMinute: 0,
    clock: () => clock.now().getTime(),
  });
  const mail = await startMail();
  const closing = [() => telegram.stop(), () => zaloBot.stop(), () => zaloOa.stop(), () => mail.stop()];
  try {
    const settings = readSettings({
      DATA_DIR: folder,
      SECRET_KEY: TEST_SECRET_KEY,
      LOG_LEVEL: 'silent',
      PORT: '0',
      TELEGRAM_API_ROOT: telegram.root,
      ZALO_BOT_API_ROOT: zaloBot.root,
      ZALO_OA_API_ROOT: zaloOa.apiRoot,
      ZALO_OA_PHONE_ROOT: zaloOa.phoneRoot,
      ZALO_OAUTH_ROOT: zaloOa.oauthRoot,
      ZALO_BOT_USERS: String(FAMILIES),
      ZALO_BOT_MESSAGES: String(FAMILIES),
      QUIET_FROM: '00:00',
      QUIET_TO: '00:00',
    });
    const hub = await startHub(
      settings,
      { web: false, lanes: true },
      { clock, log: openLog('silent'), channels: impatient },
    );
    closing.unshift(() => hub.stop());
    const school = await testSchool(hub.db);
    const accounts = {
      telegram: await school.account('telegram', { name: 'FaultBot', secret: telegramToken }),
      'zalo-oa': await connectOa(hub, school.id, zaloOa),
      'zalo-bot': await school.account('zalo-bot', { name: 'Bot Thử Thách', secret: zaloToken }),
      email: await school.account('email', { secret: mail.url }),
    };
    await hub.follow();
    return {
      ...{ hub, school, clock, telegram, zaloOa, zaloBot, mail, accounts },
      async close() {
        for (const close of closing) await close();
        rmSync(folder, { recursive: true, force: true });
      },
    };
  } catch (error) {
    for (const close of closing) await close();
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}

/** As `lienlac oa connect` with a pasted pair. */
async function connectOa(hub: Hub, orgUnitId: string, oa: ZaloOaSandbox): Promise<string> {
  const { db, sealer, settings, clock } = hub;
  const { appId, appSecret, webhookKey, oaId } = oa;
  const ports = { db: db.prisma, sealer, now: clock.now(), actor: 'faults' };
  const app = { orgUnitId, appId, appSecret, webhookKey, package: 'comprehensive' } as const;
  const { id } = await noteOa(ports, app);
  const pair = oa.explorerPair();
  const { tokens } = openOaPorts(settings, hub);
  await tokens.paste(id, { access: pair.access_token, refresh: pair.refresh_token });
  await db.prisma.channelAccount.update({
    where: { id },
    data: { settings: { appId, oaId, package: 'comprehensive' }, stoppedReason: null, perSecond: 0 },
  });
  return id;
}

const impatient = (all: Channels): Channels =>
  new Map(
    [...all].map(([name, channel]): [string, Channel] => [
      name,
      { ...channel, limits: { ...channel.limits, deadlineMs: DEADLINE_MS } },
    ]),
  );
