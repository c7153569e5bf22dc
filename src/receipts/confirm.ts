import { moveForward, type ReceiptKind } from '../outbox/index.ts';
import type { DeliveryId, NoticeId } from '../store/ids.ts';
import type { PrismaClient } from '../store/prisma/client.ts';

/**
 * Takes in what came back about a delivery. Forward only, idempotent: late, repeated and reordered receipts change
 * nothing that a stronger one has said.
 * @param receipt.from when given, the delivery must have gone there: nobody confirms another's notice, and one
 *   school's bot none of another school's, although a person has the same chat id with both
 * @returns the notice, or null when there is no such delivery (for this chat)
 */
export async function takeReceipt(
  db: PrismaClient,
  receipt: {
    deliveryId: DeliveryId;
    kind: ReceiptKind;
    at: Date;
    from?: { accountId: string; address: string };
  },
): Promise<NoticeId | null> {
  return db.$transaction(async (tx) => {
    const found = await moveForward(tx, receipt);
    if (!found) return null;
    await tx.$executeRaw`
      insert into receipt (delivery_id, kind, at) values (${receipt.deliveryId}::bigint, ${receipt.kind}, ${receipt.at})
      on conflict (delivery_id, kind) do nothing`;
    const confirmedAt = receipt.kind === 'confirmed' ? receipt.at : null;
    const seenAt = receipt.kind === 'delivered' ? null : receipt.at;
    await tx.$executeRaw`
      update recipient r set outcome = 'reached', reason = null, reached_by = coalesce(r.reached_by, d.channel),
             seen_at = coalesce(r.seen_at, ${seenAt}::timestamptz), confirmed_at = coalesce(r.confirmed_at, ${confirmedAt}::timestamptz)
        from delivery d where d.id = ${receipt.deliveryId}::bigint and r.id = d.recipient_id`;
    return found.noticeId;
  });
}
