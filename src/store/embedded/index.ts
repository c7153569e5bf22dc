// The embedded PostgreSQL: the real server, run by the hub in DATA_DIR/postgres.
//
// In: a data folder. Out: how to connect. It promises: one hub per folder; a server that survived a kill -9 of its
// hub is taken over; a server that dies under a living hub is started again; the last who leaves stops it; nothing
// in the folder is readable by others. It does not know what the database holds.

import type { Logger } from 'pino';
import { attend, leave, type Role } from './attendance.ts';
import { findBinaries } from './binaries.ts';
import { boundLog, checkVersion, openFolder, readPassword } from './folder.ts';
import { lockHub } from './hub-lock.ts';
import { chooseRunAs } from './run-as.ts';
import { DATABASE_USER, makeDataFolder, pause, type Site } from './server.ts';

export { identity } from './alive.ts';
export type { Role } from './attendance.ts';

/** How to connect. `host` is a folder (unix socket) or 127.0.0.1. */
export type Address = { host: string; port: number; user: string; password: string };

export type Embedded = {
  address: Address;
  /** The server's process id; another one after it had to be started again. */
  serverPid(): number;
  /** Leaves the server and, as the last one, stops it. */
  close(): Promise<void>;
};

const LOG_LOOK_MS = 3_600_000;

/**
 * Starts the server of a data folder or joins the one that runs there.
 * @throws HubError `dataFolderInUse`, `dataFolderOtherVersion`, `databaseCannotStart`.
 */
export async function openEmbedded(dataDir: string, role: Role, log: Logger): Promise<Embedded> {
  const folder = await openFolder(dataDir);
  const binaries = await findBinaries();
  checkVersion(folder, binaries.major);
  const release = role === 'hub' ? await lockHub(folder.hubLock) : async () => undefined;
  try {
    const password = await readPassword(folder);
    const site: Site = { folder, binaries, password, log, runAs: await chooseRunAs(folder.pgData, binaries) };
    await makeDataFolder(site);
    return await stay(site, role, release);
  } catch (error) {
    await release();
    throw error;
  }
}

/** Attends until `close`, and again whenever the server goes away under us. */
async function stay(site: Site, role: Role, release: () => Promise<void>): Promise<Embedded> {
  let attendance = await attend(site, role);
  let closing = false;
  let returning: Promise<void> = Promise.resolve();
  const watch = () => {
    attendance.client.once('end', () => {
      if (closing) return;
      site.log.error('embedded database: the server went away; starting it again');
      returning = comeBack();
    });
  };
  const comeBack = async () => {
    while (!closing) {
      try {
        attendance = await attend(site, role, attendance.postmaster.port);
        watch();
        site.log.info('embedded database: the server is back');
        return;
      } catch (error) {
        site.log.fatal({ err: error }, 'embedded database: the server does not come back; trying again');
        await pause(1_000);
      }
    }
  };
  watch();
  const logWatch = setInterval(() => void boundLog(site.folder), LOG_LOOK_MS).unref();
  const { host, port } = attendance.postmaster;
  return {
    address: { host, port, user: DATABASE_USER, password: site.password },
    serverPid: () => attendance.postmaster.pid,
    close: async () => {
      closing = true;
      clearInterval(logWatch);
      await returning;
      await leave(site, attendance);
      await release();
    },
  };
}
