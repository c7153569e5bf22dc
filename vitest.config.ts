import { defineConfig } from 'vitest/config';

export default defineConfig({
  oxc: { jsx: { runtime: 'automatic', importSource: 'hono/jsx' } },
  test: {
    include: ['test/**/*.test.{ts,tsx}'],
    globalSetup: ['test/harness/global-setup.ts'],
    setupFiles: ['test/harness/each-file.ts'],
    // Two processes that run one file after the other: what a test opens it closes, and loading the hub anew for each
    // file would take a third of the time.
    pool: 'forks',
    maxWorkers: 2,
    isolate: false,
    testTimeout: 20_000,
    hookTimeout: 60_000,
    // On a build server that is busy with others, once more; .ci/run names what needed it. Elsewhere never.
    retry: process.env.CI === 'true' ? 1 : 0,
    // The school's time must not depend on the machine's: tests run far away from Vietnam.
    env: { TZ: 'America/Caracas' },
  },
});
