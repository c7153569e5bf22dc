import { parseArgs } from 'node:util';
import { HubError } from '../errors.ts';
import {
  type Act,
  type BillException,
  type BillPlan,
  changeBill,
  closeBill,
  makeBills,
  openClaims,
  overdueBills,
  readAmount,
  refuseClaim,
  showAmount,
  takeCash,
} from '../fees/index.ts';
import type { Office } from '../office.ts';
import { findClass } from '../school/index.ts';
import type { Bill } from '../store/prisma/client.ts';
import { CLI_ACTOR, type Command, inOffice, needed, print, schoolOf } from './command.ts';

/** "450.000" or "450k" → 450000. @throws HubError `badInput` */
export function amountOf(typed: string, option: string): number {
  const { amount } = readAmount(typed);
  if (amount === null) throw new HubError('badInput', { problem: `--${option} ${typed}` });
  return amount;
}

/** "2026-11-30" or "30/11/2026" → "2026-11-30". @throws HubError `badInput` */
function dayOf(typed: string | undefined): string | null {
  if (typed === undefined) return null;
  const [, day, month, year] = /^(\d{1,2})\/(\d{1,2})\/(\d{4})$/.exec(typed) ?? [];
  const text = day && month && year ? `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}` : typed;
  const date = new Date(text);
  if (
    !/^\d{4}-\d\d-\d\d$/.test(text) ||
    Number.isNaN(date.getTime()) ||
    date.toISOString().slice(0, 10) !== text
  )
    throw new HubError('badInput', { problem: `--due ${typed}` });
  return text;
}

/** The bill with a payment code, of this school. @throws HubError `notFound` */
export async function billByCode(office: Office, schoolId: string, code: string): Promise<Bill> {
  const bill = await office.db.prisma.bill.findFirst({
    where: { schoolId, code: code.trim().toUpperCase() },
  });
  if (!bill) throw new HubError('notFound', { what: 'bill' });
  return bill;
}

/** lienlac fees make …: one item for a class or the school, with exceptions by pupil. */
export const makeCommand: Command = async (args, settings) => {
  const { values } = parseArgs({
    args,
    options: {
      school: { type: 'string' },
      class: { type: 'string' },
      item: { type: 'string' },
      note: { type: 'string', default: '' },
      basis: { type: 'string' },
      period: { type: 'string', default: '' },
      amount: { type: 'string' },
      due: { type: 'string' },
      except: { type: 'string', multiple: true, default: [] },
      'dry-run': { type: 'boolean', default: false },
    },
  });
  const except = new Map(values.except.map(exceptionOf));
  const amount = amountOf(needed(values.amount, 'amount'), 'amount');
  const item = needed(values.item, 'item').trim();
  const dueOn = dayOf(values.due);
  return inOffice(settings, async (office) => {
    const school = await schoolOf(office, values.school);
    const { prisma } = office.db;
    const classId = values.class
      ? (await findClass(prisma, { schoolId: school.id, name: values.class })).id
      : null;
    const who: Act = { schoolId: school.id, actor: CLI_ACTOR, at: office.clock.now() };
    const { note, basis, period } = values;
    const make = { item, note, basis, period, amount, dueOn, classId, except, dryRun: values['dry-run'] };
    const plan = await makeBills(prisma, who, make);
    if (make.dryRun) print('(chạy thử, không ghi gì / dry run, nothing is written)');
    print(describePlan(plan));
    for (const reason of reasonsOf(plan, office)) print(`  ${reason}`);
    return plan.refused.length ? 65 : 0;
  });
};

function exceptionOf(given: string): [string, BillException] {
  const [code = '', what = ''] = given.split('=');
  if (!code || !what) throw new HubError('badInput', { problem: '--except <code>=<amount>|exempt|skip' });
  return [code.trim(), what === 'exempt' || what === 'skip' ? what : amountOf(what, 'except')];
}

function describePlan({ outcomes }: BillPlan): string {
  const count = (result: string) => outcomes.filter((one) => one.result === result).length;
  return `mới / created ${count('created')}, đổi / updated ${count('updated')}, như cũ / unchanged ${count('unchanged')}`;
}

