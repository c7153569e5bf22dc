import { fork } from 'node:child_process';
import { once } from 'node:events';
import type { Answers, Opened, Question } from './stand-ins.ts';

/** Any bot's token will do, since no real bot is asked. */
const TOKEN = '7000000003:CRASH-00000000000000000000000000000';

export type Oracle = Opened & {
  token: string;
  ask<Q extends Question>(question: Q): Promise<Answers[Q['ask']]>;
  stop(): void;
};

/** Starts the stand-ins; what they have accepted is what counts, whatever the hub believes. */
export async function startOracle(): Promise<Oracle> {
  const child = fork(new URL('./stand-ins.js', import.meta.url), [TOKEN]);
  const [opened] = (await once(child, 'message')) as [Opened];
  const waiting = new Map<number, (answer: never) => void>();
  child.on('message', ({ id, answer }: { id: number; answer: never }) => {
    waiting.get(id)?.(answer);
    waiting.delete(id);
  });
  let last = 0;
  return {
    token: TOKEN,
    ...opened,
    ask: (question) =>
      new Promise((resolve) => {
        waiting.set(++last, resolve);
        child.send({ id: last, question });
      }),
    stop: () => child.disconnect(),
  };
}
