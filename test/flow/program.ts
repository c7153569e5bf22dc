// The program as a process of its own, compiled from the sources as they stand (dist may be older).

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inPackage } from '../../src/store/index.ts';
import { atEnd } from '../harness/index.ts';

/**
 * Compiles src and demo into a folder below the package, so that locales, migrations and packages are found from it.
 * @returns the folder; it is gone after the file's last test.
 */
export async function compileProgram(): Promise<string> {
  const folder = inPackage('node_modules', '.cache', `lienlac-test-${randomUUID().slice(0, 8)}`);
  atEnd(() => rm(folder, { recursive: true, force: true }));
  await mkdir(folder, { recursive: true });
  const config = join(folder, 'tsconfig.json');
  const compilerOptions = {
    rootDir: inPackage(),
    outDir: folder,
    sourceMap: false,
    typeRoots: [inPackage('node_modules', '@types')],
  };
  await writeFile(
    config,
    JSON.stringify({
      extends: inPackage('tsconfig.json'),
      compilerOptions,
      include: [inPackage('src'), inPackage('demo')],
    }),
  );
  const ran = spawnSync(
    process.execPath,
    [inPackage('node_modules', 'typescript', 'bin', 'tsc'), '-p', config],
    { encoding: 'utf8' },
  );
  if (!existsSync(join(folder, 'src', 'main.js')))
    throw new Error(`the program could not be compiled:\n${ran.stdout}${ran.stderr}`);
  return folder;
}

export type Ran = { code: number | null; signal: NodeJS.Signals | null; stdout: string; stderr: string };
export type Running = {
  child: ChildProcess;
  ended: Promise<Ran>;
  stdout: () => string;
  stderr: () => string;
};

/** Nothing of this machine's settings reaches the program: only what is given here. */
const plainEnv = (more: Record<string, string>): Record<string, string> => ({
  PATH: process.env.PATH ?? '',
  HOME: process.env.HOME ?? '',
  TZ: 'America/Caracas',
  ...more,
});

/** Starts a JavaScript file; what still runs after the file's last test is killed. */
export function start(
  file: string,
  args: readonly string[],
  { cwd, env = {} }: { cwd: string; env?: Record<string, string> },
): Running {
  const child = spawn(process.execPath, [file, ...args], {
    cwd,
    env: plainEnv(env),
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  atEnd(() => child.kill('SIGKILL'));
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const ended = new Promise<Ran>((resolve) => {
    child.on('close', (code, signal) => {
      resolve({ code, signal, stdout, stderr });
    });
  });
  return { child, ended, stdout: () => stdout, stderr: () => stderr };
}
