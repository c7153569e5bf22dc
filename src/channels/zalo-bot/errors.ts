// What the Bot Platform's refusals mean for us. Source: facts/zalo-telegram.md §3.4. The platform publishes nine codes
// without their cases, and no code of its own for an unknown chat or for a person who has left: both readings of 404
// below are ours, and are to be checked on a real bot before go-live (§8).

import type { FailureReason, Outcome } from '../port.ts';
import { ChannelProblem, type ChannelProblemKind } from '../problem.ts';
import { providerWords } from '../words.ts';
import type { Answer } from './client.ts';

type Verdict =
  | { kind: 'retry'; scope: 'delivery' | 'lane'; reason: FailureReason; inDoubt: boolean }
  | { kind: 'rejected'; reason: FailureReason; contact?: 'gone' }
  | { kind: 'person'; reason: FailureReason };

type Row = { code: number; says?: RegExp; verdict: Verdict };

const theirFault: Verdict = { kind: 'retry', scope: 'delivery', reason: 'channelDown', inDoubt: true };

/** The first row that fits counts. */
const TABLE: readonly Row[] = [
  { code: 401, verdict: { kind: 'person', reason: 'channelStopped' } },
  // A method or path that is not there: our fault, and the same for everybody.
  { code: 400, verdict: { kind: 'rejected', reason: 'badContent' } },
  // "Invalid request". Only words about the chat end a contact: a text that Zalo does not like must not cost a family
  // its address.
  {
    code: 404,
    says: /chat|user|recipient/i,
    verdict: { kind: 'rejected', reason: 'addressUnknown', contact: 'gone' },
  },
  { code: 404, verdict: { kind: 'rejected', reason: 'refused' } },
  // In their words an internal error, not a prohibition.
  { code: 403, verdict: theirFault },
  { code: 408, verdict: { kind: 'retry', scope: 'delivery', reason: 'timedOut', inDoubt: true } },
  // Too fast, or a quota that is used up; Zalo does not say which, nor for how long (see quota.ts).
  { code: 429, verdict: { kind: 'retry', scope: 'lane', reason: 'channelBusy', inDoubt: false } },
];

const UNKNOWN_REFUSAL: Verdict = { kind: 'rejected', reason: 'refused' };

/** 429 comes without `Retry-After`. */
export const BUSY_WAIT_MS = 60_000;

type Failure = Exclude<Answer, { kind: 'ok' }>;

/** An answer to a send that is no success → what became of the message. */
export function outcomeOf(answer: Failure, partsSent: number, secrets: readonly string[]): Outcome {
  if (answer.kind === 'silent') {
    const reason = answer.reason === 'timedOut' ? 'timedOut' : 'channelDown';
    const { words: detail, inDoubt } = answer;
    return { kind: 'retry', scope: 'delivery', reason, detail, inDoubt, partsSent };
  }
  const detail = providerWords(`${answer.code} ${answer.words}`, secrets);
  const verdict = judge(answer.code, answer.words);
  return verdict.kind === 'retry' && verdict.scope === 'lane'
    ? { ...verdict, afterMs: BUSY_WAIT_MS, detail, partsSent }
    : { ...verdict, detail, partsSent };
}

/** An answer to any other call that is no success → the problem to throw. */
export function problemOf(answer: Failure, secrets: readonly string[]): ChannelProblem {
  if (answer.kind === 'silent') return new ChannelProblem('unreachable', answer.words);
  const kind = problemKind(answer.code);
  const words = providerWords(`${answer.code} ${answer.words}`, secrets);
  return new ChannelProblem(kind, words, kind === 'busy' ? BUSY_WAIT_MS : undefined);
}

function judge(code: number, words: string): Verdict {
  if (code < 400 || code >= 500) return theirFault;
  return (
    TABLE.find((row) => row.code === code && (row.says?.test(words) ?? true))?.verdict ?? UNKNOWN_REFUSAL
  );
}

function problemKind(code: number): ChannelProblemKind {
  if (code === 401) return 'notAuthorised';
  if (code === 429) return 'busy';
  return code === 403 || code === 408 || code < 400 || code >= 500 ? 'unreachable' : 'refused';
}
