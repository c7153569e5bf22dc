import {
  type Button,
  type Message,
  type MessagePart,
  type OpenAccount,
  offerChoices,
  type PaidForm,
  type Picture,
} from '../channels/index.ts';
import type { Claimed } from '../outbox/index.ts';
import {
  asTyped,
  type CompiledTemplate,
  compileTemplate,
  type Prepared,
  prepareTelegram,
  type RenderedText,
  readDocument,
  renderText,
  type Texts,
  toMail,
  toStyled,
  toTelegram,
} from '../render/index.ts';
import type { Signer } from '../security/index.ts';
import type { PrismaClient } from '../store/prisma/client.ts';
import type { Clock } from '../time/index.ts';
import { type MailPage, type Opening, openMailLinks } from './mail-links.ts';

/** Notices and template versions never change, so what they say together is read once; the oldest are forgotten. */
const KEPT_MOST = 500;

/** What is the same for all deliveries of one notice with one template. */
type Draft = {
  kind: string;
  urgent: boolean;
  school: string;
  language: string;
  compiled: CompiledTemplate;
  vars: Record<string, unknown>;
  /** By round: the quick way to a chat message, when there is one. */
  prepared: Map<number, Prepared | null>;
  /** On the button; null: the notice asks for nothing. */
  confirmLabel: string | null;
};

export interface Wording {
  /** The message of one delivery, worded and cut for its channel. @throws when the template cannot be filled. */
  word(delivery: Claimed, account: OpenAccount): Message | Promise<Message>;
}

/** What differs from recipient to recipient. */
const OWN_VALUES = ['child', 'className'];

export type WordingPorts = {
  db: PrismaClient;
  texts: Texts;
  signer: Signer;
  clock: Clock;
  /** Where families reach the pages. */
  publicUrl: () => string;
  /** Every variable that a kind's templates may use. */
  variablesOf: (kind: string) => readonly string[];
  /** The button of a kind that leads to a topic, for kinds that have one. */
  answerOf?: (kind: string) => { label: string; action: (deliveryId: string) => string } | undefined;
  /** What can be opened one by one, of a kind that puts things together. */
  opensOf?: (kind: string, vars: Record<string, unknown>, language: string) => readonly Opening[];
  /** The page of a kind's message that a mail links to, for kinds that have one; its signed token names the delivery. */
  pageOf?: (kind: string) => MailPage | undefined;
  /** How the pictures of a kind are made, for kinds that have some. */
  pictureOf?: (kind: string) => PictureMaker | undefined;
};

/** Makes the picture of one recipient's message from what its template is filled with; null: it has none. */
export type PictureMaker = (vars: Record<string, unknown>, language: string) => Promise<Picture | null>;

