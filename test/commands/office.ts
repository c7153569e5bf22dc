// Runs commands as main.ts does, in this process: what they print, their exit code or the refusal.

import type { Command } from '../../src/commands/command.ts';
import type { Settings } from '../../src/config.ts';
import { HubError } from '../../src/errors.ts';
import { type MailSandbox, startMail, startTelegram, type TelegramSandbox } from '../../src/sandbox/index.ts';
import type { Database } from '../../src/store/index.ts';
import { databaseUrl, testSettings } from '../flow/town.ts';
import { atEnd, testDatabase } from '../harness/index.ts';

export type Desk = {
  database: Database;
  settings: Settings;
  telegram: TelegramSandbox;
  mail: MailSandbox;
  /** Runs a command; lines are what it printed. */
  run(command: Command, ...args: string[]): Promise<{ code: number; lines: string[] }>;
  /** Runs a command that must be refused, and returns the refusal. */
  refused(command: Command, ...args: string[]): Promise<HubError>;
};

/** Runs a command and keeps what it prints. */
export async function printed(command: () => Promise<number>): Promise<{ code: number; text: string }> {
  const { write } = process.stdout;
  let text = '';
  process.stdout.write = ((chunk: string) => {
    text += chunk;
    return true;
  }) as typeof write;
  try {
    return { code: await command(), text };
  } finally {
    process.stdout.write = write;
  }
}

/** A database without any school, and the stand-ins that setup will be told of. */
export async function openDesk(more: Record<string, string> = {}): Promise<Desk> {
  const database = await testDatabase();
  const telegram = await startTelegram({
    token: '7000000001:TEST-this_is_the_secret_part_of_it',
    username: 'TruongHoaMaiBot',
  });
  const mail = await startMail();
  atEnd(async () => void (await Promise.all([telegram.stop(), mail.stop()])));
  const settings = await testSettings({
    DATABASE_URL: databaseUrl(database),
    TELEGRAM_API_ROOT: telegram.root,
    LOG_LEVEL: 'silent',
    ...more,
  });

  const run = async (command: Command, ...args: string[]) => {
    const { code, text } = await printed(() => command(args, settings));
    return { code, lines: text.split('\n').filter((line) => line !== '') };
  };
  return {
    database,
    settings,
    telegram,
    mail,
    run,
    async refused(command, ...args) {
      try {
        await run(command, ...args);
      } catch (error) {
        if (error instanceof HubError) return error;
        throw error;
      }
      throw new Error(`not refused: ${args.join(' ')}`);
    },
  };
}

export const SETUP = [
  '--school',
  'Trường TH&THCS Hoa Mai',
  '--parent',
  'Sở Giáo dục và Đào tạo Cao Bằng',
  '--admin-name',
  'Nông Thị Hiền',
];
