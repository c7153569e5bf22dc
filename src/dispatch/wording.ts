import type { Message, OpenAccount } from '../channels/index.ts';
import type { Claimed } from '../outbox/index.ts';
import { compileTemplate, renderText, type Texts, toMail, toTelegram } from '../render/index.ts';
import type { Signer } from '../security/index.ts';
import type { NoticeId, TemplateId } from '../store/ids.ts';
import type { PrismaClient } from '../store/prisma/client.ts';
import type { Clock } from '../time/index.ts';

/** Notices and template versions never change, so they are read once; the oldest are forgotten beyond this many. */
const KEPT_MOST = 500;

type NoticeText = { kind: string; title: string; asksToConfirm: boolean; school: string; vars: Record<string, unknown>; validUntil: string | null };
type TemplateText = { id: string; language: string; subject: string; body: string };

export interface Wording {
  /** The message of one delivery, worded and cut for its channel. @throws when the template cannot be filled. */
  word(delivery: Claimed, account: OpenAccount): Promise<Message>;
}

class Kept<K, V> {
  readonly #values = new Map<K, Promise<V>>();

  get(key: K, read: () => Promise<V>): Promise<V> {
    const known = this.#values.get(key);
    if (known) return known;
    const value = read();
    value.catch(() => this.#values.delete(key));
    this.#values.set(key, value);
    const [oldest] = this.#values.keys();
    if (this.#values.size > KEPT_MOST && oldest !== undefined) this.#values.delete(oldest);
    return value;
  }
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
  const notices = new Kept<NoticeId, NoticeText>();
  const templates = new Kept<TemplateId, TemplateText>();

  const noticeOf = (id: NoticeId) =>
    notices.get(id, async () => {
      const row = await db.notice.findUniqueOrThrow({ where: { id }, include: { school: { select: { name: true } } } });
      const { kind, title, asksToConfirm } = row;
      const validUntil = row.validUntil?.toISOString() ?? null;
      return { kind, title, asksToConfirm, school: row.school.name, vars: row.vars as Record<string, unknown>, validUntil };
    });
  const templateOf = (id: TemplateId) =>
    templates.get(id, () =>
      db.messageTemplate.findUniqueOrThrow({ where: { id }, select: { id: true, language: true, subject: true, body: true } }),
    );

  const link = (path: string, token: string) => `${publicUrl()}${path}${token}`;

  function varsOf(delivery: Claimed, notice: NoticeText): Record<string, unknown> {
    return {
      ...notice.vars,
      ...delivery.vars,
      child: delivery.child,
      className: delivery.className,
      school: notice.school,
      title: notice.title,
      validUntil: notice.validUntil,
      confirm: notice.asksToConfirm,
      reminder: delivery.round > 1,
    };
  }

  return {
    async word(delivery, account) {
      const [notice, template] = await Promise.all([noticeOf(delivery.noticeId), templateOf(delivery.templateId)]);
      const { language } = template;
      const vars = varsOf(delivery, notice);
      const t = (key: string) => texts.say(language, key);
      if (notice.kind === 'invitation') {
        const expiresAt = new Date(clock.now().getTime() + INVITE_DAYS * DAY_MS);
        vars.inviteUrl = link('/family/link/', signer.sign('invite', delivery.contactId, expiresAt));
      }
      const { subject, document } = renderText(compileTemplate(template, variablesOf(notice.kind)), vars, { language });
      const to = { address: delivery.address, deliveryId: delivery.id, partsSent: delivery.partsSent };
      if (account.channel.markup === 'telegram') {
        const parts = toTelegram(document, account.channel.limits.textMax);
        const buttons = notice.asksToConfirm ? [[{ label: t('chat:confirmButton'), action: `ack:${delivery.id}` }]] : [];
        return { ...to, parts, buttons };
      }
      const unsubscribeUrl = link('/u/', signer.sign('unsubscribe', delivery.contactId));
      const button =
        notice.kind === 'invitation'
          ? [{ label: t('mail:inviteButton'), url: String(vars.inviteUrl) }]
          : notice.asksToConfirm
            ? [{ label: t('chat:confirmButton'), url: link('/family/confirm/', signer.sign('confirm', delivery.id)) }]
            : [];
      const mail = toMail(document, {
        subject,
        language,
        footer: texts.say(language, 'mail:footer', { school: notice.school }),
        buttons: button,
        unsubscribe: { label: t('mail:unsubscribe'), url: unsubscribeUrl },
      });
      return {
        ...to,
        parts: [{ markup: mail.html, plain: mail.plain }],
        subject: mail.subject,
        fromName: notice.school,
        unsubscribeUrl,
      };
    },
  };
}
