import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { importPath } from '../src/commands/import.ts';
import { connectChannel, ensureAdministrator, ensureSchool } from '../src/commands/setup.ts';
import type { ImportReport } from '../src/ingest/index.ts';
import type { Office } from '../src/office.ts';
import type { MailSandbox, TelegramSandbox, ZaloBotSandbox } from '../src/sandbox/index.ts';
import { inPackage } from '../src/store/index.ts';

/** All names and numbers in demo/school are invented. */
const SCHOOL = {
  school: 'Trường TH&THCS Hoa Mai',
  parent: 'Sở Giáo dục và Đào tạo Cao Bằng',
  'admin-name': 'Nông Thị Hiền',
};
/**
 * Three times what the real services take in a second, so that nobody waits half a minute for sixty families; the stand-in's limit is as much
 * higher. How exactly a pace is kept is shown by `npm run bench -- limit`.
 */
export const DEMO_PACE = 3;
export const MAIL_FROM = 'truong@hoamai.example.com';

/** The sample school with its channels, as `lienlac setup` makes it. */
export async function setUpSchool(
  office: Office,
  telegram: TelegramSandbox,
  zalo: ZaloBotSandbox,
  mail: MailSandbox,
): Promise<string> {
  const schoolId = await ensureSchool(office, SCHOOL);
  await ensureAdministrator(office, schoolId, SCHOOL);
  await connectChannel(office, schoolId, 'telegram', telegram.token, null);
  await connectChannel(office, schoolId, 'zalo-bot', zalo.token, null);
  await connectChannel(office, schoolId, 'email', mail.url, MAIL_FROM);
  for (const channel of ['telegram', 'email']) {
    const perSecond = (office.channels.get(channel)?.limits.perSecond ?? 0) * DEMO_PACE;
    await office.db.prisma.channelAccount.updateMany({ where: { channel }, data: { perSecond } });
  }
  return schoolId;
}

/** The class lists first, then the list of contacts. */
export function sampleFiles(): string[] {
  const folder = inPackage('demo/school');
  const files = readdirSync(folder);
  return ['danh-sach-hoc-sinh-', 'lien-he-phu-huynh-'].flatMap((start) =>
    files.filter((file) => file.startsWith(start)).map((file) => join(folder, file)),
  );
}

export async function importSamples(
  office: Office,
  schoolId: string,
  imported: (report: ImportReport) => void,
): Promise<ImportReport[]> {
  const reports: ImportReport[] = [];
  for (const path of sampleFiles()) {
    const report = await importPath(office, schoolId, path, { dryRun: false });
    imported(report);
    reports.push(report);
  }
  return reports;
}
