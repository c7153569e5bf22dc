import { type ChildProcess, execFileSync, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readSettings, type Settings } from '../src/config.ts';

export const TOKEN = '7000000002:BENCH-00000000000000000000000000000';

/** What a hub stands on; left out: the embedded database of its own folder, and the bell in it. */
export type SetUp = { databaseUrl?: string; redisUrl?: string };

/** Settings of a hub of its own in a temporary folder, which is removed at the end. */
export function benchSettings(
  telegramRoot: string,
  { databaseUrl, redisUrl }: SetUp = {},
): { settings: Settings; clean: () => void } {
  const folder = mkdtempSync(join(tmpdir(), 'lienlac-bench-'));
  const settings = readSettings({
    DATA_DIR: folder,
    DATABASE_URL: databaseUrl,
    REDIS_URL: redisUrl,
    LOG_LEVEL: 'error',
    PORT: '0',
    TELEGRAM_API_ROOT: telegramRoot,
    QUIET_FROM: '00:00',
    QUIET_TO: '00:00',
  });
  return { settings, clean: () => rmSync(folder, { recursive: true, force: true }) };
}

/**
 * Makes the tables in a process of its own, as a hub's first start does: the engine that does it keeps some 100 MB
 * until its process ends, and would hide what the hub itself needs.
 */
export function makeTables({ DATA_DIR, DATABASE_URL }: Settings): void {
  const main = fileURLToPath(new URL('../src/main.js', import.meta.url));
  execFileSync(process.execPath, [main, 'migrate'], {
    // An empty value is as none.
    env: { ...process.env, DATA_DIR, DATABASE_URL: DATABASE_URL ?? '', REDIS_URL: '', LOG_LEVEL: 'error' },
    stdio: 'ignore',
  });
}

/** A message that the stand-in took. `at`: see nowMs(). */
export type Taken = { at: number; chatId: string; text: string };

export type StandIn = {
  root: string;
  counts: () => Promise<{ count: number; refusals: Record<number, number> }>;
  /** Every message, in order; not of a compact one. */
  taken: () => Promise<Taken[]>;
  /** Lets people type these texts in turn, each chat once; @returns when each did. */
  say: (what: {
    chatIds: string[];
    texts: string[];
    everyMs: number;
  }) => Promise<{ chatId: string; at: number }[]>;
  stop: () => void;
};

/** Milliseconds since 1970 on a clock that nobody sets: the stand-in's. */
export const nowMs = (): number => performance.timeOrigin + performance.now();

export type StandInLimits = { perSecond: number; perChatMs: number; compact: boolean };

/** No limits, and nothing kept but counts. */
export const UNLIMITED: StandInLimits = { perSecond: 0, perChatMs: 0, compact: true };

/** Telegram's stand-in in a process of its own, with `chats` chats from `firstChat` + 1 on. */
export async function forkStandIn(
  chats: number,
  firstChat: number,
  limits: StandInLimits = UNLIMITED,
): Promise<StandIn> {
  const args = [TOKEN, chats, firstChat, limits.perSecond, limits.perChatMs, Number(limits.compact)];
  const child: ChildProcess = fork(new URL('./stand-in.js', import.meta.url), args.map(String));
  const [{ root }] = (await once(child, 'message')) as [{ root: string }];
  const ask = async <T>(what: 'counts' | 'taken' | object): Promise<T> => {
    child.send(what);
    const [answer] = (await once(child, 'message')) as [T];
    return answer;
  };
  return {
    root,
    counts: () => ask('counts'),
    taken: () => ask('taken'),
    say: (what) => ask(what),
    stop: () => child.disconnect(),
  };
}

export const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

export const range = (values: readonly number[], digits = 0): string =>
  `${median(values).toFixed(digits)} (${Math.min(...values).toFixed(digits)}–${Math.max(...values).toFixed(digits)})`;

export const machine = (): string =>
  `${cpus().length} × ${cpus()[0]?.model ?? '?'}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.versions.node}, ${process.platform}`;

export const megabytes = (): number => Math.round(process.memoryUsage().rss / 2 ** 20);

export const print = (line: string): void => void process.stdout.write(`${line}\n`);

/** Whether a figure keeps its bound; a bench that does not ends with exit code 1. */
export function judge(
  what: string,
  value: number,
  bound: { most?: number; least?: number },
  digits = 2,
): boolean {
  const good =
    (bound.most === undefined || value <= bound.most) && (bound.least === undefined || value >= bound.least);
  const wanted =
    bound.most === undefined ? `≥ ${bound.least?.toFixed(digits)}` : `≤ ${bound.most.toFixed(digits)}`;
  print(`${good ? '✓' : '✗'} ${what}: ${value.toFixed(digits)} (${wanted})`);
  return good;
}
