import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import type { TestProject } from 'vitest/node';
import { createDatabase } from '../../src/store/database.ts';
import { openEmbedded } from '../../src/store/embedded/index.ts';
import { migrate } from '../../src/store/migrate.ts';

export const TEMPLATE = 'template_lienlac';

declare module 'vitest' {
  export interface ProvidedContext {
    /** The one server of this test run; its database `template_lienlac` has all migrations. */
    testServer: { host: string; port: number; user: string; password: string };
  }
}

/** One embedded server for the whole run, with a migrated template that each test file copies in some 50 ms. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const log = pino({ level: 'silent' });
  const folder = await mkdtemp(join(tmpdir(), 'lienlac-test-'));
  const embedded = await openEmbedded(folder, 'hub', log);
  const admin = { ...embedded.address, ssl: false, database: 'postgres' };
  const end = async () => {
    await embedded.close();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await createDatabase(admin, TEMPLATE);
    await migrate({ connection: { ...admin, database: TEMPLATE } }, log);
  } catch (error) {
    await end();
    throw error;
  }
  project.provide('testServer', embedded.address);
  return end;
}
