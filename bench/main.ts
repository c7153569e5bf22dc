// npm run bench -- <name…> [--setup embedded]: measurements that anyone can repeat. Each prints its figures and its bound, and ends with
// exit code 1 when the bound is not kept.

import { parseArgs } from 'node:util';
import { baseline } from './baseline.ts';
import { machine, print } from './bench.ts';
import { chat } from './chat.ts';
import { dispatch } from './dispatch.ts';
import { dispatchEmail } from './dispatch-email.ts';
import { fair } from './fair.ts';
import { fanout } from './fanout.ts';
import { fees } from './fees.ts';
import { grades } from './grades.ts';
import { growth } from './growth.ts';
import { limit } from './limit.ts';
import { chooseSetUps } from './set-ups.ts';
import { start } from './start.ts';
import { urgent } from './urgent.ts';

const BENCHES: Record<string, () => Promise<boolean>> = {
  fanout,
  growth,
  grades,
  dispatch,
  'dispatch-email': dispatchEmail,
  baseline,
  limit,
  urgent,
  fair,
  fees,
  chat,
  start,
};

const { values, positionals: names } = parseArgs({
  options: { setup: { type: 'string', multiple: true } },
  allowPositionals: true,
});
const unknown =
  names.find((name) => !BENCHES[name]) ?? (values.setup ? chooseSetUps(values.setup) : undefined);
if (unknown) {
  print(
    `no bench or set-up "${unknown}"; there are: ${Object.keys(BENCHES).join(', ')}; --setup embedded, postgres, redis`,
  );
  process.exit(64);
}
print(machine());
let good = true;
for (const name of names.length ? names : Object.keys(BENCHES))
  good = (await BENCHES[name]?.()) === true && good;
process.exit(good ? 0 : 1);
