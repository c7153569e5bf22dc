// Where families' money goes: the school's accounts, one or several per kind of item.

import { HubError } from '../errors.ts';
import { lockRights } from '../notices/index.ts';
import { audit } from '../security/index.ts';
import type { PrismaClient } from '../store/prisma/client.ts';
import type { BillKind } from '../store/prisma/enums.ts';
import { findBank } from './banks.ts';
import type { Act } from './cashier.ts';

export type NewAccount = {
  /** Number, code or short name of the bank. */
  bank: string;
  accountNo: string;
  /** As the bank has it. */
  holder: string;
  /** Null: for every kind that has none of its own. */
  kind: BillKind | null;
};

/**
 * Names a receiving account. New bills of its kind carry it from now on; open bills that have none yet get it too, and
 * nothing else changes: a family may have the other account on paper. @throws HubError `badInput` that names what is wrong
 */
export async function addAccount(
  db: PrismaClient,
  who: Act,
  { bank: named, accountNo: typed, holder, kind }: NewAccount,
): Promise<{ id: string; bank: string; bills: number }> {
  const { schoolId, actor, at } = who;
  const bank = findBank(named);
  if (!bank) throw new HubError('badInput', { problem: `bank: ${named}` });
  const accountNo = typed.replace(/[\s.-]/g, '');
  if (!/^[A-Za-z0-9]{1,19}$/.test(accountNo)) throw new HubError('badInput', { problem: 'account' });
  const name = holder.normalize('NFC').replace(/\s+/g, ' ').trim();
  if (name === '') throw new HubError('badInput', { problem: 'holder' });
  return db.$transaction(async (tx) => {
    await lockRights(tx, schoolId);
    const { id } = await tx.receivingAccount.create({
      data: { schoolId, kind, bankBin: bank.bin, accountNo, holder: name, createdAt: at },
    });
    const bills = await tx.$executeRaw`
      update bill b set account_id = ${id}::uuid from fee_item i
       where i.id = b.item_id and b.school_id = ${schoolId}::uuid and b.state = 'open' and b.account_id is null
         and (${kind}::text is null or i.kind::text = ${kind}::text)`;
    await audit(tx, {
      orgUnitId: schoolId,
      at,
      actor,
      action: 'account.add',
      subject: `receivingAccount:${id}`,
      data: { kind },
    });
    return { id, bank: bank.shortName, bills };
  });
}

/** New bills do not carry it any more; payments for bills that do are matched as before. @throws HubError `notFound` */
export async function closeAccount(
  db: PrismaClient,
  { schoolId, actor, at }: Act,
  accountNo: string,
): Promise<void> {
  await db.$transaction(async (tx) => {
    await lockRights(tx, schoolId);
    const { count } = await tx.receivingAccount.updateMany({
      where: { schoolId, accountNo, closedAt: null },
      data: { closedAt: at },
    });
    if (!count) throw new HubError('notFound', { what: 'account' });
    await audit(tx, {
      orgUnitId: schoolId,
      at,
      actor,
      action: 'account.close',
      subject: `school:${schoolId}`,
      data: { count },
    });
  });
}
