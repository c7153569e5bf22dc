import type { ReceiptKind } from '../outbox/index.ts';
import type { DeliveryId, NoticeId } from '../store/ids.ts';
import type { PrismaClient } from '../store/prisma/client.ts';
import { takeReceipt } from './confirm.ts';

/**
 * Takes in a receipt that names our messages by the provider's ids, or by ours where the provider gives it back.
 * Ids of other accounts, and of what was no delivery (an answer in a chat), change nothing.
 * @returns the notices concerned
 */
export async function takeReceiptOf(
  db: PrismaClient,
  receipt: {
    accountId: string;
    providerIds: readonly string[];
    deliveryId?: DeliveryId;
    kind: ReceiptKind;
    at: Date;
  },
): Promise<NoticeId[]> {
  const { accountId, kind, at } = receipt;
  const ids = await deliveriesOf(db, receipt);
  const notices = new Set<NoticeId>();
  for (const { id, address } of ids) {
    const notice = await takeReceipt(db, { deliveryId: id, kind, at, from: { accountId, address } });
    if (notice) notices.add(notice);
  }
  return [...notices];
}

async function deliveriesOf(
  db: PrismaClient,
  {
    accountId,
    providerIds,
    deliveryId,
  }: { accountId: string; providerIds: readonly string[]; deliveryId?: DeliveryId },
): Promise<{ id: DeliveryId; address: string }[]> {
  if (deliveryId !== undefined) {
    if (!/^\d{1,18}$/.test(deliveryId)) return [];
    return db.$queryRaw`
      select id::text as id, address from delivery where id = ${deliveryId}::bigint and account_id = ${accountId}::uuid`;
  }
  // Named as the index is made (delivery_oa_provider).
  return db.$queryRaw`
    select id::text as id, address from delivery
     where account_id = ${accountId}::uuid and channel = 'zalo-oa' and provider_id = any(${[...providerIds]}::text[])`;
}
