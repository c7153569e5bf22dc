import type { Logger } from 'pino';
import { finishNotices, type PlanRules, type Published, type Topic } from '../notices/index.ts';
import { drawReportCard, openPainter, type Texts } from '../render/index.ts';
import type { Signer } from '../security/index.ts';
import type { AccountId, RecipientId } from '../store/ids.ts';
import type { PrismaClient } from '../store/prisma/client.ts';
import type { Clock } from '../time/index.ts';
import { reportCard } from './kinds.ts';
import type { DefaultMode } from './listeners.ts';
import { type OpenedCard, openCard } from './open-card.ts';
import type { Cards } from './report-cards.ts';
import { dueClasses, settleClass } from './tell-changes.ts';
import { marksTopic } from './topic.ts';

export type MarksPorts = {
  db: PrismaClient;
  texts: Texts;
  clock: Clock;
  log: Logger;
  rules: PlanRules;
  defaultMode: DefaultMode;
  signer: Signer;
  /** Where families reach the pages, without a slash at the end. */
  siteUrl: () => string;
  ring: (lanes: readonly AccountId[]) => Promise<unknown>;
  undelivered: (recipients: RecipientId[]) => Promise<void>;
};

/** Long enough to find a printer; short for a link that shows a child's marks to whoever has it. */
const CARD_LINK_DAYS = 7;
/** In a chat it is asked for in the moment in which it is wanted. */
const CHAT_LINK_MS = 3_600_000;
/** While the database works for one class, the next one is worded. */
const AT_ONCE = 3;
const CARD_PATH = '/family/card/';

type Picture = { png: Buffer; alt: string };

export interface Marks {
  /** "/diem" for the conversation. */
  topic: Topic;
  /** The picture of a report card, for the wording of that kind; undefined for every other kind. */
  pictureOf(
    kind: string,
  ): ((vars: Record<string, unknown>, language: string) => Promise<Picture | null>) | undefined;
  /** The page that a report card's mail links to; undefined for every other kind. */
  pageOf(kind: string): { label: string; path: string; use: 'card'; days: number } | undefined;
  /** The card behind such a link. @throws HubError `badLink` */
  openCard(subject: string): Promise<OpenedCard>;
  /** Tells what has settled; asked every few seconds by whoever has the schedule. */
  tick(): Promise<void>;
}

export function openMarks(ports: MarksPorts): Marks {
  const { db, texts, clock, log, rules, ring } = ports;
  const painter = openPainter(drawReportCard);
  const cardLink = (subject: string): string => {
    const until = new Date(clock.now().getTime() + CHAT_LINK_MS);
    return `${ports.siteUrl()}${CARD_PATH}${ports.signer.sign('card', subject, until)}`;
  };
  const told = async (published: Published | null) => {
    if (published?.lanes.length) await ring(published.lanes);
    else if (published) await finishNotices(db, [published.id], clock.now());
  };
  return {
    topic: marksTopic({ db, texts, painter, cardLink, undelivered: ports.undelivered }),
    pictureOf: (kind) =>
      kind === reportCard.name
        ? async (vars, language) => {
            const cards = vars.card as Cards;
            const card = cards[language] ?? cards.vi;
            return card
              ? {
                  png: await painter.paint(card),
                  alt: texts.say(language, 'grades:card.alt', { child: card.child }),
                }
              : null;
          }
        : undefined,
    pageOf: (kind) =>
      kind === reportCard.name
        ? { label: 'grades:card.page', path: CARD_PATH, use: 'card', days: CARD_LINK_DAYS }
        : undefined,
    openCard: (subject) => openCard(db, texts, subject, clock.now()),
    async tick() {
      // What one class stumbles over keeps nobody else waiting.
      const each = async (what: object, tell: () => Promise<(Published | null)[]>) => {
        try {
          for (const published of await tell()) await told(published);
        } catch (error) {
          log.error({ err: error, ...what }, 'marks could not be told');
        }
      };
      const now = clock.now();
      const due = (await dueClasses(db, now)).values();
      const next = async (): Promise<void> => {
        for (const classId of due)
          await each({ classId }, () => settleClass(db, texts, rules, ports.defaultMode, classId, now));
      };
      await Promise.all(Array.from({ length: AT_ONCE }, next));
    },
  };
}
