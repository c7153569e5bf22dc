// store: where everything is kept.
//
// In: settings. Out: an open, migrated database (Prisma and a pg pool on the same connections), leases in it, and
// BullMQ as the bell. It promises that what was committed survives kill -9 and a power cut, and that one embedded
// data folder has one hub. It does not know what the tables mean.

export { type Bell, openBell } from './bell.ts';
export { type Database, type DatabaseSettings, openDatabase } from './database.ts';
export { acquireLease, clearLeases, leaseLeftMs, releaseLease, renewLease } from './lease.ts';
export { migrate } from './migrate.ts';
export { inPackage, packageRoot } from './package-root.ts';
export { PrismaClient } from './prisma/client.ts';
export { readiness } from './readiness.ts';
