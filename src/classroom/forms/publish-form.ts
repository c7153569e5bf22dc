import { z } from 'zod';
import { HubError } from '../../errors.ts';
import {
  type Audience,
  type NoticeDraft,
  type PlanRules,
  type Published,
  publishWithin,
} from '../../notices/index.ts';
import { audit } from '../../security/index.ts';
import type { Prisma, PrismaClient } from '../../store/prisma/client.ts';
import { formNotice, hashOfWording, remindAt, type Wording, wordingSchema } from './form.ts';

export type FormDraft = z.input<typeof wordingSchema> & {
  audience: Audience;
  deadlineAt: Date;
  /** A form with other words, whose place this one takes: its answers stay with it, and it takes no more. */
  replacesId?: string | undefined;
};
export type FormOrder = { schoolId: string; createdBy: string; idempotencyKey: string };
/** `draft`: of its notice, for what follows when it was accepted. */
export type PublishedForm = { formId: string; published: Published; draft: NoticeDraft };

const MINUTE_MS = 60_000;
const LEAST_MS = 30 * MINUTE_MS;
const MOST_MS = 180 * 24 * 60 * MINUTE_MS;

/**
 * Sends a form out: the form, the children whom it is about, and its notice, in one transaction. What follows (Office.accepted) is
 * the caller's.
 * @throws HubError `badInput` that names the field; `notFound`: no such form to replace; `keyReused`
 */
export async function publishForm(
  db: PrismaClient,
  rules: PlanRules,
  { audience, deadlineAt, replacesId, ...words }: FormDraft,
  order: FormOrder,
  now: Date,
): Promise<PublishedForm> {
  const parsed = wordingSchema.safeParse(words);
  if (!parsed.success) throw new HubError('badInput', { problem: z.prettifyError(parsed.error) });
  const left = deadlineAt.getTime() - now.getTime();
  if (!(left >= LEAST_MS && left <= MOST_MS)) throw new HubError('badInput', { problem: 'deadline' });
  const drafted = draftOf(parsed.data, audience, deadlineAt, order, now);
  return db.$transaction(
    async (tx) => {
      const supersedesId = replacesId ? await noticeOf(tx, order.schoolId, replacesId) : undefined;
      const draft = { ...drafted, supersedesId };
      const published = await publishWithin(tx, rules, draft, now);
      if (published.replayed) {
        const { id } = await tx.form.findUniqueOrThrow({ where: { noticeId: published.id } });
        return { formId: id, published, draft };
      }
      if (replacesId) await tx.form.update({ where: { id: replacesId }, data: { replacedAt: now } });
      const formId = await insertForm(tx, parsed.data, deadlineAt, order, published.id, now);
      const asked = await insertPupils(tx, formId, order.schoolId, audience);
      await audit(tx, {
        orgUnitId: order.schoolId,
        at: now,
        actor: order.createdBy,
        action: 'form.publish',
        subject: `form:${formId}`,
        data: { asked, about: parsed.data.about, ...(replacesId ? { replaces: replacesId } : {}) },
      });
      return { formId, published, draft };
    },
    { timeout: 60_000, maxWait: 60_000 },
  );
}

function draftOf(
  { about, title, body, sender, questions }: Wording,
  audience: Audience,
  deadlineAt: Date,
  order: FormOrder,
  now: Date,
): NoticeDraft {
  return {
    ...order,
    kind: formNotice,
    title,
    // In a template an absent value is null: an empty text would count as there.
    vars: { about, body, questions: questions.map((one) => one.text), sender: sender || null },
    facts: {},
    audience,
    asksToConfirm: false,
    confirmBy: remindAt(now, deadlineAt) ?? undefined,
    validUntil: deadlineAt,
  };
}

async function noticeOf(tx: Prisma.TransactionClient, schoolId: string, id: string): Promise<string> {
  const found = z.uuid().safeParse(id).success
    ? await tx.form.findFirst({ where: { id, schoolId }, select: { noticeId: true } })
    : null;
  if (!found) throw new HubError('notFound');
  return found.noticeId;
}

async function insertForm(
  tx: Prisma.TransactionClient,
  wording: Wording,
  deadlineAt: Date,
  { schoolId, createdBy }: FormOrder,
  noticeId: string,
  now: Date,
): Promise<string> {
  const { about, title, body, sender, questions } = wording;
  const { id } = await tx.form.create({
    data: {
      schoolId,
      noticeId,
      about,
      title,
      wording: { body, sender, questions },
      wordingHash: hashOfWording(wording),
      deadlineAt,
      createdBy,
      createdAt: now,
    },
    select: { id: true },
  });
  return id;
}

// The children of the notice's audience, also those who have no guardian here: of them too nobody has answered.
function insertPupils(
  tx: Prisma.TransactionClient,
  formId: string,
  schoolId: string,
  { grades, classIds, pupilIds, exceptClassIds, exceptPupilIds }: Audience,
): Promise<number> {
  return tx.$executeRaw`
    insert into form_pupil (form_id, pupil_id, class_id)
    select distinct on (p.id) ${formId}::uuid, p.id, k.id
      from school_year y
      join school_class k on k.school_year_id = y.id and k.school_id = y.school_id
      join enrolment e on e.class_id = k.id and e.closed_at is null
      join pupil p on p.id = e.pupil_id and p.left_at is null
     where y.school_id = ${schoolId}::uuid and y.current
       and (${grades ?? null}::int[] is null or k.grade = any(${grades ?? null}::int[]))
       and (${classIds ?? null}::uuid[] is null or k.id = any(${classIds ?? null}::uuid[]))
       and (${pupilIds ?? null}::uuid[] is null or p.id = any(${pupilIds ?? null}::uuid[]))
       and (${exceptClassIds ?? null}::uuid[] is null or k.id <> all(${exceptClassIds ?? null}::uuid[]))
       and (${exceptPupilIds ?? null}::uuid[] is null or p.id <> all(${exceptPupilIds ?? null}::uuid[]))
     order by p.id, k.id`;
}
