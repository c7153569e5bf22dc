#!/usr/bin/env node
// The commands of `lienlac`. Each is one file in commands/; the demo is a folder of its own beside src.

import type { Command } from './commands/command.ts';
import { readSettings } from './config.ts';
import { HubError } from './errors.ts';
import { openTexts } from './render/index.ts';
import { inPackage } from './store/index.ts';

const COMMANDS: Record<string, () => Promise<Command>> = {
  setup: async () => (await import('./commands/setup.ts')).setupCommand,
  serve: async () => (await import('./commands/serve.ts')).serveCommand,
  worker: async () => (await import('./commands/serve.ts')).workerCommand,
  demo: async () => (await import('../demo/demo.ts')).demoCommand,
  import: async () => (await import('./commands/import.ts')).importCommand,
  marks: async () => (await import('./commands/marks.ts')).marksCommand,
  codes: async () => (await import('./commands/codes.ts')).codesCommand,
  notice: async () => (await import('./commands/notice.ts')).noticeCommand,
  fees: async () => (await import('./commands/fees.ts')).feesCommand,
  forms: async () => (await import('./commands/forms.ts')).formsCommand,
  report: async () => (await import('./commands/report.ts')).reportCommand,
  staff: async () => (await import('./commands/staff.ts')).staffCommand,
  absences: async () => (await import('./commands/absences.ts')).absencesCommand,
  calendar: async () => (await import('./commands/calendar.ts')).calendarCommand,
  requests: async () => (await import('./commands/requests.ts')).requestsCommand,
  migrate: async () => (await import('./commands/serve.ts')).migrateCommand,
  oa: async () => (await import('./commands/oa.ts')).oaCommand,
  caps: async () => (await import('./commands/caps.ts')).capsCommand,
  doctor: async () => (await import('./commands/doctor.ts')).doctorCommand,
  settings: async () => (await import('./commands/settings.ts')).settingsCommand,
};

async function main([name = '', ...args]: string[]): Promise<number> {
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (!command) {
    process.stderr.write(`lienlac ${Object.keys(COMMANDS).join(' | ')}\n`);
    return name === '' || name === 'help' || name === '--help' ? 0 : 64;
  }
  return (await command())(args, readSettings());
}

/** What went wrong, for the person at the keyboard: in both languages, with what to do. */
function explain(error: unknown): number {
  if (!(error instanceof HubError)) {
    const parsing = (error as { code?: string }).code?.startsWith('ERR_PARSE_ARGS') === true;
    process.stderr.write(
      `${parsing ? (error as Error).message : ((error as Error).stack ?? String(error))}\n`,
    );
    return parsing ? 64 : 70;
  }
  const texts = openTexts(inPackage('locales'));
  for (const language of ['vi', 'en'])
    process.stderr.write(`${texts.say(language, `errors:${error.code}`, error.data)}\n`);
  return error.exitCode;
}

const code = await main(process.argv.slice(2)).catch(explain);
// Whatever is still open (a closing socket, a pool) must not hold the command.
process.exit(code);
