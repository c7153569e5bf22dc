import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { SETTINGS } from '../config.ts';
import { inPackage } from '../store/index.ts';
import { type Command, print } from './command.ts';

const MARK = /(<!-- settings -->\n)[\s\S]*?(<!-- \/settings -->)/;

/** The table of settings as Markdown. */
export function settingsTable(): string {
  const rows = Object.entries(
    SETTINGS as Record<string, { fallback?: string; unit?: string; why: string }>,
  ).map(
    ([name, { fallback, unit, why }]) =>
      `| \`${name}\` | ${fallback === undefined ? '' : `\`${fallback}\``} | ${unit ?? ''} | ${why} |`,
  );
  return ['| setting | default | unit | why |', '|---|---|---|---|', ...rows].join('\n');
}

/** lienlac settings [--write]: prints the table, or writes it into README.md; a test finds a README that is behind. */
export const settingsCommand: Command = async (args) => {
  const { values } = parseArgs({ args, options: { write: { type: 'boolean', default: false } } });
  if (!values.write) {
    print(settingsTable());
    return 0;
  }
  const path = inPackage('README.md');
  writeFileSync(path, readFileSync(path, 'utf8').replace(MARK, `$1${settingsTable()}\n$2`));
  return 0;
};
