import { randomUUID } from 'node:crypto';
import { type NoticeKind, type OwnTelling, type PlanRules, publishWithin } from '../notices/index.ts';
import type { AccountId } from '../store/ids.ts';
import type { Prisma } from '../store/prisma/client.ts';

/** One notice names at most so many recipients. */
const RECIPIENTS_MOST = 2000;

export type Told = { recipientId: bigint; guardianId: string; pupilId: string; outcome: string };

/** Publishes messages of a kind, each to one guardian. @returns the lanes to ring, and who was told or not. */
export async function tellGuardians(
  tx: Prisma.TransactionClient,
  rules: PlanRules,
  message: { schoolId: string; kind: NoticeKind; title: string },
  own: readonly OwnTelling[],
  now: Date,
): Promise<{ lanes: AccountId[]; told: Told[] }> {
  const lanes = new Set<AccountId>();
  const told: Told[] = [];
  for (let from = 0; from < own.length; from += RECIPIENTS_MOST) {
    const some = own.slice(from, from + RECIPIENTS_MOST);
    const published = await publishWithin(
      tx,
      rules,
      {
        ...message,
        vars: {},
        facts: {},
        audience: { pupilIds: [...new Set(some.map((one) => one.pupilId))] },
        own: some,
        asksToConfirm: false,
        idempotencyKey: `${message.kind.name}:${randomUUID()}`,
        createdBy: 'hub',
      },
      now,
    );
    for (const lane of published.lanes) lanes.add(lane);
    told.push(
      ...(await tx.$queryRaw<Told[]>`
        select id as "recipientId", guardian_id::text as "guardianId", pupil_id::text as "pupilId", outcome
          from recipient where notice_id = ${published.id}::uuid`),
    );
  }
  return { lanes: [...lanes], told };
}
