import { randomUUID } from 'node:crypto';
import { parseArgs } from 'node:util';
import { draftClassNotice } from '../classroom/index.ts';
import { HubError } from '../errors.ts';
import type { Audience, NoticeDraft } from '../notices/index.ts';
import type { Office } from '../office.ts';
import { ACTIONS, CAUSES, draftSafetyNotice, type SafetyNotice } from '../safety/index.ts';
import { findClass } from '../school/index.ts';
import { CLI_ACTOR, type Command, inOffice, needed, print, schoolOf } from './command.ts';

const OPTIONS = {
  school: { type: 'string' },
  class: { type: 'string', multiple: true },
  'except-class': { type: 'string', multiple: true },
  grade: { type: 'string', multiple: true },
  title: { type: 'string' },
  text: { type: 'string' },
  sender: { type: 'string' },
  confirm: { type: 'boolean', default: false },
  'valid-until': { type: 'string' },
  cause: { type: 'string' },
  action: { type: 'string' },
  level: { type: 'string' },
  authority: { type: 'string' },
  letter: { type: 'string' },
  from: { type: 'string' },
  to: { type: 'string' },
  supersedes: { type: 'string' },
  key: { type: 'string' },
} as const;

const USAGE = `
lienlac notice class --class 6A1 --title … --text … [--sender …] [--confirm] [--valid-until 2026-11-30T17:00]
lienlac notice safety --cause ${CAUSES.join('|')}
       --action ${ACTIONS.join('|')}
       --title … --authority … [--text …] [--level 1–4] [--letter …] [--from …] [--to …]
       [--class …] [--grade …] [--except-class …] [--supersedes <id>]
both:  [--school …] [--key <idempotency key>]`;

const parse = (args: string[]) => parseArgs({ args, options: OPTIONS });
type Values = ReturnType<typeof parse>['values'];
type About = { schoolId: string; createdBy: string; idempotencyKey: string };

const MINUTE_MS = 60_000;

/** lienlac notice class|safety …: accepts a notice and returns; a running hub sends it. */
export const noticeCommand: Command = async ([kind = '', ...rest], settings) => {
  if (kind !== 'class' && kind !== 'safety') throw new HubError('badInput', { problem: USAGE });
  const { values } = parse(rest);
  return inOffice(settings, async (office) => {
    const school = await schoolOf(office, values.school);
    const about = { schoolId: school.id, createdBy: CLI_ACTOR, idempotencyKey: values.key ?? randomUUID() };
    const draft =
      kind === 'class' ? await classDraft(office, values, about) : await safetyDraft(office, values, about);
    const published = await office.publish(draft);
    print(
      JSON.stringify({ id: published.id, audience: published.audienceSize, replayed: published.replayed }),
    );
    return 0;
  });
};

async function classDraft(office: Office, values: Values, about: About): Promise<NoticeDraft> {
  const [className, ...more] = values.class ?? [];
  if (more.length) throw new HubError('badInput', { problem: '--class: một lớp / one class' });
  const found = await findClass(office.db.prisma, {
    schoolId: about.schoolId,
    name: needed(className, 'class'),
  });
  const validUntil = instant(values['valid-until'], 'valid-until');
  return draftClassNotice(
    {
      classId: found.id,
      title: needed(values.title, 'title'),
      body: needed(values.text, 'text'),
      sender: values.sender,
      asksToConfirm: values.confirm,
      ...(validUntil ? { validUntil } : {}),
    },
    about,
  );
}

async function safetyDraft(office: Office, values: Values, about: About): Promise<NoticeDraft> {
  const now = office.clock.now();
  const idOf = async (name: string) =>
    (await findClass(office.db.prisma, { schoolId: about.schoolId, name })).id;
  const scope: Audience = {
    ...(values.class ? { classIds: await Promise.all(values.class.map(idOf)) } : {}),
    ...(values['except-class']
      ? { exceptClassIds: await Promise.all(values['except-class'].map(idOf)) }
      : {}),
    ...(values.grade ? { grades: values.grade.map(Number) } : {}),
  };
  const to = instant(values.to, 'to');
  return draftSafetyNotice(
    {
      cause: needed(values.cause, 'cause') as SafetyNotice['cause'],
      action: needed(values.action, 'action') as SafetyNotice['action'],
      title: needed(values.title, 'title'),
      authority: needed(values.authority, 'authority'),
      body: values.text ?? '',
      from: instant(values.from, 'from') ?? now,
      scope,
      ...(values.level ? { level: Number(values.level) } : {}),
      ...(values.letter ? { letterNo: values.letter } : {}),
      ...(to ? { to } : {}),
      ...(values.supersedes ? { supersedesId: values.supersedes } : {}),
    },
    about,
    new Date(now.getTime() + office.settings.SAFETY_CONFIRM_MINUTES * MINUTE_MS),
  );
}

/** "2026-11-30T17:00" is school time; a zone may be given. */
export function instant(text: string | undefined, option: string): Date | undefined {
  if (text === undefined) return undefined;
  const zoned =
    /(Z|[+-]\d{2}:?\d{2})$/.test(text) && text.includes('T')
      ? text
      : `${text.includes('T') ? text : `${text}T00:00`}+07:00`;
  const at = new Date(zoned);
  if (Number.isNaN(at.getTime())) throw new HubError('badInput', { problem: `--${option} 2026-11-30T17:00` });
  return at;
}
