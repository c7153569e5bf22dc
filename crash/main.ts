// npm run crash [-- --rounds 30 --deliveries 5000 --setup embedded --part random --quick --json]: kills the hub wherever it can be
// killed, and counts what the stand-ins took. Ends with exit code 1 when a promise was not kept.

import { parseArgs } from 'node:util';
import { machine, print } from '../bench/bench.ts';
import { sendHome } from './crew.ts';
import { SETUPS, type SetupName } from './place.ts';
import { isKept, lineOf, type Result, tableOf } from './result.ts';
import { PARTS, type Part, type Plan, runSetup } from './run.ts';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string' },
    deliveries: { type: 'string' },
    setup: { type: 'string', multiple: true },
    part: { type: 'string', multiple: true },
    /** Seconds that what the hub stands on is away. */
    outage: { type: 'string' },
    seed: { type: 'string' },
    quick: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
});

const names = Object.keys(SETUPS) as SetupName[];
const known = (what: string, given: string[] | undefined, there: readonly string[]) => {
  const unknown = given?.find((name) => !there.includes(name));
  if (unknown === undefined) return;
  print(`no ${what} "${unknown}"; there are: ${there.join(', ')}`);
  process.exit(64);
};
known('set-up', values.setup, names);
known('part', values.part, PARTS);

const { quick } = values;
const seed = Number(values.seed ?? Date.now() % 1_000_000);
const plan: Plan = {
  quick,
  parts: values.part as Part[] | undefined,
  rounds: Number(values.rounds ?? (quick ? 5 : 30)),
  deliveries: Number(values.deliveries ?? (quick ? 1_000 : 5_000)),
  large: quick ? 4_000 : 20_000,
  leaseMs: quick ? 2_000 : 3_000,
  // A quick run is for CI, whose machine others may use as well; what is lost or doubled is judged as ever.
  slack: quick ? 3 : 1,
  outageMs: Number(values.outage ?? (quick ? 3 : 20)) * 1000,
  chance: chanceFrom(seed),
};

/** The same seed, the same times (mulberry32). */
function chanceFrom(start: number): () => number {
  let state = start;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

const results: Result[] = [];
const leftOut: string[] = [];
let lacking = false;
const began = performance.now();
print(machine());
print(
  `${plan.deliveries} deliveries a notice, ${plan.rounds} random kills, lease ${plan.leaseMs / 1000} s, seed ${seed}`,
);
try {
  for (const setup of (values.setup as SetupName[] | undefined) ?? names) {
    print(`\n${SETUPS[setup]}`);
    await runSetup(setup, plan, {
      told(result) {
        results.push(result);
        print(lineOf(result));
      },
      leftOut(what, hasTo) {
        lacking ||= hasTo;
        leftOut.push(`${setup}: ${what}`);
        print(`– left out: ${what}`);
      },
    });
  }
} finally {
  await sendHome();
}

const seconds = Math.round((performance.now() - began) / 1000);
// What a machine lacks may be left out by a person at it; CI has it, and there it counts as not kept.
const kept = results.length > 0 && results.every(isKept) && !(process.env.CI && lacking);
print(`\n${tableOf(results)}\n`);
for (const what of leftOut) print(`Left out: ${what}`);
print(`${kept ? '✓ every promise was kept' : '✗ a promise was not kept'}; ${seconds} s`);
if (values.json) print(JSON.stringify({ kept, seconds, seed, leftOut, results }));
process.exit(kept ? 0 : 1);
