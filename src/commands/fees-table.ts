import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import {
  type FeeFigures,
  type FeeTable,
  feeTable,
  feeWorkbook,
  showAmount,
  TABLE_COLUMNS,
  unmatchedPayments,
} from '../fees/index.ts';
import type { Texts } from '../render/index.ts';
import { type Command, inOffice, print, schoolOf } from './command.ts';

/** lienlac fees table [--period …] [--xlsx <file>] [--json]: issued, paid, part-paid, overdue, unmatched per class and item. */
export const tableCommand: Command = async (args, settings) => {
  const { values } = parseArgs({
    args,
    options: {
      school: { type: 'string' },
      period: { type: 'string' },
      xlsx: { type: 'string' },
      json: { type: 'boolean', default: false },
    },
  });
  return inOffice(settings, async (office) => {
    const school = await schoolOf(office, values.school);
    const { prisma } = office.db;
    const table = await feeTable(prisma, school.id, office.clock.now(), values.period);
    if (values.xlsx) {
      const unmatched = await unmatchedPayments(prisma, school.id);
      await writeFile(values.xlsx, feeWorkbook(table, unmatched, office.texts, 'vi'), { mode: 0o600 });
    }
    print(values.json ? JSON.stringify(table) : describeTable(table, office.texts));
    return 0;
  });
};

/** A table for people. */
export function describeTable({ lines, total, payments }: FeeTable, texts: Texts): string {
  const say = (key: string) => texts.say('vi', `report:fees.${key}`);
  const line = (head: string, of: FeeFigures) => {
    const parts = TABLE_COLUMNS.filter((name) => of[name] !== 0).map(
      (name) => `${say(name)} ${showAmount(of[name])}`,
    );
    return `${head}: ${parts.join(', ')}`;
  };
  return [
    ...lines.map((one) =>
      line(`  ${one.className}  ${one.item}${one.period === '' ? '' : ` (${one.period})`}`, one),
    ),
    line(say('total'), total),
    `${say('places')}: ${say('onBills')} ${showAmount(payments.bill.amount)} (${payments.bill.count}), ${say('withCashier')} ${showAmount(payments.cashier.amount)} (${payments.cashier.count}), ${say('setAside')} ${showAmount(payments.aside.amount)} (${payments.aside.count})`,
  ].join('\n');
}
