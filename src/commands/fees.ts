import { HubError } from '../errors.ts';
import type { Command } from './command.ts';
import { accountsCommand, connectCommand, scheduleCommand } from './fees-accounts.ts';
import { billsCommand, claimsCommand, makeCommand, overdueCommand } from './fees-bills.ts';
import { paymentsCommand, statementCommand } from './fees-payments.ts';
import { tableCommand } from './fees-table.ts';

const COMMANDS: Record<string, Command> = {
  account: accountsCommand,
  connect: connectCommand,
  schedule: scheduleCommand,
  make: makeCommand,
  bill: billsCommand,
  claims: claimsCommand,
  overdue: overdueCommand,
  payments: paymentsCommand,
  statement: statementCommand,
  table: tableCommand,
};

const USAGE = `
lienlac fees account  [--bank Agribank --number … --holder "…" [--kind compulsory|service|voluntary]] [--close <number>]
lienlac fees connect  --service sepay|casso|payos [--secret …] [--proof apiKey]
lienlac fees schedule --kind compulsory|service --days=-7,-1,0,3,10
lienlac fees make     --item "…" --amount 450k [--due 2026-11-30] [--period "…"] [--class 6A1] [--except <pupil code>=<amount>|exempt|skip] [--note "Tự nguyện"] [--basis "Nghị quyết …"] [--dry-run]
lienlac fees bill     <payment code> [--cancel | --exempt | --amount 400k [--due 2026-12-05] | --cash 450k]
lienlac fees claims   [--refuse <payment code>]
lienlac fees overdue
lienlac fees payments [--match <number> --code <payment code> | --unmatch <number> | --aside <number>]
lienlac fees statement <file…> [--account <number>] [--column day|in|out|amount|memo|ref="<header>"] [--dry-run]
lienlac fees table    [--period "…"] [--xlsx <file>] [--json]
all:   [--school …]`;

/** lienlac fees <what> …: what the cashier does. */
export const feesCommand: Command = async ([what = '', ...args], settings) => {
  const command = Object.hasOwn(COMMANDS, what) ? COMMANDS[what] : undefined;
  if (!command) throw new HubError('badInput', { problem: USAGE });
  return command(args, settings);
};
