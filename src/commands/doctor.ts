import { parseArgs } from 'node:util';
import { openAccounts } from '../channels/index.ts';
import type { Office } from '../office.ts';
import { describeUsage, isUsedUp } from './caps.ts';
import { type Command, inOffice, print } from './command.ts';

type Finding = { part: string; well: boolean; words: string };

/** lienlac doctor [--json]: looks at every part and says what is wrong and what to do. Exit code 1 when something is. */
export const doctorCommand: Command = async (args, settings) => {
  const { values } = parseArgs({ args, options: { json: { type: 'boolean', default: false } } });
  return inOffice(settings, async (office) => {
    const findings = [...(await ground(office)), ...(await channels(office))];
    for (const one of findings)
      print(values.json ? JSON.stringify(one) : `${one.well ? '✓' : '✗'} ${one.part}: ${one.words}`);
    return findings.every((one) => one.well) ? 0 : 1;
  });
};

async function ground({ db, settings }: Office): Promise<Finding[]> {
  const { rows } = await db.pool.query<{ version: string; encoding: string }>(
    `select current_setting('server_version') as version, current_setting('server_encoding') as encoding`,
  );
  const server = rows[0];
  const schools = await db.prisma.orgUnit.count({ where: { kind: 'school' } });
  const where = db.embedded ? settings.DATA_DIR : 'DATABASE_URL';
  return [
    {
      part: 'database',
      well: server?.encoding === 'UTF8',
      words: `PostgreSQL ${server?.version} ${server?.encoding}, ${where}`,
    },
    { part: 'bell', well: true, words: `BullMQ, ${settings.REDIS_URL ? 'Redis' : 'PostgreSQL'}` },
    {
      part: 'schools',
      well: schools > 0,
      words: schools ? String(schools) : 'chưa có: lienlac setup / none yet: lienlac setup',
    },
    {
      part: 'PUBLIC_URL',
      well: true,
      words:
        settings.PUBLIC_URL ??
        'chưa đặt: liên kết trong thư chỉ mở được trên máy này / not set: links in mails open on this machine only',
    },
  ];
}

async function channels(office: Office): Promise<Finding[]> {
  const { prisma, pool } = office.db;
  const rows = await prisma.channelAccount.findMany();
  if (!rows.length)
    return [
      {
        part: 'channels',
        well: false,
        words: 'chưa nối kênh nào: lienlac setup / none connected: lienlac setup',
      },
    ];
  const accounts = openAccounts(prisma, office.channels, office.sealer, office.log);
  const findings: Finding[] = [];
  for (const row of rows) {
    const part = `${row.channel} ${row.name}`;
    if (row.stoppedReason) {
      const mend = row.channel === 'zalo-oa' ? 'lienlac oa connect' : 'lienlac setup';
      findings.push({
        part,
        well: false,
        words: `đang dừng, nối lại bằng ${mend} / stopped, connect anew with ${mend}: ${row.stoppedReason}`,
      });
      continue;
    }
    try {
      const { connection } = await accounts.open(row.id);
      await connection.whoAmI();
      const usage = (await connection.usage?.()) ?? [];
      const say = (language: string) =>
        usage.length ? `; ${describeUsage(usage, office.texts, language)}` : '';
      const { rows: sums } = await pool.query<{ count: number }>(
        `select count(*)::int as count from delivery where account_id = $1 and state = 'pending'`,
        [row.id],
      );
      findings.push({
        part,
        well: !isUsedUp(usage),
        words: `tốt, ${sums[0]?.count ?? 0} đang chờ gửi${say('vi')} / well, ${sums[0]?.count ?? 0} waiting${say('en')}`,
      });
    } catch (error) {
      findings.push({ part, well: false, words: (error as Error).message });
    }
  }
  await accounts.close();
  const groups = await prisma.classGroup.findMany({ where: { stoppedReason: { not: null } } });
  for (const { groupId, stoppedReason } of groups)
    findings.push({
      part: `zalo-oa group ${groupId}`,
      well: false,
      words: `không nhận tin nữa, nối lại bằng lienlac oa group / takes nothing any more, connect anew with lienlac oa group: ${stoppedReason}`,
    });
  return findings;
}
