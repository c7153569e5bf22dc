// What a mail server's refusals mean for us. Sources: RFC 5321 §4.2 (codes), RFC 3463 (enhanced codes x.y.z),
// RFC 3207 and 4954 (TLS, login), Nodemailer 10 `errors` (E…).

import type { FailureReason, Outcome } from '../port.ts';
import { ChannelProblem } from '../problem.ts';
import { providerWords } from '../words.ts';

type Verdict =
  | { kind: 'retry'; scope: 'delivery' | 'lane'; reason: FailureReason; afterMs?: number }
  | { kind: 'rejected'; reason: FailureReason; contact?: 'gone' }
  | { kind: 'person'; reason: FailureReason };

/** An error of Nodemailer's, as far as we trust it. */
type Seen = {
  /** E… of Nodemailer. */
  code: string;
  /** The system's or TLS's own code. */
  cause: string;
  /** Reply code, 0 when the server did not reply. */
  reply: number;
  /** Enhanced code, "" when there is none. */
  enhanced: string;
  /** The command that was answered: "RCPT TO", "DATA", "AUTH PLAIN" … */
  command: string;
  words: string;
};

type Row = { fits: (seen: Seen) => boolean; verdict: Verdict };

const again: Verdict = { kind: 'retry', scope: 'delivery', reason: 'channelBusy' };
const down: Verdict = { kind: 'retry', scope: 'delivery', reason: 'channelDown' };
const stopped: Verdict = { kind: 'person', reason: 'channelStopped' };
const gone: Verdict = { kind: 'rejected', reason: 'addressUnknown', contact: 'gone' };
const refused: Verdict = { kind: 'rejected', reason: 'refused' };
const wrongContent: Verdict = { kind: 'rejected', reason: 'badContent' };

const permanent = ({ reply }: Seen) => reply >= 500;
const oneOf =
  (...codes: number[]) =>
  ({ reply }: Seen) =>
    codes.includes(reply);

/** The first row that fits counts. */
const TABLE: readonly Row[] = [
  // 421: the server closes; too many mails or connections. The whole account waits a little.
  { fits: oneOf(421), verdict: { kind: 'retry', scope: 'lane', reason: 'channelBusy', afterMs: 5000 } },
  // 450, 451, 452 and every other 4yz (also 454 at login): not now.
  { fits: ({ reply }) => reply >= 400 && reply < 500, verdict: again },
  // 503: the session went wrong, not the mail.
  { fits: oneOf(503), verdict: down },

  // Wrong user or password, login wanted, no STARTTLS although we must have it.
  { fits: ({ code }) => code === 'EAUTH' || code === 'ENOAUTH' || code === 'EOAUTH2', verdict: stopped },
  { fits: oneOf(530, 534, 535, 538), verdict: stopped },
  { fits: (seen) => seen.command === 'STARTTLS' && permanent(seen), verdict: stopped },
  // A certificate that cannot be trusted does not heal by waiting, and we do not send in spite of it.
  {
    fits: ({ cause, words }) =>
      /CERT|SELF_SIGNED|UNABLE_TO_|ALTNAME/.test(cause) || /certificate|altnames/i.test(words),
    verdict: stopped,
  },

  // 552 5.3.4, 523: the mail itself is too large; 552 5.2.2 and 552 alone: the mailbox is full.
  {
    fits: ({ reply, enhanced }) => reply === 523 || (reply >= 500 && enhanced === '5.3.4'),
    verdict: wrongContent,
  },
  { fits: oneOf(552), verdict: refused },
  // The sender is refused: nothing of this account will go out.
  {
    fits: (seen) => permanent(seen) && (seen.command === 'MAIL FROM' || /^5\.1\.[78]$/.test(seen.enhanced)),
    verdict: stopped,
  },
  // No such mailbox or host: 5.1.x, 5.2.1 (switched off), 556 (RFC 7504), or a bare 550/551/553 for this recipient.
  { fits: (seen) => permanent(seen) && /^5\.(1\.\d+|2\.1)$/.test(seen.enhanced), verdict: gone },
  { fits: oneOf(556), verdict: gone },
  {
    fits: ({ reply, enhanced, command }) =>
      [550, 551, 553].includes(reply) && enhanced === '' && command === 'RCPT TO',
    verdict: gone,
  },
  // 554, 550 5.7.1 (policy, spam) and every other 5yz: no to this mail; the address stays.
  { fits: permanent, verdict: refused },

  {
    fits: ({ code }) => code === 'ETIMEDOUT' || code === 'EABORT',
    verdict: { kind: 'retry', scope: 'delivery', reason: 'timedOut' },
  },
  {
    fits: ({ code }) => code === 'EENVELOPE',
    verdict: { kind: 'rejected', reason: 'addressUnknown', contact: 'gone' },
  },
  { fits: ({ code }) => code === 'EMESSAGE' || code === 'ESTREAM', verdict: wrongContent },
];

/**
 * An error of Nodemailer's → what became of the mail.
 * @param dataBegan the mail's text was on the way: without a reply the server may have taken it
 */
export function outcomeOf(error: unknown, dataBegan: boolean, secrets: readonly string[]): Outcome {
  const seen = see(error);
  // Lost connections, DNS, anything unknown: nothing says no, so it is tried again.
  const verdict = TABLE.find((row) => row.fits(seen))?.verdict ?? down;
  const detail = providerWords(detailOf(seen), secrets);
  if (verdict.kind === 'retry')
    return { ...verdict, detail, inDoubt: dataBegan && seen.reply === 0, partsSent: 0 };
  return { ...verdict, detail, partsSent: 0 };
}

/** An error while asking who we are → the problem to throw. */
export function problemOf(error: unknown, secrets: readonly string[]): ChannelProblem {
  const outcome = outcomeOf(error, false, secrets);
  const detail = outcome.kind === 'accepted' ? '' : outcome.detail;
  if (outcome.kind === 'person') return new ChannelProblem('notAuthorised', detail);
  if (outcome.kind === 'rejected') return new ChannelProblem('refused', detail);
  const afterMs = outcome.kind === 'retry' ? outcome.afterMs : undefined;
  return new ChannelProblem(afterMs === undefined ? 'unreachable' : 'busy', detail, afterMs);
}

function see(error: unknown): Seen {
  const raw: Record<string, unknown> = typeof error === 'object' && error !== null ? { ...error } : {};
  const text = (value: unknown): string => (typeof value === 'string' ? value : '');
  const response = text(raw.response);
  return {
    code: text(raw.code),
    cause: text(raw.originalCode),
    reply: typeof raw.responseCode === 'number' ? raw.responseCode : 0,
    enhanced: /^\d{3}[ -](\d\.\d{1,3}\.\d{1,3})\b/.exec(response)?.[1] ?? '',
    command: text(raw.command),
    words: response !== '' ? response : error instanceof Error ? error.message : '',
  };
}

function detailOf({ code, cause, reply, words, command }: Seen): string {
  if (reply > 0) return `${command}: ${words}`;
  return [code, cause, words].filter((one) => one !== '').join(' ');
}
