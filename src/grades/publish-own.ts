import {
  type Digest,
  type NoticeKind,
  type OwnTelling,
  type PlanRules,
  type Published,
  publishWithin,
} from '../notices/index.ts';
import type { Prisma } from '../store/prisma/client.ts';

/** Publishes what is each guardian's own, in the caller's transaction. @returns null when there is nothing to tell */
export async function publishOwn(
  tx: Prisma.TransactionClient,
  rules: PlanRules,
  kind: NoticeKind,
  order: { schoolId: string; createdBy: string; idempotencyKey: string; digest?: Digest | undefined },
  own: readonly OwnTelling[],
  now: Date,
): Promise<Published | null> {
  const { schoolId, createdBy, idempotencyKey, digest } = order;
  if (!own.length) return null;
  return publishWithin(
    tx,
    rules,
    {
      schoolId,
      kind,
      title: '',
      vars: {},
      facts: {},
      audience: {},
      own,
      asksToConfirm: false,
      idempotencyKey,
      digest,
      createdBy,
    },
    now,
  );
}
