// What every command has: the database, the channels, the kinds of notice, and publish(). The hub (app.ts) is built on it.

import type { Logger } from 'pino';
import { type Attachments, openAttachments } from './attachments/index.ts';
import {
  type Channel,
  type Channels,
  email,
  type Gallery,
  openGallery,
  openLedger,
  openOaPorts,
  telegram,
  zaloBot,
  zaloOa,
} from './channels/index.ts';
import { classNotice, FORM_KINDS } from './classroom/index.ts';
import type { Settings } from './config.ts';
import { FEE_KINDS } from './fees/index.ts';
import { MARK_KINDS } from './grades/index.ts';
import {
  digest,
  finishNotices,
  invitation,
  inviteContacts,
  type NoticeDraft,
  type NoticeKind,
  type NoticeKinds,
  type PlanRules,
  type Published,
  publish,
  seedTemplates,
  type TemplateText,
} from './notices/index.ts';
import { openLog } from './observe/index.ts';
import { openTexts, type Texts } from './render/index.ts';
import { safetyNotice } from './safety/index.ts';
import { openSealer, openSigner, type Sealer, type Signer, secretKeyOf } from './security/index.ts';
import type { AccountId } from './store/ids.ts';
import {
  type Bell,
  clearLeases,
  type Database,
  inPackage,
  migrate,
  openBell,
  openDatabase,
} from './store/index.ts';
import { type Clock, systemClock } from './time/index.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** The alarm that looks, at a notice's `confirmBy`, who has not confirmed. */
export const ALARM_CONFIRM_BY = 'confirmBy';

/** Every kind of notice. A new one: its folder, and a line here. */
const KINDS: readonly NoticeKind[] = [
  safetyNotice,
  classNotice,
  ...FORM_KINDS,
  ...MARK_KINDS,
  ...FEE_KINDS,
  digest,
  invitation,
];

/** What every command has: the database, brought up to date, and what publishing needs. */
export type Office = {
  settings: Settings;
  log: Logger;
  clock: Clock;
  db: Database;
  bell: Bell;
  texts: Texts;
  sealer: Sealer;
  signer: Signer;
  channels: Channels;
  gallery: Gallery;
  attachments: Attachments;
  /** Where the pages are reached; the hub sets it when it listens. */
  site: { url: string };
  kinds: NoticeKinds;
  rules: PlanRules;
  /** publish(), then rings the lanes and sets the alarm for `confirmBy`. */
  publish(draft: NoticeDraft): Promise<Published>;
  /** What follows when publishWithin() of somebody's own transaction was committed. */
  accepted(published: Published, draft: NoticeDraft): Promise<void>;
  /** Asks new addresses of a school for confirmation. @returns how many. */
  invite(schoolId: string, actor: string): Promise<number>;
  close(): Promise<void>;
};

export type OpenOptions = {
  as: 'hub' | 'guest';
  log?: Logger;
  clock?: Clock;
  /** The channels as this hub shall know them: a test's deadlines, say. */
  channels?: (all: Channels) => Channels;
};

