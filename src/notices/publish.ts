import { createHash } from 'node:crypto';
import { useAttachment } from '../attachments/index.ts';
import { HubError } from '../errors.ts';
import { cancelNotice } from '../outbox/index.ts';
import { audit } from '../security/index.ts';
import type { AccountId, NoticeId } from '../store/ids.ts';
import type { Prisma, PrismaClient } from '../store/prisma/client.ts';
import { type Audience, audienceSchema, insertRecipients, type OwnTelling } from './audience.ts';
import { type Digest, holdForDigest } from './digest-items.ts';
import type { NoticeKind } from './kind.ts';
import { type PlanRules, plan } from './plan.ts';
import { holdRightsStill } from './rights.ts';

export type NoticeDraft = {
  schoolId: string;
  kind: NoticeKind;
  title: string;
  /** For the template, the same for every recipient. */
  vars: Prisma.InputJsonObject;
  /** The kind's own facts, already checked by the kind. */
  facts: Prisma.InputJsonObject;
  audience: Audience;
  /** Only these of the audience, each with values of their own (marks, bills). */
  own?: readonly OwnTelling[] | undefined;
  asksToConfirm: boolean;
  /** Everybody waits for this digest; left out: those who chose one, if the kind can wait. */
  digest?: Digest | undefined;
  confirmBy?: Date | undefined;
  validUntil?: Date | undefined;
  /** A picture or PDF that goes with it, as src/attachments keeps it. */
  attachmentId?: string | undefined;
  supersedesId?: string | undefined;
  /** The same key with the same content is the same notice: a double click or a repeated command sends once. */
  idempotencyKey: string;
  /** "staff:<id>" or "cli". */
  createdBy: string;
};

export type Published = { id: NoticeId; audienceSize: number; lanes: AccountId[]; replayed: boolean };

/**
 * Accepts a notice: notice, recipients, deliveries and audit in one transaction. When this returns, it is durable.
 * The caller rings `lanes`; if it dies before that, the sweep rings.
 * @throws HubError `badInput` (no such audience, predecessor or attachment), `keyReused`.
 */
export async function publish(
  db: PrismaClient,
  rules: PlanRules,
  draft: NoticeDraft,
  now: Date,
): Promise<Published> {
  return db.$transaction((tx) => publishWithin(tx, rules, draft, now));
}

/** The same within the caller's transaction, so that what is told and what it is about stand or fall together. */
export async function publishWithin(
  tx: Prisma.TransactionClient,
  rules: PlanRules,
  draft: NoticeDraft,
  now: Date,
): Promise<Published> {
  const audience = audienceSchema.parse(draft.audience);
  const requestHash = hashOf({
    ...draft,
    kind: draft.kind.name,
    audience,
    confirmBy: undefined,
    validUntil: draft.validUntil?.toISOString(),
  });
  const id = await insertNotice(tx, draft, audience, requestHash, now);
  if (!id) return replay(tx, draft, requestHash);
  await forBulk(tx);
  await holdRightsStill(tx, draft.schoolId);
  if (draft.attachmentId) await sendAlong(tx, rules, draft.attachmentId, id, now);
  if (draft.supersedesId) await supersede(tx, draft.supersedesId, draft.schoolId, now);
  const about = { id, schoolId: draft.schoolId, audience };
  const audienceSize = await insertRecipients(tx, about, draft.kind, draft.own);
  if (!audienceSize) throw new HubError('badInput', { problem: 'emptyAudience' });
  await tx.notice.update({ where: { id }, data: { audienceSize } });
  if (audienceSize > LARGE)
    await tx.$executeRaw`select set_config('enable_nestloop', 'off', true), set_config('enable_mergejoin', 'off', true)`;
  const notice = { id, schoolId: draft.schoolId, validUntil: draft.validUntil ?? null };
  const held = (await holdForDigest(tx, rules, draft, notice, now)) > 0;
  const lanes = await plan(
    tx,
    rules,
    draft.kind,
    notice,
    { who: 'waiting', contacts: draft.kind.contacts, held },
    now,
  );
  await audit(tx, {
    orgUnitId: draft.schoolId,
    at: now,
    actor: draft.createdBy,
    action: 'notice.publish',
    subject: `notice:${id}`,
    data: {
      kind: draft.kind.name,
      audienceSize,
      deliveries: lanes.reduce((sum, lane) => sum + lane.count, 0),
      ...(draft.kind.urgent ? { quietHours: 'ignored' } : {}),
    },
  });
  return { id, audienceSize, lanes: lanes.map((lane) => lane.lane), replayed: false };
}

/**
 * From this size on, the planner must be told: it has no statistics of recipients that this very transaction has
 * written, takes them for one row, and would look up each guardian singly.
 */
const LARGE = 2000;

/** Sorts and hashes of a whole province stay in memory; compiling such statements costs more than it saves. */
async function forBulk(tx: Prisma.TransactionClient): Promise<void> {
  await tx.$executeRaw`set local work_mem = '64MB'`;
  await tx.$executeRaw`set local jit = off`;
}

const hashOf = (value: unknown) => createHash('sha256').update(JSON.stringify(value)).digest('base64url');

/** Null when the key is taken; then it waits for the other transaction, so that the answer is its outcome. */
async function insertNotice(
  tx: Prisma.TransactionClient,
  draft: NoticeDraft,
  audience: Audience,
  requestHash: string,
  now: Date,
): Promise<NoticeId | null> {
  const made = await tx.notice.createManyAndReturn({
    data: [
      {
        schoolId: draft.schoolId,
        kind: draft.kind.name,
        title: draft.title,
        vars: draft.vars,
        facts: draft.facts,
        audience,
        purpose: draft.kind.purpose,
        urgent: draft.kind.urgent,
        asksToConfirm: draft.asksToConfirm,
        confirmBy: draft.confirmBy ?? null,
        validUntil: draft.validUntil ?? null,
        attachmentId: draft.attachmentId ?? null,
        supersedesId: draft.supersedesId ?? null,
        idempotencyKey: draft.idempotencyKey,
        requestHash,
        createdBy: draft.createdBy,
        publishedAt: now,
      },
    ],
    skipDuplicates: true,
    select: { id: true },
  });
  return made[0]?.id ?? null;
}

async function replay(
  tx: Prisma.TransactionClient,
  draft: NoticeDraft,
  requestHash: string,
): Promise<Published> {
  const before = await tx.notice.findUniqueOrThrow({
    where: { schoolId_idempotencyKey: { schoolId: draft.schoolId, idempotencyKey: draft.idempotencyKey } },
  });
  if (before.requestHash !== requestHash) throw new HubError('keyReused');
  return { id: before.id, audienceSize: before.audienceSize, lanes: [], replayed: true };
}

async function sendAlong(
  tx: Prisma.TransactionClient,
  { attachmentDays }: PlanRules,
  attachmentId: string,
  id: NoticeId,
  now: Date,
): Promise<void> {
  if (!(await useAttachment(tx, attachmentId, `notice:${id}`, attachmentDays, now)))
    throw new HubError('badInput', { problem: 'attachment' });
}

async function supersede(
  tx: Prisma.TransactionClient,
  id: string,
  schoolId: string,
  now: Date,
): Promise<void> {
  const { count } = await tx.notice.updateMany({
    where: { id, schoolId, supersededAt: null },
    data: { supersededAt: now },
  });
  if (!count) throw new HubError('badInput', { problem: 'supersedes' });
  await cancelNotice(tx, id, 'superseded', now);
  await tx.recipient.updateMany({
    where: { noticeId: id, outcome: 'waiting' },
    data: { outcome: 'notReached', reason: 'superseded' },
  });
}
