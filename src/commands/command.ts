import type { Settings } from '../config.ts';
import { HubError } from '../errors.ts';
import { type Office, openOffice } from '../office.ts';
import { type FoundSchool, findSchool } from '../school/index.ts';

/** One command of the command line. Returns the exit code. */
export type Command = (args: string[], settings: Settings) => Promise<number>;

/** Who acts, in the audit. */
export const CLI_ACTOR = 'cli';

/** Opens the office beside a running hub (or alone), works, and closes it. Only warnings are logged. */
export async function inOffice<T>(settings: Settings, work: (office: Office) => Promise<T>): Promise<T> {
  const quiet = settings.LOG_LEVEL === 'info' ? { ...settings, LOG_LEVEL: 'warn' as const } : settings;
  const office = await openOffice(quiet, { as: 'guest' });
  try {
    return await work(office);
  } finally {
    await office.close();
  }
}

/** The school that `--school` names, or the only one. */
export async function schoolOf(office: Office, named: string | undefined): Promise<FoundSchool> {
  try {
    return await findSchool(office.db.prisma, named);
  } catch (error) {
    if (!(error instanceof HubError) || error.code !== 'notFound') throw error;
    const problem = named
      ? `--school ${named}: không có / not found`
      : 'chưa có trường (lienlac setup), hoặc có nhiều trường: --school <tên> / no school yet (lienlac setup), or several: --school <name>';
    throw new HubError('badInput', { problem });
  }
}

/** A needed option. @throws HubError `badInput` that names it. */
export function needed(value: string | undefined, option: string): string {
  if (!value?.trim()) throw new HubError('badInput', { problem: `--${option}` });
  return value;
}

export const print = (line = ''): void => void process.stdout.write(`${line}\n`);