/** Each reason once: they are the same for the whole class. */
function reasonsOf({ refused, warnings }: BillPlan, { texts }: Office): string[] {
  const codes = [...new Set([...refused, ...warnings].map((one) => one.code))];
  return codes.map(
    (code) => `${texts.say('vi', `ingest:reason.${code}`)} / ${texts.say('en', `ingest:reason.${code}`)}`,
  );
}

/** lienlac fees bill <payment code> [--cancel | --exempt | --amount … [--due …] | --cash …]: shows or changes one bill. */
export const billsCommand: Command = async (args, settings) => {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      school: { type: 'string' },
      cancel: { type: 'boolean', default: false },
      exempt: { type: 'boolean', default: false },
      amount: { type: 'string' },
      due: { type: 'string' },
      cash: { type: 'string' },
    },
  });
  const dueOn = dayOf(values.due);
  return inOffice(settings, async (office) => {
    const school = await schoolOf(office, values.school);
    const { prisma } = office.db;
    const who: Act = { schoolId: school.id, actor: CLI_ACTOR, at: office.clock.now() };
    const bill = await billByCode(office, school.id, positionals[0] ?? '');
    if (values.cancel) await closeBill(prisma, who, bill.id, 'cancelled');
    else if (values.exempt) await closeBill(prisma, who, bill.id, 'exempt');
    else if (values.cash) {
      const lanes = await takeCash(prisma, office.rules, who, bill.id, amountOf(values.cash, 'cash'));
      for (const lane of lanes) await office.bell.ring(lane);
    } else if (values.amount || dueOn)
      await changeBill(prisma, who, bill.id, {
        amount: values.amount ? amountOf(values.amount, 'amount') : bill.amount,
        dueOn: dueOn ? new Date(dueOn) : bill.dueOn,
      });
    print(describeBill(await billByCode(office, school.id, bill.code)));
    return 0;
  });
};

function describeBill({ code, state, amount, paid, dueOn }: Bill): string {
  const due = dueOn ? `, hạn / due ${dueOn.toISOString().slice(0, 10)}` : '';
  return `${code}  ${state}  ${showAmount(amount)}, đã nộp / paid ${showAmount(Number(paid))}${due}`;
}

/** lienlac fees claims [--refuse <code>]: who said "Đã nộp / được miễn giảm" and waits for the cashier's look. */
export const claimsCommand: Command = async (args, settings) => {
  const { values } = parseArgs({ args, options: { school: { type: 'string' }, refuse: { type: 'string' } } });
  return inOffice(settings, async (office) => {
    const school = await schoolOf(office, values.school);
    const { prisma } = office.db;
    if (values.refuse) {
      const bill = await billByCode(office, school.id, values.refuse);
      await refuseClaim(prisma, { schoolId: school.id, actor: CLI_ACTOR, at: office.clock.now() }, bill.id);
    }
    for (const { bill, at } of await openClaims(prisma, school.id))
      print(
        `${bill.code}  ${bill.className}  ${bill.child}  ${bill.item}  ${showAmount(bill.amount - bill.paid)}  ${at.toISOString().slice(0, 10)}`,
      );
    return 0;
  });
};

/** lienlac fees overdue: what is past its due day, and of what families are reminded no more. */
export const overdueCommand: Command = async (args, settings) => {
  const { values } = parseArgs({ args, options: { school: { type: 'string' } } });
  return inOffice(settings, async (office) => {
    const school = await schoolOf(office, values.school);
    for (const { bill, left } of await overdueBills(office.db.prisma, school.id, office.clock.now()))
      print(
        [
          bill.code,
          bill.className,
          bill.child,
          bill.item,
          bill.period,
          showAmount(bill.amount - bill.paid),
          `hạn / due ${bill.dueOn?.toISOString().slice(0, 10)}`,
          ...(left ? ['không nhắc nữa / reminded no more'] : []),
        ].join('  '),
      );
    return 0;
  });
};
