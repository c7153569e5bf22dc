import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import { HubError } from '../errors.ts';
import {
  addAccount,
  BANK_SERVICES,
  bankName,
  bankWebhookPath,
  closeAccount,
  connectBank,
  setDays,
} from '../fees/index.ts';
import type { BillKind } from '../store/prisma/enums.ts';
import { CLI_ACTOR, type Command, inOffice, needed, print, schoolOf } from './command.ts';

const KINDS: readonly BillKind[] = ['compulsory', 'service', 'voluntary'];

function kindOf(given: string | undefined): BillKind | null {
  const kind = KINDS.find((one) => one === given);
  if (given !== undefined && !kind) throw new HubError('badInput', { problem: `--kind ${KINDS.join('|')}` });
  return kind ?? null;
}

/** lienlac fees account [--bank … --number … --holder … [--kind …]] [--close <number>]: where families pay to. */
export const accountsCommand: Command = async (args, settings) => {
  const { values } = parseArgs({
    args,
    options: {
      school: { type: 'string' },
      bank: { type: 'string' },
      number: { type: 'string' },
      holder: { type: 'string' },
      kind: { type: 'string' },
      close: { type: 'string' },
    },
  });
  return inOffice(settings, async (office) => {
    const school = await schoolOf(office, values.school);
    const who = { schoolId: school.id, actor: CLI_ACTOR, at: office.clock.now() };
    const { prisma } = office.db;
    if (values.close) await closeAccount(prisma, who, values.close);
    if (values.bank || values.number) {
      const { bank, bills } = await addAccount(prisma, who, {
        bank: needed(values.bank, 'bank'),
        accountNo: needed(values.number, 'number'),
        holder: needed(values.holder, 'holder'),
        kind: kindOf(values.kind),
      });
      print(
        `Đã khai tài khoản tại ${bank} / Account at ${bank} added: ${bills} khoản thu nay có mã QR / bills have it now`,
      );
    }
    const accounts = await prisma.receivingAccount.findMany({
      where: { schoolId: school.id, closedAt: null },
      orderBy: { createdAt: 'asc' },
    });
    for (const { kind, bankBin, accountNo, holder } of accounts)
      print(`${kind ?? '*'}  ${bankName(bankBin)}  ${accountNo}  ${holder}`);
    return 0;
  });
};

/** lienlac fees connect --service sepay [--secret …] [--proof apiKey]: a bank service; its webhook's address is printed. */
export const connectCommand: Command = async (args, settings) => {
  const { values } = parseArgs({
    args,
    options: {
      school: { type: 'string' },
      service: { type: 'string' },
      secret: { type: 'string' },
      proof: { type: 'string' },
    },
  });
  const service = BANK_SERVICES.get(needed(values.service, 'service'));
  if (!service)
    throw new HubError('badInput', { problem: `--service ${[...BANK_SERVICES.keys()].join('|')}` });
  const proof = values.proof ?? service.proofs[0] ?? '';
  if (!service.proofs.includes(proof))
    throw new HubError('badInput', { problem: `--proof ${service.proofs.join('|')}` });
  return inOffice(settings, async (office) => {
    const school = await schoolOf(office, values.school);
    const secret = values.secret ?? randomBytes(32).toString('base64url');
    const id = await connectBank(office.db.prisma, office.sealer, {
      schoolId: school.id,
      provider: service.name,
      proof,
      secret,
      actor: CLI_ACTOR,
      at: office.clock.now(),
    });
    print(`Webhook: ${office.site.url}${bankWebhookPath(service.name, id)}`);
    // Shown once: it is kept sealed.
    if (values.secret === undefined) print(`Khoá bí mật, chỉ hiện một lần / Secret, shown once: ${secret}`);
    return 0;
  });
};

/** lienlac fees schedule --kind service --days=-7,-1,0,3,10: when bills of a kind are reminded of; days from the due day. */
export const scheduleCommand: Command = async (args, settings) => {
  const { values } = parseArgs({
    args,
    options: { school: { type: 'string' }, kind: { type: 'string' }, days: { type: 'string' } },
  });
  const kind = kindOf(needed(values.kind, 'kind'));
  const days = (values.days ?? '').split(',').filter(Boolean).map(Number);
  return inOffice(settings, async (office) => {
    const school = await schoolOf(office, values.school);
    const who = { schoolId: school.id, actor: CLI_ACTOR, at: office.clock.now() };
    await setDays(office.db.prisma, who, kind ?? 'service', days);
    print(`${kind}: ${days.join(', ')}`);
    return 0;
  });
};
