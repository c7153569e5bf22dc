import type { DeliveryId, NoticeId, RecipientId } from '../store/ids.ts';
import type { Prisma } from '../store/prisma/client.ts';
import { statesBefore } from './states.ts';

/** What a receipt says, from weakest to strongest; a delivery only moves forward along these. */
export const RECEIPT_KINDS = ['delivered', 'seen', 'confirmed'] as const;
export type ReceiptKind = (typeof RECEIPT_KINDS)[number];

/**
 * Moves a delivery forward to what a receipt says; a late or repeated receipt changes nothing.
 * @returns its recipient, or null when there is no such delivery to this address.
 */
export async function moveForward(
  tx: Prisma.TransactionClient,
  receipt: {
    deliveryId: DeliveryId;
    kind: ReceiptKind;
    at: Date;
    from?: { accountId: string; address: string };
  },
): Promise<{ recipientId: RecipientId; noticeId: NoticeId } | null> {
  const { from } = receipt;
  const [delivery] = await tx.$queryRaw<
    { recipientId: RecipientId; noticeId: NoticeId; accountId: string; address: string }[]
  >`
    select recipient_id::text as "recipientId", notice_id as "noticeId", account_id as "accountId", address from delivery where id = ${receipt.deliveryId}::bigint`;
  if (!delivery) return null;
  if (from && (delivery.address !== from.address || delivery.accountId !== from.accountId)) return null;
  await tx.$executeRawUnsafe(
    `update delivery set state = $2, owner = null, settled_at = coalesce(settled_at, $3::timestamptz)
      where id = $1::bigint and state in (${statesBefore(receipt.kind)})`,
    receipt.deliveryId,
    receipt.kind,
    receipt.at,
  );
  // Whoever has confirmed is told nothing more: neither by another contact nor by a reminder that is held till morning.
  if (receipt.kind === 'confirmed') {
    await tx.$executeRaw`
      update delivery set state = 'cancelled', settled_at = ${receipt.at}, reason = 'confirmed'
       where recipient_id = ${delivery.recipientId}::bigint and state = 'pending'`;
  }
  return delivery;
}
