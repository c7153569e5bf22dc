// What the senders of chats share when a message goes out in several parts.

import type { Outcome } from './port.ts';

/** The deadline passed between two parts: nothing is in doubt, the rest follows at the next attempt. */
export function tooLate(partsSent: number): Outcome {
  const detail = 'the deadline passed before the next part';
  return { kind: 'retry', scope: 'delivery', reason: 'timedOut', detail, inDoubt: false, partsSent };
}

/** Ends after `ms`, or with the deadline. */
export function pause(ms: number, deadline: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      deadline.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    deadline.addEventListener('abort', done, { once: true });
    if (deadline.aborted) done();
  });
}
