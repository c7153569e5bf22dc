import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { parseArgs } from 'node:util';
import { HubError } from '../errors.ts';
import {
  type Act,
  type Candidate,
  matchByHand,
  setAside,
  showAmount,
  type UnmatchedPayment,
  unmatch,
  unmatchedPayments,
} from '../fees/index.ts';
import { importStatement, readColumns, type StatementReport, tellBadFile } from '../ingest/index.ts';
import type { Texts } from '../render/index.ts';
import { CLI_ACTOR, type Command, inOffice, needed, print, schoolOf } from './command.ts';
import { billByCode } from './fees-bills.ts';

/** A payment's number in the cashier's list. @throws HubError `badInput` */
function numberOf(typed: string): bigint {
  if (!/^\d{1,18}$/.test(typed)) throw new HubError('badInput', { problem: typed });
  return BigInt(typed);
}

/** lienlac fees payments [--match … --code … | --unmatch … | --aside …]: payments on no bill, with candidates. */
export const paymentsCommand: Command = async (args, settings) => {
  const { values } = parseArgs({
    args,
    options: {
      school: { type: 'string' },
      match: { type: 'string' },
      code: { type: 'string' },
      unmatch: { type: 'string' },
      aside: { type: 'string' },
    },
  });
  return inOffice(settings, async (office) => {
    const school = await schoolOf(office, values.school);
    const { prisma } = office.db;
    const who: Act = { schoolId: school.id, actor: CLI_ACTOR, at: office.clock.now() };
    if (values.match) {
      const bill = await billByCode(office, school.id, needed(values.code, 'code'));
      const lanes = await matchByHand(prisma, office.rules, who, numberOf(values.match), bill.id);
      for (const lane of lanes) await office.bell.ring(lane);
    }
    if (values.unmatch) await unmatch(prisma, who, numberOf(values.unmatch));
    if (values.aside) await setAside(prisma, who, numberOf(values.aside));
    const list = await unmatchedPayments(prisma, school.id);
    print(office.texts.say('vi', 'report:fees.unmatched', { count: String(list.length) }));
    for (const payment of list) print(describePayment(payment, office.texts));
    return 0;
  });
};

/** A payment of the cashier's list, for people. */
export function describePayment(payment: UnmatchedPayment, texts: Texts): string {
  const { id, amount, memo, outcome, candidates } = payment;
  const why = texts.say('vi', `report:fees.outcome.${outcome}`);
  return [
    `  [${id}]  ${showAmount(amount)} đồng  "${memo}"  – ${why}`,
    ...candidates.map((one) => `      ${describeCandidate(one, texts)}`),
  ].join('\n');
}

function describeCandidate({ bill, hints }: Candidate, texts: Texts): string {
  const why = hints.map((hint) => texts.say('vi', `report:fees.hint.${hint}`)).join(', ');
  return `? ${bill.code}  ${bill.className}  ${bill.child}  ${bill.item}  ${showAmount(bill.amount - bill.paid)} đồng  (${why})`;
}

/** lienlac fees statement <file…> …: payments from a bank's statement. What a service has told already counts once. */
export const statementCommand: Command = async (args, settings) => {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      school: { type: 'string' },
      account: { type: 'string' },
      column: { type: 'string', multiple: true, default: [] },
      'dry-run': { type: 'boolean', default: false },
    },
  });
  const columns = readColumns(values.column);
  if (!positionals.length)
    throw new HubError('badInput', { problem: 'lienlac fees statement <tệp / file…>' });
  return inOffice(settings, async (office) => {
    const school = await schoolOf(office, values.school);
    for (const path of positionals) {
      const file = basename(path);
      const bytes = await readFile(path).catch(() => {
        throw new HubError('notFound', { what: file });
      });
      try {
        const report = await importStatement(office.db.prisma, {
          ...office,
          schoolId: school.id,
          bytes,
          fileName: file,
          actor: CLI_ACTOR,
          dryRun: values['dry-run'],
          columns,
          ...(values.account ? { accountNo: values.account } : {}),
        });
        for (const lane of report.lanes) await office.bell.ring(lane);
        if (values['dry-run']) print('(chạy thử, không ghi gì / dry run, nothing is written)');
        print(describeStatement(report));
      } catch (error) {
        if (!(error instanceof HubError) || error.code !== 'badFile') throw error;
        print(`${tellBadFile(error, 'vi', office.texts)} / ${tellBadFile(error, 'en', office.texts)}`);
        return 65;
      }
    }
    return 0;
  });
};

function describeStatement({
  file,
  accountNo,
  lines,
  fresh,
  known,
  matched,
  out,
  refused,
}: StatementReport): string {
  return [
    `${file} (${accountNo}): ${lines} dòng / lines – tiền vào mới / new ${fresh} (khớp khoản thu / matched ${matched}), đã biết / known ${known}, tiền ra / out ${out}`,
    ...refused.map(
      ({ row, column, value, reason }) => `    dòng / row ${row}, ${column}: "${value}" – ${reason}`,
    ),
  ].join('\n');
}
