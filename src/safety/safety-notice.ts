import { z } from 'zod';
import { HubError } from '../errors.ts';
import { audienceSchema, type NoticeDraft, type NoticeKind } from '../notices/index.ts';

/**
 * A safety notice: needs no agreement (Law 91/2025 Art. 19, facts/domain.md §5), ignores quiet hours, goes to all
 * contacts at once, overtakes everything, and is sent once more to those who have not confirmed by the deadline.
 */
export const safetyNotice: NoticeKind = {
  name: 'safetyNotice',
  purpose: null,
  priority: 0,
  urgent: true,
  contacts: 'all',
  unconfirmed: 'remindAll',
  templates: { first: 'safetyNotice', reminder: 'safetyNotice' },
  variables: ['cause', 'level', 'action', 'body', 'fromAt', 'toAt', 'authority', 'letterNo', 'supersedes'],
};

/** facts/domain.md §4.2. */
export const CAUSES = ['covid', 'weather', 'flood', 'disease', 'food', 'security', 'other'] as const;
/** What families have to expect or do. */
export const ACTIONS = [
  'schoolClosed',
  'classOnline',
  'comeEarlier',
  'pickUpNow',
  'stayInformed',
  'getTested',
  'allClear',
] as const;

const BODY_MOST = 2500;

export const safetyNoticeSchema = z.strictObject({
  cause: z.enum(CAUSES),
  /** 1 (low, green) to 4 (very high, red), as in Resolution 128/NQ-CP for COVID-19. */
  level: z.int().min(1).max(4).optional(),
  action: z.enum(ACTIONS),
  title: z.string().trim().min(1).max(120),
  body: z.string().trim().max(BODY_MOST).default(''),
  from: z.date(),
  /** Left out: until further notice. */
  to: z.date().optional(),
  /** Whole school when left out; parts with exceptions. */
  scope: audienceSchema.default({}),
  /** Who ordered it, e.g. "Hiệu trưởng", "UBND phường". */
  authority: z.string().trim().min(1).max(120),
  letterNo: z.string().trim().max(60).optional(),
  supersedesId: z.uuid().optional(),
});
export type SafetyNotice = z.input<typeof safetyNoticeSchema>;

/** Drafts a safety notice for publish(). @throws HubError `badInput` that names the field. */
export function draftSafetyNotice(
  input: SafetyNotice,
  about: { schoolId: string; createdBy: string; idempotencyKey: string },
  confirmBy: Date,
): NoticeDraft {
  const parsed = safetyNoticeSchema.safeParse(input);
  if (!parsed.success) throw new HubError('badInput', { problem: z.prettifyError(parsed.error) });
  const { title, scope, supersedesId, from, to, ...facts } = parsed.data;
  if (to && to <= from) throw new HubError('badInput', { problem: 'to ≤ from' });
  const shown = {
    cause: facts.cause,
    level: facts.level ?? null,
    action: facts.action,
    body: facts.body || null,
    fromAt: from.toISOString(),
    toAt: to?.toISOString() ?? null,
    authority: facts.authority,
    letterNo: facts.letterNo || null,
    supersedes: supersedesId !== undefined,
  };
  return {
    ...about,
    kind: safetyNotice,
    title,
    vars: shown,
    facts: shown,
    audience: scope,
    asksToConfirm: true,
    confirmBy,
    supersedesId,
  };
}
