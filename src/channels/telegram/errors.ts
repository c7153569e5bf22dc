// What Telegram's refusals mean for us. Source: facts/zalo-telegram.md §5.3 and §5.6.

import { TelegramError } from 'telegraf';
import { NoAnswer } from '../http.ts';
import type { FailureReason, Outcome } from '../port.ts';
import { ChannelProblem, type ChannelProblemKind } from '../problem.ts';
import { providerWords } from '../words.ts';

type Verdict =
  | { kind: 'retry'; scope: 'delivery' | 'lane'; reason: FailureReason; inDoubt: boolean }
  | { kind: 'rejected'; reason: FailureReason; contact?: 'blocked' | 'gone' }
  | { kind: 'person'; reason: FailureReason };

type Row = { status: number; says?: RegExp; verdict: Verdict };

const gone: Verdict = { kind: 'rejected', reason: 'addressUnknown', contact: 'gone' };
const wrongContent: Verdict = { kind: 'rejected', reason: 'badContent' };
const stopped: Verdict = { kind: 'person', reason: 'channelStopped' };

/** The first row that fits counts. */
const TABLE: readonly Row[] = [
  // The whole bot waits `parameters.retry_after` seconds; Telegram does not say whether the chat or the bot was too fast.
  { status: 429, verdict: { kind: 'retry', scope: 'lane', reason: 'channelBusy', inDoubt: false } },

  {
    status: 403,
    says: /blocked by the user/,
    verdict: { kind: 'rejected', reason: 'blocked', contact: 'blocked' },
  },
  // Kicked from a group, not a member, group deleted, account deleted, never pressed Start, is a bot.
  { status: 403, verdict: gone },

  // `parameters.migrate_to_chat_id` becomes `newAddress`: dispatch replaces the address and sends again.
  { status: 400, says: /upgraded to a supergroup/, verdict: gone },
  { status: 400, says: /chat not found|PEER_ID_INVALID|user not found|chat_id is empty/i, verdict: gone },
  {
    status: 400,
    says: /not enough rights|have no rights|CHAT_WRITE_FORBIDDEN/i,
    verdict: { kind: 'rejected', reason: 'refused' },
  },
  // Can't parse entities, text empty or too long, bad button: the same for everybody who gets this text.
  { status: 400, verdict: wrongContent },
  { status: 413, verdict: wrongContent },

  { status: 401, verdict: stopped },
  // A token that is not even formed like one: the path does not exist.
  { status: 404, verdict: stopped },
];

/** Telegram's own trouble. It may have sent the message before it stumbled. */
const THEIR_FAULT: Verdict = { kind: 'retry', scope: 'delivery', reason: 'channelDown', inDoubt: true };
/** Any other 4xx: no for this attempt; the address stays. */
const UNKNOWN_REFUSAL: Verdict = { kind: 'rejected', reason: 'refused' };

/** When Telegram says 429 without saying how long. */
const DEFAULT_WAIT_MS = 5000;

/** An error of Telegraf's `callApi` while sending → what became of the message. */
export function outcomeOf(error: unknown, partsSent: number, secrets: readonly string[]): Outcome {
  if (!(error instanceof TelegramError)) return wireOutcome(error, partsSent);
  const status = error.code;
  const detail = providerWords(`${status} ${error.description}`, secrets);
  const verdict = judge(status, error.description ?? '');
  if (verdict.kind === 'retry') {
    const afterMs = waitMs(error);
    return {
      ...verdict,
      ...(verdict.scope === 'lane' ? { afterMs: afterMs ?? DEFAULT_WAIT_MS } : {}),
      detail,
      partsSent,
    };
  }
  const moved = error.parameters?.migrate_to_chat_id;
  if (verdict.kind === 'rejected' && moved !== undefined) {
    return { ...verdict, detail, newAddress: String(moved), partsSent };
  }
  return { ...verdict, detail, partsSent };
}

/** An error of any other call → the problem to throw. */
export function problemOf(error: unknown, secrets: readonly string[]): ChannelProblem {
  if (!(error instanceof TelegramError)) return new ChannelProblem('unreachable', wireDetail(error));
  const kind = problemKind(error.code, error.description ?? '');
  const afterMs = kind === 'busy' ? (waitMs(error) ?? DEFAULT_WAIT_MS) : undefined;
  return new ChannelProblem(kind, providerWords(`${error.code} ${error.description}`, secrets), afterMs);
}

function judge(status: number, says: string): Verdict {
  if (!(status >= 400)) return THEIR_FAULT;
  if (status >= 500) return THEIR_FAULT;
  return (
    TABLE.find((row) => row.status === status && (row.says?.test(says) ?? true))?.verdict ?? UNKNOWN_REFUSAL
  );
}

function problemKind(status: number, says: string): ChannelProblemKind {
  if (status === 409) return /webhook/i.test(says) ? 'webhookActive' : 'otherPoller';
  if (status === 401 || status === 404) return 'notAuthorised';
  if (status === 429) return 'busy';
  return status >= 400 && status < 500 ? 'refused' : 'unreachable';
}

function waitMs(error: TelegramError): number | undefined {
  const seconds = error.parameters?.retry_after;
  return seconds === undefined ? undefined : seconds * 1000;
}

/** No answer of Telegram's. */
function wireOutcome(error: unknown, partsSent: number): Outcome {
  const retry = { kind: 'retry', scope: 'delivery', detail: wireDetail(error), partsSent } as const;
  if (!(error instanceof NoAnswer)) return { ...retry, reason: 'channelDown', inDoubt: true };
  const reason = error.kind === 'timedOut' ? 'timedOut' : 'channelDown';
  return { ...retry, reason, inDoubt: error.inDoubt };
}

/** Words that hold no address, and so no token. */
const wireDetail = (error: unknown): string =>
  error instanceof NoAnswer ? error.message : 'no usable answer';
