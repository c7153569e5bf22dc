// npm run bench -- <name…>: measurements that anyone can repeat. Each prints its figures and its bound, and ends with
// exit code 1 when the bound is not kept.

import { baseline } from './baseline.ts';
import { machine, print } from './bench.ts';
import { dispatch } from './dispatch.ts';
import { dispatchEmail } from './dispatch-email.ts';
import { fair } from './fair.ts';
import { fanout } from './fanout.ts';
import { fees } from './fees.ts';
import { growth } from './growth.ts';
import { limit } from './limit.ts';
import { start } from './start.ts';
import { urgent } from './urgent.ts';

const BENCHES: Record<string, () => Promise<boolean>> = {
  fanout,
  growth,
  dispatch,
  'dispatch-email': dispatchEmail,
  baseline,
  limit,
  urgent,
  fair,
  fees,
  start,
};

const names = process.argv.slice(2).filter((name) => !name.startsWith('-'));
const unknown = names.find((name) => !BENCHES[name]);
if (unknown) {
  print(`no bench "${unknown}"; there are: ${Object.keys(BENCHES).join(', ')}`);
  process.exit(64);
}
print(machine());
let good = true;
for (const name of names.length ? names : Object.keys(BENCHES))
  good = (await BENCHES[name]?.()) === true && good;
process.exit(good ? 0 : 1);
