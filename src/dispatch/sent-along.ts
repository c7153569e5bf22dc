import type { Attachments } from '../attachments/index.ts';
import type { Message, OpenAccount } from '../channels/index.ts';
import type { Claimed } from '../outbox/index.ts';
import type { Texts } from '../render/index.ts';
import type { PrismaClient } from '../store/prisma/client.ts';
import type { Wording } from './wording.ts';

/** Notices never change, so what goes with one is looked up once; the oldest are forgotten. */
const KEPT_MOST = 500;

type Along = { id: string; language: string } | null;

/** What goes with a notice is added to its worded messages; nearly all have nothing, and are not held up. */
export function withAttachments(
  wording: Wording,
  { db, attachments, texts }: { db: PrismaClient; attachments: Attachments; texts: Texts },
): Wording {
  const known = new Map<string, Along>();

  async function load(key: string, { noticeId, templateId }: Claimed): Promise<Along> {
    const notice = await db.notice.findUniqueOrThrow({
      where: { id: noticeId },
      select: { attachmentId: true },
    });
    const { attachmentId: id } = notice;
    const template =
      id === null ? null : await db.messageTemplate.findUniqueOrThrow({ where: { id: templateId } });
    const along = id !== null && template ? { id, language: template.language } : null;
    known.set(key, along);
    const [oldest] = known.keys();
    if (known.size > KEPT_MOST && oldest !== undefined) known.delete(oldest);
    return along;
  }

  async function add(delivery: Claimed, message: Message, along: NonNullable<Along>): Promise<Message> {
    const file = await attachments.open(along.id);
    if (!file) return message;
    const link = attachments.link(along.id, { delivery: delivery.id });
    const instead = texts.say(along.language, 'talk:file.instead', { name: file.name, link });
    return { ...message, attachment: { ...file, link, instead } };
  }

  async function wordWith(delivery: Claimed, account: OpenAccount, along: Along): Promise<Message> {
    const message = await wording.word(delivery, account);
    return along ? add(delivery, message, along) : message;
  }

  return {
    word(delivery, account) {
      const key = `${delivery.noticeId}/${delivery.templateId}`;
      const along = known.get(key);
      if (along === null) return wording.word(delivery, account);
      return along
        ? wordWith(delivery, account, along)
        : load(key, delivery).then((found) => wordWith(delivery, account, found));
    },
  };
}
