// An append-only file of JSON lines, so that a stand-in which was killed knows its chats again.

import { closeSync, existsSync, openSync, readFileSync, truncateSync, writeSync } from 'node:fs';

export type Journal<R> = {
  /** Written before the answer goes out: what a client was told survives `kill -9` of the stand-in. */
  append(record: R): void;
  close(): void;
};

/**
 * Opens the journal and returns what stands in it.
 * A torn last line (killed while writing) is cut off: nobody was told yet that it had been accepted.
 */
export function openJournal<R>(path: string | undefined): { records: R[]; journal: Journal<R> } {
  if (path === undefined) return { records: [], journal: { append: () => {}, close: () => {} } };
  const records = existsSync(path) ? readRecords<R>(path) : [];
  const fd = openSync(path, 'a', 0o600);
  let open = true;
  return {
    records,
    journal: {
      append(record) {
        if (open) writeSync(fd, `${JSON.stringify(record)}\n`);
      },
      close() {
        if (open) closeSync(fd);
        open = false;
      },
    },
  };
}

function readRecords<R>(path: string): R[] {
  const bytes = readFileSync(path);
  const whole = bytes.lastIndexOf(0x0a) + 1;
  if (whole < bytes.length) truncateSync(path, whole);
  return bytes
    .subarray(0, whole)
    .toString('utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as R);
}
