// Bills in the demo: the sample list comes in, families are told, some pay at the sandbox's bank, and the bank tells the hub.

import type { Hub } from '../src/app.ts';
import { describePayment } from '../src/commands/fees-payments.ts';
import { describeTable } from '../src/commands/fees-table.ts';
import { importPath } from '../src/commands/import.ts';
import {
  addAccount,
  bankWebhookPath,
  connectBank,
  type FeeTable,
  feeTable,
  remindBills,
  type UnmatchedPayment,
  unmatchedPayments,
} from '../src/fees/index.ts';
import { type BankSandbox, startBank } from '../src/sandbox/index.ts';
import { inPackage } from '../src/store/index.ts';
import { personOf, type Town } from './parents.ts';
import type { Progress } from './progress.ts';
import { until } from './until.ts';

const ACCOUNT = '8300201012345';
const SECRET = 'khoa-bi-mat-cua-ngan-hang-thu';
const HOUR_MS = 3_600_000;
const SCHOOL_MS = 7 * HOUR_MS;
/** Nobody is asked for money at night; a demo at night tells as of the evening before. */
const EVENING_HOUR = 19;
const MORNING_HOUR = 7;

export type FeesShown = {
  table: FeeTable;
  unmatched: UnmatchedPayment[];
  reminded: number;
  receipts: string[];
};

/** The last instant at which families may be asked for money. */
function byDay(now: Date): Date {
  const hour = new Date(now.getTime() + SCHOOL_MS).getUTCHours();
  if (hour >= MORNING_HOUR && hour < EVENING_HOUR) return now;
  return new Date(now.getTime() - (((hour - EVENING_HOUR + 24) % 24) + 0.25) * HOUR_MS);
}

/** A run that was cut off goes on: the same bills, the same transfers, each counted once. */
export async function playFees(
  hub: Hub,
  schoolId: string,
  town: Town,
  progress: Progress,
): Promise<FeesShown> {
  const { prisma } = hub.db;
  const now = byDay(hub.clock.now());
  const path = await openAccount(hub, schoolId, now);
  await progress.step(
    'Nhập khoản thu, báo cho phụ huynh / Importing bills, telling the parents',
    async () => {
      const file = inPackage('demo', 'school', 'khoan-thu-thang-11.xlsx');
      progress.imported(
        await importPath({ ...hub, clock: { now: () => now } }, schoolId, file, { dryRun: false }),
      );
      for (const lane of await remindBills(prisma, { ...hub.rules, settleMs: 0 }, now))
        await hub.bell.ring(lane);
      await until(
        async () => !(await recipients(hub, schoolId, 'feeReminder', 'waiting')),
        'every family to be told of its bills',
      );
    },
  );
  const bank = startBank({
    service: 'sepay',
    secret: SECRET,
    url: `${hub.url}${path}`,
    accountNo: ACCOUNT,
    clock: () => hub.clock.now().getTime(),
  });
  try {
    await progress.step(
      'Phụ huynh chuyển khoản, ngân hàng báo về / Parents pay, the bank tells',
      async () => {
        await payFromPhones(town, bank);
        await until(
          async () =>
            !(await prisma.bankEvent.count({ where: { handledAt: null } })) &&
            !(await recipients(hub, schoolId, 'feeReceipt', 'waiting')),
          'the payments to be in the books and receipted',
        );
        return `${bank.told.length} giao dịch / transfers`;
      },
    );
  } finally {
    bank.stop();
  }
  const table = await prisma.$transaction((tx) => feeTable(tx, schoolId, hub.clock.now()));
  const unmatched = await unmatchedPayments(prisma, schoolId);
  const reminded = await recipients(hub, schoolId, 'feeReminder', 'reached');
  return { table, unmatched, reminded, receipts: receiptsOn(town) };
}

