import type { Purpose } from '../store/prisma/enums.ts';

/**
 * What a kind of notice promises. A new kind is a folder that exports one of these (classroom/, safety/ …) and a
 * line in office.ts; nothing here changes.
 */
export type NoticeKind = {
  name: string;
  /** What the guardian must have agreed to; null: sent without (protection of life and health, Law 91/2025 Art. 19). */
  purpose: Purpose | null;
  /** 0 overtakes everything; class news 5; reminders 7; the confirmation mail 9. */
  priority: number;
  urgent: boolean;
  /** 'first': one contact at a time, the next when one fails for good. 'all': every contact at once. */
  contacts: 'first' | 'all';
  /**
   * What happens at the notice's `confirmBy` with those who were reached and have not confirmed: told again by all their
   * contacts, or by the first; or told by the next contact.
   */
  unconfirmed: 'remindAll' | 'remindFirst' | 'nextContact';
  /** Template kinds: for the first telling and for the reminder. */
  templates: { first: string; reminder?: string };
  /**
   * A button below the message that leads to a topic of the conversation; its argument is `argument` and the delivery,
   * "paid.<delivery id>". `label`: a text key.
   */
  answer?: { label: string; topic: string; argument: string };
  /** May wait for a guardian's digest. Its `vars` hold `body` and `sender`, or the digest's template has words for it. */
  digests?: true;
  /** All variables that its templates may use, beside those of every template (render/…): a template with others is refused. */
  variables: readonly string[];
};

/** Every kind that this hub knows, by name. */
export type NoticeKinds = ReadonlyMap<string, NoticeKind>;

/** Variables that every template may use; filled in by dispatch. */
export const COMMON_VARIABLES = [
  'school',
  'child',
  'className',
  'title',
  'confirm',
  'reminder',
  'validUntil',
] as const;
