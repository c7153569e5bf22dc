// What every test may lean on: a fresh migrated database per file, and waiting for conditions instead of times.

export { testDatabase } from './database.ts';
export { until } from './until.ts';
