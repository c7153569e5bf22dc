import type { Message, OpenAccount } from '../channels/index.ts';
import type { Claimed } from '../outbox/index.ts';
import { compileTemplate, renderText, type Texts, toMail, toTelegram } from '../render/index.ts';
import type { Signer } from '../security/index.ts';
import type { NoticeId, TemplateId } from '../store/ids.ts';
import type { PrismaClient } from '../store/prisma/client.ts';
import type { Clock } from '../time/index.ts';

/** Notices and template versions never change, so they are read once; the oldest are forgotten beyond this many. */
const KEPT_MOST = 500;

type NoticeText = { kind: string; school: string; asksToConfirm: boolean; vars: Record<string, unknown> };
type TemplateText = { id: string; language: string; subject: string; body: string };

export interface Wording {
  /** The message of one delivery, worded and cut for its channel. @throws when the template cannot be filled. */
  word(delivery: Claimed, account: OpenAccount): Message | Promise<Message>;
}

/** How long the link in a confirmation mail is good. */
const INVITE_DAYS = 60;
const DAY_MS = 86_400_000;

export type WordingPorts = {
  db: PrismaClient;
  texts: Texts;
  signer: Signer;
  clock: Clock;
  /** Where families reach the pages. */
  publicUrl: () => string;
  /** Every variable that a kind's templates may use. */
  variablesOf: (kind: string) => readonly string[];
};

export function openWording({ db, texts, signer, clock, publicUrl, variablesOf }: WordingPorts): Wording {
  const notices = new Map<NoticeId, NoticeText>();
  const templates = new Map<TemplateId, TemplateText>();

  async function load({ noticeId, templateId }: Claimed): Promise<void> {
    const notice = await db.notice.findUniqueOrThrow({ where: { id: noticeId }, include: { school: { select: { name: true } } } });
    const { kind, title, asksToConfirm } = notice;
    const school = notice.school.name;
    const validUntil = notice.validUntil?.toISOString() ?? null;
    const vars = { ...(notice.vars as Record<string, unknown>), school, title, validUntil, confirm: asksToConfirm };
    keep(notices, noticeId, { kind, school, asksToConfirm, vars });
    const select = { id: true, language: true, subject: true, body: true } as const;
    keep(templates, templateId, await db.messageTemplate.findUniqueOrThrow({ where: { id: templateId }, select }));
  }

  const link = (path: string, token: string) => `${publicUrl()}${path}${token}`;

  function wordFor(delivery: Claimed, notice: NoticeText, template: TemplateText, { channel }: OpenAccount): Message {
    const { language } = template;
    const { child, className } = delivery;
    const vars: Record<string, unknown> = { ...notice.vars, ...delivery.vars, child, className, reminder: delivery.round > 1 };
    const text = renderText(compileTemplate(template, variablesOf(notice.kind)), vars, { language });
    const to = { address: delivery.address, deliveryId: delivery.id, partsSent: delivery.partsSent };
    if (channel.markup === 'telegram') {
      const label = notice.asksToConfirm ? texts.say(language, 'chat:confirmButton') : null;
      const buttons = label ? [[{ label, action: `ack:${delivery.id}` }]] : [];
      return { ...to, parts: toTelegram(text.document, channel.limits.textMax), buttons };
    }
    const unsubscribeUrl = link('/u/', signer.sign('unsubscribe', delivery.contactId));
    const mail = toMail(text.document, {
      subject: text.subject,
      language,
      footer: texts.say(language, 'mail:footer', { school: notice.school }),
      buttons: mailButtons(delivery, notice, language),
      unsubscribe: { label: texts.say(language, 'mail:unsubscribe'), url: unsubscribeUrl },
    });
    const parts = [{ markup: mail.html, plain: mail.plain }];
    return { ...to, parts, subject: mail.subject, fromName: notice.school, unsubscribeUrl };
  }

  function mailButtons(delivery: Claimed, notice: NoticeText, language: string): { label: string; url: string }[] {
    if (notice.kind === 'invitation') {
      const token = signer.sign('invite', delivery.contactId, new Date(clock.now().getTime() + INVITE_DAYS * DAY_MS));
      return [{ label: texts.say(language, 'mail:inviteButton'), url: link('/family/link/', token) }];
    }
    if (!notice.asksToConfirm) return [];
    return [{ label: texts.say(language, 'chat:confirmButton'), url: link('/family/confirm/', signer.sign('confirm', delivery.id)) }];
  }

  return {
    word(delivery, account) {
      const notice = notices.get(delivery.noticeId);
      const template = templates.get(delivery.templateId);
      return notice && template ? wordFor(delivery, notice, template, account) : load(delivery).then(() => this.word(delivery, account));
    },
  };
}

function keep<K, V>(kept: Map<K, V>, key: K, value: V): void {
  kept.set(key, value);
  const [oldest] = kept.keys();
  if (kept.size > KEPT_MOST && oldest !== undefined) kept.delete(oldest);
}
