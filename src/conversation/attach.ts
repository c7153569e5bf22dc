import type { Attachments } from '../attachments/index.ts';
import type { MessageAttachment } from '../channels/index.ts';
import type { Texts } from '../render/index.ts';
import type { Reply } from './say.ts';

/** A reply with the bytes of what it carries. Where their time is over, it says so instead. */
export async function withFile(
  { attachments, texts }: { attachments: Attachments; texts: Texts },
  chat: { accountId: string; address: string },
  language: string,
  reply: Reply,
): Promise<{ reply: Reply; file?: MessageAttachment }> {
  const { attachment: id } = reply;
  if (id === undefined) return { reply };
  const file = await attachments.open(id);
  if (!file)
    return { reply: { ...reply, text: `${reply.text}\n\n${texts.say(language, 'talk:file.over')}` } };
  const link = attachments.link(id, { chat });
  const instead = texts.say(language, 'talk:file.instead', { name: file.name, link });
  return { reply, file: { ...file, link, instead } };
}
