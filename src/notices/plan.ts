import { type EnqueueTo, enqueue } from '../outbox/index.ts';
import type { AccountId, NoticeId } from '../store/ids.ts';
import type { Prisma } from '../store/prisma/client.ts';
import type { Weekly } from '../time/index.ts';
import type { NoticeKind } from './kind.ts';
import { chooseTemplates } from './templates.ts';

/** The hub's own rules for planning; from the settings. */
export type PlanRules = {
  /** Minutes since midnight. */
  quiet: { fromMin: number; toMin: number };
  /** When digests are told: every day, every week. Minutes since midnight. */
  digest: { dailyMin: number; weekly: Weekly };
  retryMs: number;
  /** How long deliveries of a stopped account wait for a person before the next contact has its turn. */
  stoppedMs: number;
  channels: readonly string[];
  /** How long what goes with a notice is kept. */
  attachmentDays: number;
};

/** A notice as planning needs it. */
export type PlannedNotice = { id: NoticeId; schoolId: string; validUntil: Date | null };

const FALLBACK_LANGUAGE = 'vi';

/** Plans deliveries of a notice: which contact, when, with which template. Part of the caller's transaction. */
export async function plan(
  tx: Prisma.TransactionClient,
  rules: PlanRules,
  kind: NoticeKind,
  notice: PlannedNotice,
  to: EnqueueTo,
  now: Date,
): Promise<{ lane: AccountId; count: number }[]> {
  const templateKind =
    to.who === 'unconfirmed' || to.who === 'again'
      ? (kind.templates.reminder ?? kind.templates.first)
      : kind.templates.first;
  return enqueue(
    tx,
    {
      noticeId: notice.id,
      schoolId: notice.schoolId,
      templates: await chooseTemplates(tx, notice.schoolId, templateKind, rules.channels),
      fallbackLanguage: FALLBACK_LANGUAGE,
      priority: kind.priority,
      quiet: kind.urgent ? null : rules.quiet,
      now,
      retryMs: rules.retryMs,
      validUntil: notice.validUntil,
    },
    to,
  );
}
