import type { TemplateChoice } from '../outbox/index.ts';
import { compileTemplate, FALLBACK_LANGUAGE } from '../render/index.ts';
import type { Prisma, PrismaClient } from '../store/prisma/client.ts';
import { COMMON_VARIABLES, type NoticeKind, type NoticeKinds } from './kind.ts';

export type TemplateText = { subject: string; body: string };

/** Where a template belongs; `schoolId` null: the hub's own; `channel` null: every channel. */
export type TemplatePlace = {
  schoolId: string | null;
  kind: string;
  language: string;
  channel: string | null;
};

/** Every variable that the templates of a kind may use. */
export const variablesOf = (kind: NoticeKind): string[] => [...COMMON_VARIABLES, ...kind.variables];

/**
 * Saves a new version of a template; the versions before it stay, so that what was said can be shown again.
 * @throws HubError `badTemplate` when it cannot be parsed or names a variable that its kind does not have.
 */
export async function saveTemplate(
  db: Prisma.TransactionClient | PrismaClient,
  kinds: NoticeKinds,
  place: TemplatePlace,
  text: TemplateText,
): Promise<{ id: string; version: number }> {
  const kind = [...kinds.values()].find((one) => Object.values(one.templates).includes(place.kind));
  compileTemplate({ id: `${place.kind}/${place.language}`, ...text }, kind ? variablesOf(kind) : []);
  const newest = await db.messageTemplate.findFirst({ where: place, orderBy: { version: 'desc' } });
  const version = (newest?.version ?? 0) + 1;
  const { id } = await db.messageTemplate.create({ data: { ...place, ...text, version } });
  return { id, version };
}

/** Brings the hub's own templates to what the locales say now; a new version only where the text changed. */
export async function seedTemplates(
  db: PrismaClient,
  kinds: NoticeKinds,
  seeds: readonly (TemplateText & { kind: string; language: string })[],
): Promise<void> {
  await db.$transaction(async (tx) => {
    // Two processes that start together must not write the same version twice.
    await tx.$queryRaw`select pg_advisory_xact_lock(hashtextextended('seed templates', 0))::text`;
    for (const { kind, language, subject, body } of seeds) {
      const place = { schoolId: null, kind, language, channel: null };
      const newest = await tx.messageTemplate.findFirst({ where: place, orderBy: { version: 'desc' } });
      if (newest?.subject !== subject || newest.body !== body)
        await saveTemplate(tx, kinds, place, { subject, body });
    }
  });
}

/**
 * The newest templates of a kind for one school, for every language and channel: the school's own before the hub's,
 * one made for the channel before one for all. A language that has words for some channels only speaks the fallback
 * language on the others: nobody is left out for want of a translation.
 */
export async function chooseTemplates(
  db: Prisma.TransactionClient,
  schoolId: string,
  kind: string,
  channels: readonly string[],
): Promise<TemplateChoice[]> {
  const rows = await db.messageTemplate.findMany({
    where: { kind, OR: [{ schoolId }, { schoolId: null }] },
    orderBy: { version: 'desc' },
    select: { id: true, language: true, channel: true, schoolId: true },
  });
  const weight = (row: (typeof rows)[number]) => (row.schoolId ? 2 : 0) + (row.channel ? 1 : 0);
  const best = (language: string, channel: string) =>
    rows
      .filter((row) => row.language === language && (row.channel === null || row.channel === channel))
      .toSorted((a, b) => weight(b) - weight(a))[0];
  const languages = [...new Set(rows.map((row) => row.language))];
  return languages.flatMap((language) =>
    channels.flatMap((channel) => {
      const template = best(language, channel) ?? best(FALLBACK_LANGUAGE, channel);
      return template ? [{ language, channel, templateId: template.id }] : [];
    }),
  );
}
