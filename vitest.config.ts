import { defineConfig } from 'vitest/config';

export default defineConfig({
  oxc: { jsx: { runtime: 'automatic', importSource: 'hono/jsx' } },
  test: {
    include: ['test/**/*.test.{ts,tsx}'],
    globalSetup: ['test/harness/global-setup.ts'],
    // Each file in its own process, two at a time: tests kill processes and open servers.
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 20_000,
    hookTimeout: 60_000,
    // On a build server that is busy with others, once more; .ci/run names what needed it. Elsewhere never.
    retry: process.env.CI === 'true' ? 1 : 0,
    // The school's time must not depend on the machine's: tests run far away from Vietnam.
    env: { TZ: 'America/Caracas' },
  },
});
