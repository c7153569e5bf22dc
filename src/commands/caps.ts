import { parseArgs } from 'node:util';
import { type CapUsage, openAccounts, WARN_SHARE } from '../channels/index.ts';
import type { Office } from '../office.ts';
import type { Texts } from '../render/index.ts';
import { type Command, inOffice, print } from './command.ts';

const share = ({ used, most }: CapUsage): number => used / most;

/** Caps at whose end nothing more goes out; the others say how things stand. */
const holdsUp = ({ what }: CapUsage): boolean => what === 'users' || what === 'messages';

/** Nothing more goes out. */
export const isUsedUp = (usage: readonly CapUsage[]): boolean =>
  usage.some((one) => holdsUp(one) && share(one) >= 1);

/** lienlac caps [--json]: how much of its plan, and of the school's money, each channel account has used. */
export const capsCommand: Command = async (args, settings) => {
  const { values } = parseArgs({ args, options: { json: { type: 'boolean', default: false } } });
  return inOffice(settings, async (office) => {
    const rows = await office.db.prisma.channelAccount.findMany({ orderBy: { createdAt: 'asc' } });
    const accounts = openAccounts(office.db.prisma, office.channels, office.sealer, office.log);
    for (const { id, channel, name } of rows) {
      const { connection } = await accounts.open(id);
      const usage = (await connection.usage?.()) ?? [];
      if (values.json) print(JSON.stringify({ id, channel, name, usage }));
      else if (usage.length) print(`${channel} ${name}: ${describeUsage(usage, office.texts, 'vi')}`);
    }
    await accounts.close();
    return 0;
  });
};

/** "41 / 50 families, 2700 / 3000 messages this month" */
export function describeUsage(usage: readonly CapUsage[], texts: Texts, language: string): string {
  return usage
    .map(({ what, used, most }) =>
      texts.say(language, `report:caps.${what}`, { used: String(used), most: String(most) }),
    )
    .join(', ');
}

/** Accounts of a school whose plan is nearly or wholly used up, each as a line for people. */
export async function nearCaps(office: Office, schoolId: string): Promise<string[]> {
  const rows = await office.db.prisma.channelAccount.findMany({ where: { orgUnitId: schoolId } });
  const accounts = openAccounts(office.db.prisma, office.channels, office.sealer, office.log);
  try {
    const lines: string[] = [];
    for (const { id, name } of rows) {
      const { connection } = await accounts.open(id);
      const usage = (await connection.usage?.()) ?? [];
      if (!usage.some((one) => holdsUp(one) && share(one) >= WARN_SHARE)) continue;
      const key = isUsedUp(usage) ? 'reached' : 'near';
      const words = describeUsage(usage, office.texts, 'vi');
      lines.push(office.texts.say('vi', `report:caps.${key}`, { name, usage: words }));
    }
    return lines;
  } finally {
    await accounts.close();
  }
}
