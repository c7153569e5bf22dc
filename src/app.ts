// The parts list of the hub, in the order of the flow. The only place that wires: starts forward, stops backward.

import type { Logger } from 'pino';
import { openAccounts } from './channels/index.ts';
import { type Forms, openForms } from './classroom/index.ts';
import type { Settings } from './config.ts';
import { ALARM_CHAT_NOTICES, formButton, openConversation, openingsOf } from './conversation/index.ts';
import { openDispatch, openWording, postToGroups, withAttachments } from './dispatch/index.ts';
import { answerButton, type Fees, openFees } from './fees/index.ts';
import { type Marks, openMarks } from './grades/index.ts';
import {
  advance,
  closeContacts,
  finishNotices,
  moveContacts,
  reconcile,
  remindUnconfirmed,
  variablesOf,
} from './notices/index.ts';
import { type Metrics, openMetrics } from './observe/index.ts';
import { ALARM_CONFIRM_BY, type Office, type OpenOptions, openOffice } from './office.ts';
import { forgetCounts } from './security/index.ts';
import type { AccountId, NoticeId, RecipientId } from './store/ids.ts';
import { readiness } from './store/index.ts';
import { listen, webApp, webhookPath } from './web/index.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** How often gaps that a crash left are looked for. */
const SWEEP_MS = 15_000;
/** Lanes that one process drains at once. */
const LANES_AT_ONCE = 50;

export type Hub = Office & {
  metrics: Metrics;
  marks: Marks;
  fees: Fees;
  forms: Forms;
  /** Where the pages are; null for a worker. */
  url: string | null;
  /** Takes up channel accounts that were connected a moment ago; the hub looks by itself every quarter of a minute. */
  follow(): Promise<void>;
  /** Ends everything in the opposite order; what is on its way is waited for. */
  stop(): Promise<void>;
};

/**
 * Starts a hub. `web`: pages and webhooks; `lanes`: sends, schedules and fetched updates. `npm start` has both;
 * a province runs web processes and workers apart.
 */