/** How many recipients of a kind have this outcome. */
async function recipients(hub: Hub, schoolId: string, kind: string, outcome: string): Promise<number> {
  const notices = await hub.db.prisma.notice.findMany({ where: { schoolId, kind }, select: { id: true } });
  return hub.db.prisma.recipient.count({
    where: { noticeId: { in: notices.map((one) => one.id) }, outcome },
  });
}

/** @returns the path of the webhook; account and service are made when they are not there. */
async function openAccount(hub: Hub, schoolId: string, at: Date): Promise<string> {
  const { prisma } = hub.db;
  const who = { schoolId, actor: 'demo', at };
  if (!(await prisma.receivingAccount.count({ where: { schoolId } })))
    await addAccount(prisma, who, {
      bank: 'Agribank',
      accountNo: ACCOUNT,
      holder: 'TRUONG TH VA THCS HOA MAI',
      kind: null,
    });
  const known = await prisma.bankConnection.findFirst({ where: { schoolId } });
  const service = { schoolId, provider: 'sepay', proof: 'signature', secret: SECRET, actor: 'demo', at };
  return bankWebhookPath('sepay', known?.id ?? (await connectBank(prisma, hub.sealer, service)));
}

type OnPhone = { amount: number; code: string };

/** What stands on a phone about bills, as its owner reads it. */
function billsOn(town: Town): OnPhone[] {
  return town.parents.flatMap((parent) => {
    if (parent.chat !== 'agrees') return [];
    const texts = personOf(town, parent)
      .messages()
      .map((message) => message.text);
    const [first] = texts.flatMap((text) => [
      ...text.matchAll(/Số tiền: ([\d.]+) đồng[\s\S]*?Nội dung: ([A-Z0-9]{10})/g),
    ]);
    return first ? [{ amount: Number((first[1] ?? '').replaceAll('.', '')), code: first[2] ?? '' }] : [];
  });
}

/** Right, short, twice, with a memo that the bank has mangled, and one whose code is cut. */
async function payFromPhones(town: Town, bank: BankSandbox): Promise<void> {
  const bills = billsOn(town);
  const [right, short, twice, mangled, cut] = bills;
  const payments = [
    right && { amount: right.amount, memo: `${right.code} chuyen tien` },
    short && { amount: Math.floor(short.amount / 2000) * 1000, memo: short.code },
    twice && { amount: twice.amount, memo: twice.code },
    twice && { amount: twice.amount, memo: twice.code },
    mangled && {
      amount: mangled.amount,
      memo: `MBVCB.77123.${mangled.code.toLowerCase()}.CT tu 0123 toi HOA MAI`,
    },
    cut && { amount: cut.amount, memo: `nop tien ${cut.code.slice(0, 7)}` },
  ];
  for (const [index, payment] of payments.entries())
    if (payment) await bank.pay({ id: index + 1, ...payment });
  // The service was not sure whether it was heard.
  if (right) await bank.pay({ id: 1, amount: right.amount, memo: `${right.code} chuyen tien` });
}

const receiptsOn = (town: Town): string[] =>
  town.parents.flatMap((parent) =>
    parent.chat === 'agrees'
      ? personOf(town, parent)
          .messages()
          .map((message) => message.text)
          .filter((text) => /Nhà trường đã nhận/.test(text))
      : [],
  );

/** For people: the month's table, what the cashier still has to look at, and two receipts. */
export function describeFees(
  { table, unmatched, receipts }: FeesShown,
  { texts }: Pick<Hub, 'texts'>,
): string {
  return [
    describeTable(table, texts),
    texts.say('vi', 'report:fees.unmatched', { count: String(unmatched.length) }),
    ...unmatched.map((payment) => describePayment(payment, texts)),
    ...receipts.slice(0, 2).map((text) => `\n${text.replace(/^/gm, '  │ ')}`),
  ].join('\n');
}

/** Whether the table is right to the đồng. */
export const feesAgree = ({ table: { total, payments } }: FeesShown): boolean =>
  total.paid + total.open + total.cancelled + total.exempt === total.issued &&
  payments.bill.amount === total.paid + total.over;
