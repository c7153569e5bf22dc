import type { Logger } from 'pino';
import { type NoticeKind, type PlanRules, type Topic, topicAction } from '../notices/index.ts';
import { openPainter, type Texts } from '../render/index.ts';
import type { LinkUse, Sealer } from '../security/index.ts';
import type { AccountId, RecipientId } from '../store/ids.ts';
import type { PrismaClient } from '../store/prisma/client.ts';
import type { Clock } from '../time/index.ts';
import { acceptWebhook, type WebhookResult } from './accept-webhook.ts';
import type { WebhookRequest } from './bank-told.ts';
import { feePicture } from './bill-picture.ts';
import { billsOfMessage, CLAIM_LINK_DAYS, type ClaimableBills, claimOfMail } from './claim-page.ts';
import { openEventKeeper } from './keep-events.ts';
import { feeChange, feeReminder } from './kinds.ts';
import { remindBills } from './remind.ts';
import { takePayments } from './take-payments.ts';
import { feeTopic } from './topic.ts';

const MINUTE_MS = 60_000;
/** How long payments gather before they are worked on: a bank tells of many at once. */
const GATHER_MS = 200;
/** The kinds that ask for money. */
const PICTURED: ReadonlySet<string> = new Set([feeReminder.name, feeChange.name]);

export type FeesPorts = {
  db: PrismaClient;
  texts: Texts;
  sealer: Sealer;
  clock: Clock;
  log: Logger;
  rules: PlanRules;
  /** How long new bills wait before families are told. */
  settings: { FEES_SETTLE_MINUTES: number };
  ring: (lanes: readonly AccountId[]) => Promise<unknown>;
  undelivered: (recipients: RecipientId[]) => Promise<void>;
};

type Picture = { png: Buffer; alt: string };

export interface Fees {
  /** "/hocphi" for the conversation. */
  topic: Topic;
  pictureOf(kind: string): ((vars: Record<string, unknown>) => Promise<Picture | null>) | undefined;
  /** The page of a kind's message that a mail links to. */
  pageOf(kind: string): { label: string; path: string; use: LinkUse; days: number } | undefined;
  /** @throws HubError `badLink` when the message is not for this family any more */
  billsOfMessage(deliveryId: string): Promise<ClaimableBills>;
  claimOfMail(deliveryId: string, billIds: readonly string[]): Promise<number>;
  /** Takes what a bank service brings: durable when it returns; worked on in the background. */
  accept(service: string, connectionId: string, request: WebhookRequest): Promise<WebhookResult>;
  /** Reminds, tells of changes, and works on payments that a dead process has left. */
  tick(): Promise<void>;
  /** Waits for the work that is under way. */
  stop(): Promise<void>;
}

export function openFees(ports: FeesPorts): Fees {
  const { db, texts, sealer, clock, log, ring } = ports;
  const painter = openPainter();
  const rules = { ...ports.rules, settleMs: ports.settings.FEES_SETTLE_MINUTES * MINUTE_MS };
  let running: Promise<void> | null = null;
  let again = false;
  let stopped = false;
  let gathering: NodeJS.Timeout | undefined;
  const keep = openEventKeeper(db);

  async function work(): Promise<void> {
    do {
      again = false;
      const { lanes, events } = await takePayments(db, rules, () => clock.now());
      if (events) log.info({ events }, 'bank events taken');
      await ring(lanes);
    } while (again && !stopped);
  }

  /** One at a time; what comes meanwhile is seen before it ends. */
  function takeSoon(): Promise<void> {
    again = true;
    running ??= work().finally(() => {
      running = null;
    });
    return running;
  }

  /** What is not worked on, because the process ends or this fails, the sweep finds. */
  function gather(): void {
    if (stopped) return;
    gathering ??= setTimeout(() => {
      gathering = undefined;
      takeSoon().catch((error: unknown) => log.error({ err: error }, 'payments not taken'));
    }, GATHER_MS).unref();
  }

  return {
    topic: feeTopic({ db, texts, painter, undelivered: ports.undelivered }),
    pictureOf: (kind) => (PICTURED.has(kind) ? feePicture(painter) : undefined),
    pageOf: (kind) =>
      kind === feeReminder.name
        ? { label: 'chat:feeClaim', path: '/family/bills/', use: 'claim', days: CLAIM_LINK_DAYS }
        : undefined,
    billsOfMessage: (deliveryId) => billsOfMessage(db, deliveryId),
    claimOfMail: (deliveryId, billIds) => claimOfMail(db, deliveryId, billIds, clock.now()),
    async accept(service, connectionId, request) {
      const result = await acceptWebhook(db, sealer, keep, service, connectionId, request, clock.now());
      if (result === 'taken') gather();
      return result;
    },
    async tick() {
      await takeSoon();
      await ring(await remindBills(db, rules, clock.now()));
    },
    async stop() {
      stopped = true;
      clearTimeout(gathering);
      await running?.catch(() => undefined);
    },
  };
}

/** The button of a kind that leads to a topic, for the wording. */
export function answerButton(
  kind: NoticeKind | undefined,
): { label: string; action: (deliveryId: string) => string } | undefined {
  const answer = kind?.answer;
  return (
    answer && {
      label: answer.label,
      action: (deliveryId) => topicAction(answer.topic, `${answer.argument}.${deliveryId}`),
    }
  );
}
