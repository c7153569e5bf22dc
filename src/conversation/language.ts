import type { Reply } from './say.ts';
import type { Talk } from './talk.ts';

/** In which language a guardian is written to from now on, whatever the matter and the channel. */
export async function setLanguage(talk: Talk, language: string): Promise<Reply[]> {
  const ids = talk.children.map((child) => child.guardianId);
  await talk.ports.db.prisma.guardian.updateMany({ where: { id: { in: ids } }, data: { language } });
  return [{ text: talk.ports.texts.say(language, ids.length ? 'chat:languageSet' : 'chat:greeting') }];
}
