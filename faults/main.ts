// npm run faults: everything that a provider can do to a send, and what the hub does then, row by row, against the
// strict stand-ins. Ends with exit code 1 when a row is not as docs/reliability.md says.

import { type Column, markdownTable } from '../bench/table.ts';
import { openGround } from './ground.ts';
import { type Played, play } from './play.ts';
import { ROWS } from './table.ts';

const print = (line: string): void => void process.stdout.write(`${line}\n`);

const COLUMNS: Column<Played>[] = [
  ['', ({ wrong }) => (wrong.length ? '✗' : '✓')],
  ['channel', ({ row }) => row.channel],
  ['fault', ({ row }) => row.fault],
  ['delivery', ({ seen }) => seen.state],
  ['tries', ({ seen }) => String(seen.attempts)],
  ['account', ({ seen }) => seen.lane],
  ['contact', ({ seen }) => seen.contact],
  ['told by', ({ seen }) => seen.reachedBy],
  ['possibleDuplicate', ({ seen }) => (seen.doubt ? 'yes' : 'no')],
  ['others after, ms', ({ othersMs }) => (othersMs === null ? '–' : String(othersMs))],
];

const ground = await openGround();
const all: Played[] = [];
try {
  for (const row of ROWS) {
    const one = await play(ground, row);
    all.push(one);
    for (const wrong of one.wrong) print(`✗ ${row.channel}, ${row.fault}: ${wrong}`);
  }
} finally {
  await ground.close();
}
const wrong = all.filter((one) => one.wrong.length).length;
print(markdownTable(COLUMNS, all));
print(
  wrong
    ? `✗ ${wrong} of ${all.length} are not as they have to be`
    : `✓ all ${all.length} are as they have to be`,
);
process.exit(wrong ? 1 : 0);
