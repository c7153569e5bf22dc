import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Settings } from '../src/config.ts';
import { openLog } from '../src/observe/index.ts';
import { openDatabase } from '../src/store/index.ts';

/** How far the last run came; kept beside the database, so that a killed demo goes on where it was. */
export type Stage = {
  run: string;
  startedAt: string;
  /** Where the mail server was: a resumed hub looks for it there. */
  mailPort: number;
  /** Where the pages were: the links in the mails of a run that was cut off must still open. */
  webPort?: number;
  /** How far the demo's clock is ahead: the days that pass in it. */
  aheadMs?: number;
  finished: boolean;
};

const fileOf = (folder: string) => join(folder, 'demo.json');

export const journalOf = (folder: string, name: string): string => {
  const place = join(folder, 'sandbox');
  mkdirSync(place, { recursive: true, mode: 0o700 });
  return join(place, `${name}.jsonl`);
};

/** The run to go on with; null when the last one came to its end, or there was none. */
export function unfinishedStage(folder: string): Stage | null {
  if (!existsSync(fileOf(folder))) return null;
  const stage = JSON.parse(readFileSync(fileOf(folder), 'utf8')) as Stage;
  return stage.finished ? null : stage;
}

export function saveStage(folder: string, stage: Stage): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  writeFileSync(fileOf(folder), JSON.stringify(stage), { mode: 0o600 });
}

/** Empties the demo's database and mailboxes. Refuses, like every hub, while another demo runs on the folder. */
export async function clearStage(settings: Settings): Promise<void> {
  if (!existsSync(fileOf(settings.DATA_DIR))) return;
  const db = await openDatabase(settings, openLog('silent'), { as: 'hub' });
  try {
    await db.pool.query(
      'drop schema public cascade; create schema public; drop schema if exists bullmq cascade',
    );
  } finally {
    await db.close();
  }
  rmSync(join(settings.DATA_DIR, 'sandbox'), { recursive: true, force: true });
}