export function openWording({
  db,
  texts,
  signer,
  clock,
  publicUrl,
  variablesOf,
  answerOf,
  opensOf = () => [],
  pageOf,
  pictureOf,
}: WordingPorts): Wording {
  const drafts = new Map<string, Draft>();
  const loading = new Map<string, Promise<void>>();

  async function load(key: string, { noticeId, templateId }: Claimed): Promise<void> {
    const notice = await db.notice.findUniqueOrThrow({
      where: { id: noticeId },
      include: { school: { select: { name: true } } },
    });
    const template = await db.messageTemplate.findUniqueOrThrow({
      where: { id: templateId },
      select: { id: true, language: true, subject: true, body: true },
    });
    const { kind, title, asksToConfirm, urgent } = notice;
    const { language } = template;
    const school = notice.school.name;
    drafts.set(key, {
      kind,
      urgent,
      school,
      language,
      compiled: compileTemplate(template, variablesOf(kind)),
      vars: {
        ...(notice.vars as Record<string, unknown>),
        school,
        title,
        validUntil: notice.validUntil?.toISOString() ?? null,
        confirm: asksToConfirm,
      },
      prepared: new Map(),
      confirmLabel: asksToConfirm ? texts.say(language, 'chat:confirmButton') : null,
    });
    const [oldest] = drafts.keys();
    if (drafts.size > KEPT_MOST && oldest !== undefined) drafts.delete(oldest);
  }

  /** Many senders meet a new notice at once; one of them reads it. */
  function loadOnce(key: string, delivery: Claimed): Promise<void> {
    const running = loading.get(key) ?? load(key, delivery).finally(() => loading.delete(key));
    loading.set(key, running);
    return running;
  }

  const links = openMailLinks({ texts, signer, clock, publicUrl, opensOf, ...(pageOf ? { pageOf } : {}) });

  function buttonsOf({ id, vars }: Claimed, { kind, language, confirmLabel }: Draft): Button[] {
    const answer = answerOf?.(kind);
    return [
      ...(confirmLabel === null ? [] : [{ label: confirmLabel, action: `ack:${id}` }]),
      ...(answer ? [{ label: texts.say(language, answer.label), action: answer.action(id) }] : []),
      ...opensOf(kind, vars ?? {}, language),
    ];
  }

  /** For a channel without buttons: what can be answered stands below the text, with its number. */
  async function wordStyled(
    delivery: Claimed,
    draft: Draft,
    { id, channel, connection }: OpenAccount,
    picture: Picture | null,
  ): Promise<Message> {
    const { address, id: deliveryId, partsSent } = delivery;
    const { language, vars } = draft;
    const buttons = buttonsOf(delivery, draft);
    // Nothing can be pressed, so nothing is said of it.
    const { document } = textOf(delivery, { ...draft, vars: { ...vars, confirm: false } });
    const offered = buttons.length
      ? await offerChoices(db, { accountId: id, address }, buttons, clock.now())
      : [];
    const choices = offered.map(({ number, label }) => `${number}. ${asTyped(label)}`).join('\n');
    // An answer keeps the way open by itself; where none is asked for, it is said.
    const hint = connection.hints ? readDocument(texts.say(language, 'chat:keepOpen')) : [];
    const below = choices ? readDocument(texts.say(language, 'chat:answerByNumber', { choices })) : hint;
    const parts = toStyled([...document, ...below], channel.limits.textMax);
    const message = { address, deliveryId, partsSent, parts, ...(picture ? { picture } : {}) };
    return channel.mayCost ? { ...message, paid: paidForm(delivery, draft) } : message;
  }

  function paidForm({ child, className, vars, contactId }: Claimed, draft: Draft): PaidForm {
    return {
      kind: draft.kind,
      urgent: draft.urgent,
      values: { ...draft.vars, ...vars, child, className },
      async phone() {
        const select = { guardian: { select: { phone: true } } };
        const contact = await db.contact.findUnique({ where: { id: contactId }, select });
        return contact?.guardian.phone ?? null;
      },
    };
  }

  function wordFor(
    delivery: Claimed,
    draft: Draft,
    account: OpenAccount,
    picture: Picture | null,
  ): Message | Promise<Message> {
    const { channel } = account;
    const { language } = draft;
    const to = { address: delivery.address, deliveryId: delivery.id, partsSent: delivery.partsSent };
    if (channel.markup === 'styled') return wordStyled(delivery, draft, account, picture);
    if (channel.markup === 'telegram') {
      const parts =
        quickParts(delivery, draft, channel.limits.textMax) ??
        toTelegram(textOf(delivery, draft).document, channel.limits.textMax);
      const message = { ...to, parts, ...(picture ? { picture } : {}) };
      const buttons = buttonsOf(delivery, draft);
      return buttons.length ? { ...message, buttons: buttons.map((button) => [button]) } : message;
    }
    const text = textOf(delivery, draft);
    const unsubscribeUrl = links.unsubscribe(delivery);
    const mail = toMail(text.document, {
      subject: text.subject,
      language,
      footer: texts.say(language, 'mail:footer', { school: draft.school }),
      buttons: links.large(delivery, draft),
      ...(picture ? { picture } : {}),
      below: links.small(delivery, draft),
    });
    const parts = [{ markup: mail.html, plain: mail.plain }];
    const look = { subject: mail.subject, fromName: draft.school, unsubscribeUrl };
    return { ...to, parts, ...look, ...(picture ? { picture } : {}) };
  }

  /** Kinds without pictures, nearly all, are worded at once. */
  function wordWithPicture(
    delivery: Claimed,
    draft: Draft,
    account: OpenAccount,
  ): Message | Promise<Message> {
    const make = pictureOf?.(draft.kind);
    if (!make) return wordFor(delivery, draft, account, null);
    const { child, className, vars } = delivery;
    return make({ ...draft.vars, ...vars, child, className }, draft.language).then((picture) =>
      wordFor(delivery, draft, account, picture),
    );
  }

  function textOf({ child, className, vars, round }: Claimed, draft: Draft): RenderedText {
    return renderText(
      draft.compiled,
      { ...draft.vars, ...vars, child, className, reminder: round > 1 },
      { language: draft.language },
    );
  }

  /** A chat message by the quick way; undefined when the long one has to be gone. */
  function quickParts(
    { child, className, vars, round }: Claimed,
    draft: Draft,
    limit: number,
  ): MessagePart[] | undefined {
    if (vars !== null) return undefined;
    let prepared = draft.prepared.get(round);
    if (prepared === undefined) {
      prepared = prepareTelegram(draft.compiled, { ...draft.vars, reminder: round > 1 }, OWN_VALUES, {
        language: draft.language,
        limit,
      });
      draft.prepared.set(round, prepared);
    }
    return prepared?.({ child, className });
  }

  return {
    word(delivery, account) {
      const key = `${delivery.noticeId}/${delivery.templateId}`;
      const draft = drafts.get(key);
      return draft
        ? wordWithPicture(delivery, draft, account)
        : loadOnce(key, delivery).then(() => this.word(delivery, account));
    },
  };
}