/** Opens what every command needs. */
export async function openOffice(settings: Settings, options: OpenOptions): Promise<Office> {
  const log = options.log ?? openLog(settings.LOG_LEVEL);
  const clock = options.clock ?? systemClock;
  const secretKey = secretKeyOf(settings);
  const sealer = openSealer(secretKey);
  const signer = openSigner(secretKey);
  const texts = openTexts(inPackage('locales'));
  const db = await openDatabase(settings, log, { as: options.as });
  try {
    await migrate(db, log);
    const kinds = new Map(KINDS.map((kind) => [kind.name, kind]));
    await seedTemplates(db.prisma, kinds, templateSeeds(texts));
    if (options.as === 'hub' && db.embedded) await clearLeases(db.pool);
    const leaseMs = settings.LEASE_SECONDS * 1000;
    const bell = await openBell(
      {
        redisUrl: settings.REDIS_URL,
        database: db,
        ...{ leaseMs, clock },
        fresh: options.as === 'hub' && db.embedded && !settings.REDIS_URL,
      },
      log,
    );
    const site = { url: settings.PUBLIC_URL ?? `http://localhost:${settings.PORT}` };
    const gallery = openGallery({
      db: db.prisma,
      signer,
      clock,
      siteUrl: () => site.url,
      providerUrl: settings.ZALO_BOT_API_ROOT,
    });
    const attachments = openAttachments({
      db: db.prisma,
      sealer,
      signer,
      clock,
      siteUrl: () => site.url,
      mostBytes: Math.floor(settings.ATTACHMENT_MB * 1024 * 1024),
      days: settings.ATTACHMENT_DAYS,
    });
    const ledger = openLedger(db.prisma, clock, log);
    const all = openChannels(
      telegram({
        apiRoot: settings.TELEGRAM_API_ROOT,
        ...(settings.TELEGRAM_PROXY ? { proxy: settings.TELEGRAM_PROXY } : {}),
      }),
      zaloBot({
        apiRoot: settings.ZALO_BOT_API_ROOT,
        clock,
        caps: { users: settings.ZALO_BOT_USERS, messagesAMonth: settings.ZALO_BOT_MESSAGES },
        ledger,
        show: (png) => gallery.show(png),
        reaches: (url) => gallery.reaches(url),
        mediaHosts: settings.ZALO_MEDIA_HOSTS,
      }),
      zaloOa(openOaPorts(settings, { db, sealer, clock, log })),
      email(),
    );
    const channels = options.channels?.(all) ?? all;
    const rules: PlanRules = {
      quiet: { fromMin: settings.QUIET_FROM, toMin: settings.QUIET_TO },
      digest: { dailyMin: settings.DIGEST_AT, weekly: settings.MARKS_DIGEST },
      retryMs: settings.RETRY_HOURS * HOUR_MS,
      stoppedMs: settings.STOPPED_MINUTES * MINUTE_MS,
      attachmentDays: settings.ATTACHMENT_DAYS,
      channels: [...channels.keys()],
    };
    const ring = (lanes: readonly AccountId[]) => Promise.all(lanes.map((lane) => bell.ring(lane)));
    const accepted: Office['accepted'] = async (published, draft) => {
      log.info(
        {
          noticeId: published.id,
          kind: draft.kind.name,
          recipients: published.audienceSize,
          replayed: published.replayed,
        },
        'notice accepted',
      );
      await ring(published.lanes);
      // Nobody can be told: then it is over, and the sums say why.
      if (!published.lanes.length) await finishNotices(db.prisma, [published.id], clock.now());
      if (draft.confirmBy) await bell.at(ALARM_CONFIRM_BY, published.id, draft.confirmBy);
    };
    return {
      settings,
      log,
      clock,
      db,
      bell,
      texts,
      sealer,
      signer,
      channels,
      gallery,
      attachments,
      site,
      kinds,
      rules,
      async publish(draft) {
        const published = await publish(db.prisma, rules, draft, clock.now());
        await accepted(published, draft);
        return published;
      },
      accepted,
      async invite(schoolId, actor) {
        const { invited, lanes } = await inviteContacts(db.prisma, rules, schoolId, actor, clock.now());
        await ring(lanes);
        return invited;
      },
      async close() {
        await bell.close();
        await db.close();
      },
    };
  } catch (error) {
    await db.close();
    throw error;
  }
}

const openChannels = (...all: readonly Channel[]): Channels =>
  new Map(all.map((channel) => [channel.name, channel]));

function templateSeeds(texts: Texts): (TemplateText & { kind: string; language: string })[] {
  return texts.languages.flatMap((language) =>
    Object.entries((texts.tree(language, 'templates') ?? {}) as Record<string, TemplateText>).map(
      ([kind, text]) => ({ kind, language, ...text }),
    ),
  );
}
