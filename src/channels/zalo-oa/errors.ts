import type { Logger } from 'pino';
import { holdUntil, schoolMinuteOfDay } from '../../time/index.ts';
import type { Outcome } from '../port.ts';
import { ChannelProblem, type ChannelProblemKind } from '../problem.ts';
import { providerWords } from '../words.ts';
import type { Failure } from './client.ts';
import { type CodeRow, rowOf } from './codes.ts';

/** -32 comes with the limit in its headers, not with a time; the limit is one of a minute. */
const BUSY_WAIT_MS = 60_000;
/** Templates that advertise are refused at night (§1.5; that it is the night of Vietnam is not confirmed). */
const NIGHT = { fromMin: 22 * 60, toMin: 6 * 60 };
/** When a person's quota is new is not written; by then it is a new day, and nobody is asleep. */
const NEXT_DAY_MIN = 8 * 60;
const DAY_MIN = 24 * 60;

export type Judge = { now: () => Date; log: Logger; accountId: string; secrets: readonly string[] };

/** An answer to a send that is no success → what became of the message. */
export function outcomeOf(answer: Failure, partsSent: number, judge: Judge): Outcome {
  switch (answer.kind) {
    case 'silent': {
      const reason = answer.reason === 'timedOut' ? 'timedOut' : 'channelDown';
      const { words: detail, inDoubt } = answer;
      return { kind: 'retry', scope: 'delivery', reason, detail, inDoubt, partsSent };
    }
    case 'noToken': {
      const detail = answer.words.slice(0, 400);
      return answer.person
        ? { kind: 'person', reason: 'channelStopped', detail, partsSent }
        : { kind: 'retry', scope: 'delivery', reason: 'channelDown', detail, inDoubt: false, partsSent };
    }
    case 'full': {
      const detail = 'the requests of this minute are used';
      const { afterMs } = answer;
      return {
        kind: 'retry',
        scope: 'lane',
        afterMs,
        reason: 'channelBusy',
        detail,
        inDoubt: false,
        partsSent,
      };
    }
    case 'refused': {
      const detail = providerWords(`${answer.code} ${answer.words}`, judge.secrets);
      const row = rowOf(answer.code);
      if (row) return outcomeOfRow(row, detail, partsSent, judge);
      judge.log.error(
        { accountId: judge.accountId, code: answer.code },
        'Zalo OA: a code that is not in the table; the attempt fails',
      );
      return { kind: 'rejected', reason: 'refused', detail, partsSent };
    }
  }
}

function outcomeOfRow(row: CodeRow, detail: string, partsSent: number, judge: Judge): Outcome {
  const { reason } = row;
  switch (row.is) {
    case 'backOff': {
      const retry = { kind: 'retry', reason, detail, inDoubt: false, partsSent } as const;
      if (row.lane) return { ...retry, scope: 'lane', afterMs: BUSY_WAIT_MS };
      return { ...retry, scope: 'delivery', ...(row.most ? { mostAttempts: row.most } : {}) };
    }
    case 'reschedule': {
      const afterMs = waitFor(row, judge.now());
      return { kind: 'retry', scope: 'delivery', reason, detail, inDoubt: false, partsSent, afterMs };
    }
    case 'permanent':
      return {
        kind: 'rejected',
        reason,
        detail,
        partsSent,
        ...(row.contact ? { contact: row.contact } : {}),
      };
    // The client has refreshed and tried again before this is asked.
    case 'refresh':
    case 'person': {
      if (row.of === undefined) return { kind: 'person', reason, detail, partsSent };
      // What costs money, or one group, stands still; the free messages of the account do not.
      judge.log.error(
        { accountId: judge.accountId, code: row.code, of: row.of },
        'Zalo OA: a person has to look at this',
      );
      return { kind: 'rejected', reason, detail, partsSent };
    }
  }
}

/** How long a message is put off, in ms. */
function waitFor({ dayIsFull }: CodeRow, now: Date): number {
  if (dayIsFull) return (DAY_MIN - schoolMinuteOfDay(now) + NEXT_DAY_MIN) * 60_000;
  // When Zalo calls it night and our clock does not, its night is taken to end within the hour.
  return holdUntil(now, NIGHT.fromMin, NIGHT.toMin).getTime() - now.getTime() || 3_600_000;
}

/** An answer to any other call that is no success → the problem to throw. */
export function problemOf(answer: Failure, secrets: readonly string[]): ChannelProblem {
  if (answer.kind === 'silent') return new ChannelProblem('unreachable', answer.words);
  if (answer.kind === 'noToken')
    return new ChannelProblem(answer.person ? 'notAuthorised' : 'unreachable', answer.words);
  if (answer.kind === 'full')
    return new ChannelProblem('busy', 'the requests of this minute are used', answer.afterMs);
  const kind = problemKind(rowOf(answer.code));
  const words = providerWords(`${answer.code} ${answer.words}`, secrets);
  return new ChannelProblem(kind, words, kind === 'busy' ? BUSY_WAIT_MS : undefined);
}

function problemKind(row: CodeRow | undefined): ChannelProblemKind {
  if (row?.is === 'backOff') return 'busy';
  return (row?.is === 'person' && row.of === undefined) || row?.is === 'refresh'
    ? 'notAuthorised'
    : 'refused';
}