export async function startHub(
  settings: Settings,
  parts: { web: boolean; lanes: boolean },
  options: Omit<OpenOptions, 'as'> = {},
): Promise<Hub> {
  const office = await openOffice(settings, { ...options, as: 'hub' });
  const { log, clock, db, bell, texts, signer, kinds, rules, gallery, attachments, site } = office;
  const stops: [string, () => Promise<void>][] = [['database', () => office.close()]];
  try {
    const metrics = openMetrics();
    const accounts = openAccounts(db.prisma, office.channels, office.sealer, log);
    stops.push(['accounts', () => accounts.close()]);

    const ring = (lanes: readonly AccountId[]) => Promise.all(lanes.map((lane) => bell.ring(lane)));
    const undelivered = async (recipients: RecipientId[]) =>
      void (await ring(await advance(db.prisma, kinds, rules, recipients, clock.now())));
    const finish = async (ids: readonly NoticeId[]) => {
      for (const noticeId of await finishNotices(db.prisma, ids, clock.now()))
        log.info({ noticeId }, 'notice finished');
    };

    const marks = openMarks({
      ...office,
      db: db.prisma,
      defaultMode: settings.MARKS_DEFAULT,
      siteUrl: () => site.url,
      ring,
      undelivered,
    });

    const fees = openFees({ ...office, db: db.prisma, ring, undelivered });
    stops.push(['fees', () => fees.stop()]);

    const forms = openForms({ db: db.prisma, clock, rules, ring });

    const conversation = openConversation({
      ...office,
      forms,
      metrics,
      accounts,
      undelivered,
      linkTriesPerHour: settings.LINK_TRIES_PER_HOUR,
      messagesPerMinute: settings.CHAT_PER_MINUTE,
      safetyConfirmMs: settings.SAFETY_CONFIRM_MINUTES * MINUTE_MS,
      office: { fromMin: settings.OFFICE_FROM, toMin: settings.OFFICE_TO },
      topics: [marks.topic, fees.topic],
      confirmed: (notice) => finish([notice]),
      quiet: rules.quiet,
    });
    stops.push(['conversation', () => conversation.stop()]);

    let url: string | null = null;
    if (parts.web) {
      const app = webApp({
        db: db.prisma,
        texts,
        signer,
        clock,
        log,
        metrics,
        undelivered,
        confirmed: (notice) => finish([notice]),
        kinds,
        rules,
        gallery,
        attachments,
        marks,
        fees,
        forms,
        absence: conversation.absence,
        site,
        webhooks: { accounts, inbox: conversation.inbox, signer },
        readiness: () => readiness(db),
      });
      const listening = await listen(app, settings.HOST, settings.PORT);
      url = listening.url;
      site.url = settings.PUBLIC_URL ?? listening.url;
      stops.push(['web', () => listening.close()]);
    }

    let follow = () => Promise.resolve();
    if (parts.lanes) {
      const dispatch = openDispatch({
        db,
        accounts,
        clock,
        log,
        metrics,
        undelivered,
        wording: withAttachments(
          openWording({
            db: db.prisma,
            texts,
            signer,
            clock,
            publicUrl: () => site.url,
            answerOf: (kind) => (forms.pageOf(kind) ? formButton : answerButton(kinds.get(kind))),
            opensOf: openingsOf(texts),
            pageOf: (kind) => marks.pageOf(kind) ?? forms.pageOf(kind) ?? fees.pageOf(kind),
            pictureOf: (kind) => marks.pictureOf(kind) ?? fees.pictureOf(kind),
            variablesOf: (kind) => {
              const known = kinds.get(kind);
              return known ? variablesOf(known) : [];
            },
          }),
          { db: db.prisma, attachments, texts },
        ),
        leaseMs: settings.LEASE_SECONDS * 1000,
        bell,
        closeContact: async (accountId, address, state) => {
          const cancelled = await closeContacts(db.prisma, { accountId, address }, state, 'hub', clock.now());
          await undelivered(cancelled.map((row) => row.recipientId));
        },
        moveContact: async (accountId, address, newAddress) =>
          undelivered(await moveContacts(db.prisma, { accountId, address }, newAddress, clock.now())),
        drained: finish,
      });
      stops.push(['dispatch', () => dispatch.stop()]);
      await bell.onRing((lane) => dispatch.onRing(lane), LANES_AT_ONCE);
      await bell.onTime(
        ALARM_CONFIRM_BY,
        async (noticeId) =>
          void (await ring(await remindUnconfirmed(db.prisma, kinds, rules, noticeId, clock.now()))),
      );
      await bell.onTime(ALARM_CHAT_NOTICES, () => conversation.due());
      const sweep = async () => {
        await ring(await reconcile(db.prisma, kinds, rules, clock.now()));
        await conversation.sweep();
        await gallery.clear();
        await attachments.clear();
      };
      await bell.every('sweep', SWEEP_MS, sweep);
      await bell.every('marks', SWEEP_MS, () => marks.tick());
      await bell.every('fees', SWEEP_MS, () => fees.tick());
      await bell.every('chats', MINUTE_MS, () => conversation.tick());
      const groups = { db: db.prisma, accounts, clock, log, quiet: rules.quiet };
      await bell.every('classGroups', SWEEP_MS, () => postToGroups(groups));
      await bell.every('forgetCounts', HOUR_MS, async () => void (await forgetCounts(db.pool, clock.now())));
      // An alarm is no memory: what the database says is still to come is set again.
      const open = await db.prisma.notice.findMany({
        where: { finishedAt: null, remindedAt: null, confirmBy: { gt: clock.now() } },
      });
      for (const { id, confirmBy } of open) if (confirmBy) await bell.at(ALARM_CONFIRM_BY, id, confirmBy);

      follow = conversation.listen((id, channel) =>
        site.url.startsWith('https://') ? `${site.url}${webhookPath(channel, id)}` : null,
      );
      if (db.embedded) await conversation.inbox.recover();
      await Promise.all([follow(), sweep()]);
    }

    return { ...office, marks, fees, forms, metrics, url, follow, stop: () => stopBackward(stops, log) };
  } catch (error) {
    await stopBackward(stops, log);
    throw error;
  }
}

async function stopBackward(stops: [string, () => Promise<void>][], log: Logger): Promise<void> {
  for (const [part, stop] of stops.splice(0).reverse()) {
    await stop().catch((error: unknown) => log.error({ err: error, part }, 'part did not stop cleanly'));
  }
}
