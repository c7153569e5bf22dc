import { z } from 'zod';
import { HubError } from '../errors.ts';
import { type Audience, audienceSchema, type NoticeDraft, type NoticeKind } from '../notices/index.ts';

/** What a teacher tells a class or some of its pupils' guardians, and a head several classes. */
export const classNotice: NoticeKind = {
  name: 'classNotice',
  purpose: 'classNews',
  priority: 5,
  urgent: false,
  contacts: 'first',
  unconfirmed: 'nextContact',
  templates: { first: 'classNotice' },
  digests: true,
  variables: ['body', 'sender'],
};

/** Longest text: with the head it stays one message on every channel. */
const BODY_MOST = 3000;

export const classNoticeSchema = z.strictObject({
  classId: z.uuid().optional(),
  /** Instead of one class: several, grades, or {}, the whole school. */
  scope: audienceSchema.optional(),
  /** Only the guardians of these pupils of the class. */
  pupilIds: z.array(z.uuid()).min(1).optional(),
  title: z.string().trim().min(1).max(120),
  /** May be "" where something goes with it. */
  body: z.string().trim().max(BODY_MOST),
  /** A picture or PDF that src/attachments keeps. */
  attachmentId: z.uuid().optional(),
  /** Signed as, e.g. "Cô Nông Thị Hoa, giáo viên chủ nhiệm". */
  sender: z.string().trim().max(120).default(''),
  asksToConfirm: z.boolean().default(false),
  /** With `asksToConfirm`: who has not confirmed by then is told by the next contact. */
  confirmBy: z.date().optional(),
  validUntil: z.date().optional(),
});
export type ClassNotice = z.input<typeof classNoticeSchema>;

/** Drafts a class notice for publish(). @throws HubError `badInput` that names the field. */
export function draftClassNotice(
  input: ClassNotice,
  about: { schoolId: string; createdBy: string; idempotencyKey: string },
): NoticeDraft {
  const parsed = classNoticeSchema.safeParse(input);
  if (!parsed.success) throw new HubError('badInput', { problem: z.prettifyError(parsed.error) });
  const {
    classId,
    pupilIds,
    scope,
    title,
    body,
    sender,
    asksToConfirm,
    confirmBy,
    validUntil,
    attachmentId,
  } = parsed.data;
  if (!body && !attachmentId) throw new HubError('badInput', { problem: 'body' });
  // Left out by mistake it must not mean the whole school.
  const whole: Audience | undefined = classId === undefined ? scope : { ...scope, classIds: [classId] };
  if (!whole) throw new HubError('badInput', { problem: 'classId' });
  return {
    ...about,
    kind: classNotice,
    title,
    // In a template an absent value is null: an empty text would count as there.
    vars: { body, sender: sender || null },
    facts: {},
    audience: { ...whole, ...(pupilIds ? { pupilIds } : {}) },
    asksToConfirm,
    confirmBy: asksToConfirm ? confirmBy : undefined,
    validUntil,
    attachmentId,
  };
}
