import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { codeSheet } from '../render/index.ts';
import { findClass, guardianTitle, issueCodes, showLinkCode } from '../school/index.ts';
import { CLI_ACTOR, type Command, inOffice, needed, print, schoolOf } from './command.ts';

/** "2026-11-30", as the day is in school. */
const SCHOOL_DAY = new Intl.DateTimeFormat('sv-SE', { timeZone: 'Asia/Ho_Chi_Minh' });

/**
 * lienlac codes --class 6A1 [--school …] [--json] [--sheet ma-6A1.html]: new one-time codes of a class; unused older ones
 * end. `--sheet`: as papers to print and cut apart, with a QR code where there is a link.
 */
export const codesCommand: Command = async (args, settings) => {
  const { values } = parseArgs({
    args,
    options: {
      class: { type: 'string' },
      school: { type: 'string' },
      json: { type: 'boolean', default: false },
      sheet: { type: 'string' },
    },
  });
  const name = needed(values.class, 'class');
  return inOffice(settings, async (office) => {
    const school = await schoolOf(office, values.school);
    const found = await findClass(office.db.prisma, { schoolId: school.id, name });
    const about = { schoolId: school.id, classId: found.id, days: settings.LINK_CODE_DAYS, actor: CLI_ACTOR };
    const codes = await issueCodes(office.db.prisma, office.signer, about, office.clock.now());
    const bot = await office.db.prisma.channelAccount.findFirst({
      where: { orgUnitId: school.id, channel: 'telegram' },
    });
    const linkOf = (code: string) => (bot ? `https://t.me/${bot.name}?start=${code}` : null);
    if (values.json) {
      print(JSON.stringify(codes.map((one) => ({ ...one, link: linkOf(one.code) }))));
      return 0;
    }
    const until = codes[0] ? SCHOOL_DAY.format(codes[0].expiresAt) : '';
    if (values.sheet !== undefined) {
      const say = (key: string, about: Record<string, string> = {}) =>
        office.texts.say('vi', `school:sheet.${key}`, about);
      const papers = codes.map((one) => ({
        child: `${one.pupil} · ${found.name}`,
        guardian: guardianTitle({ fullName: one.guardian }, { fullName: one.pupil }, 'vi'),
        code: showLinkCode(one.code),
        link: linkOf(one.code),
      }));
      const words = {
        school: school.name,
        title: say('title', { school: school.name, className: found.name }),
        scan: say('scan'),
        type: say('type'),
        until: say('until', { date: until.split('-').reverse().join('/') }),
      };
      // Whoever reads it can link themselves: for the eyes of this user only.
      await writeFile(values.sheet, await codeSheet(papers, words), { mode: 0o600 });
      print(`${codes.length} → ${values.sheet}`);
      return 0;
    }
    print(`${school.name} – lớp ${found.name} – ${codes.length} mã / codes – đến / until ${until}`);
    for (const one of codes) {
      const who = guardianTitle({ fullName: one.guardian }, { fullName: one.pupil }, 'vi');
      print(`${showLinkCode(one.code)}  ${one.pupil}  (${who})  ${linkOf(one.code) ?? ''}`);
    }
    return 0;
  });
};
