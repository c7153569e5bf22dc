import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { until } from './until.ts';

// The hub's processes, started as anybody starts them: `node dist/src/main.js serve|worker|notice …`.

const MAIN = fileURLToPath(new URL('../src/main.js', import.meta.url));

export type Hand = {
  /** The name by which the database knows it. */
  who: string;
  pid: number;
  startedAt: number;
  /** Everything it has said so far, its log included. */
  said(): string;
  /** Ends with it. */
  ended: Promise<number | null>;
  alive(): boolean;
  /** `kill -9`, and its parent has seen it end. @returns when, in ms since 1970 */
  kill(): Promise<number>;
  signal(signal: NodeJS.Signals): void;
};

const crew = new Set<Hand>();

/** Starts a command of the hub with these settings and nothing else of this machine's environment. */
export function startHand(who: string, args: readonly string[], env: Record<string, string>): Hand {
  const child: ChildProcess = spawn(process.execPath, [MAIN, ...args], {
    env: { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const startedAt = now();
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
  const ended = new Promise<number | null>((resolve) => {
    child.once('close', (code) => {
      crew.delete(hand);
      resolve(code);
    });
  });
  const hand: Hand = {
    who,
    pid: child.pid ?? 0,
    startedAt,
    said: () => said,
    ended,
    alive: () => child.exitCode === null && child.signalCode === null,
    async kill() {
      const at = now();
      child.kill('SIGKILL');
      await ended;
      return at;
    },
    signal: (signal) => void child.kill(signal),
  };
  crew.add(hand);
  return hand;
}

/** Milliseconds since 1970, as the stand-ins and the database count them. */
export const now = (): number => performance.timeOrigin + performance.now();

export const ready = (hand: Hand): Promise<unknown> =>
  until(
    `${hand.who} to be ready`,
    () => {
      if (!hand.alive()) throw new Error(`${hand.who} ended while it was starting:\n${hand.said()}`);
      return hand.said().includes('"msg":"ready"');
    },
    { everyMs: 5 },
  );

/** Where the pages of a process are, once it is ready. */
export function urlOf(hand: Hand): string {
  const url = /^Liên Lạc: (http\S+)$/m.exec(hand.said())?.[1];
  if (!url) throw new Error(`${hand.who} has not said where its pages are:\n${hand.said()}`);
  return url;
}

/** Whoever is left when the run ends, however it ends. */
export async function sendHome(): Promise<void> {
  await Promise.all([...crew].map((hand) => hand.kill()));
}
