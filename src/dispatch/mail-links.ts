import type { Claimed } from '../outbox/index.ts';
import type { MailLink, Texts } from '../render/index.ts';
import type { LinkUse, Signer } from '../security/index.ts';
import type { Clock } from '../time/index.ts';

/** A part of a message that can be opened alone: by `action` in a chat, by a link to the recipient's page in a mail. */
export type Opening = { label: string; action: string; recipientId: string };

/** The page of a kind's message that a mail links to; its signed token names the delivery. */
export type MailPage = { label: string; path: string; use: LinkUse; days: number };

export type MailLinkPorts = {
  texts: Texts;
  signer: Signer;
  clock: Clock;
  publicUrl: () => string;
  opensOf: (kind: string, vars: Record<string, unknown>, language: string) => readonly Opening[];
  pageOf?: (kind: string) => MailPage | undefined;
};

type Worded = { kind: string; language: string; confirmLabel: string | null };

/** How long the links of a mail are good: its page names the child. Ending the mails works for ever (RFC 8058). */
const LINK_DAYS = 60;
/** Shorter for what shows more than a name. */
const OPEN_DAYS = 14;
const DAY_MS = 86_400_000;

/** The signed links of a mail: its reader has no buttons to press. */
export function openMailLinks({ texts, signer, clock, publicUrl, opensOf, pageOf }: MailLinkPorts) {
  const link = (path: string, token: string): string => `${publicUrl()}${path}${token}`;
  const inDays = (days: number): Date => new Date(clock.now().getTime() + days * DAY_MS);
  const unsubscribe = ({ contactId }: Claimed): string => link('/u/', signer.sign('unsubscribe', contactId));

  return {
    unsubscribe,

    /** What the mail is about. */
    large({ id, contactId, vars }: Claimed, { kind, language, confirmLabel }: Worded): MailLink[] {
      const until = inDays(LINK_DAYS);
      if (kind === 'invitation') {
        const token = signer.sign('invite', contactId, until);
        return [{ label: texts.say(language, 'mail:inviteButton'), url: link('/family/link/', token) }];
      }
      const page = pageOf?.(kind);
      const opened = ({ recipientId }: Opening) =>
        link('/family/notice/', signer.sign('notice', `${id}.${recipientId}`, inDays(OPEN_DAYS)));
      return [
        ...(confirmLabel === null
          ? []
          : [{ label: confirmLabel, url: link('/family/confirm/', signer.sign('confirm', id, until)) }]),
        ...(page
          ? [
              {
                label: texts.say(language, page.label),
                url: link(page.path, signer.sign(page.use, id, inDays(page.days))),
              },
            ]
          : []),
        ...opensOf(kind, vars ?? {}, language).map((one) => ({ label: one.label, url: opened(one) })),
      ];
    },

    /** How its reader is told at all. Whoever has not confirmed their address yet has nothing to set. */
    small(delivery: Claimed, { kind, language }: Worded): MailLink[] {
      const settings = signer.sign('settings', delivery.contactId, inDays(LINK_DAYS));
      return [
        ...(kind === 'invitation'
          ? []
          : [{ label: texts.say(language, 'mail:settings'), url: link('/family/settings/', settings) }]),
        { label: texts.say(language, 'mail:unsubscribe'), url: unsubscribe(delivery) },
      ];
    },
  };
}
