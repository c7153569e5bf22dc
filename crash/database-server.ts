import pg from 'pg';
import { openLog } from '../src/observe/index.ts';
import { findBinaries } from '../src/store/embedded/binaries.ts';
import { openFolder, readPassword } from '../src/store/embedded/folder.ts';
import { readPostmaster } from '../src/store/embedded/postmaster.ts';
import { chooseRunAs } from '../src/store/embedded/run-as.ts';
import {
  DATABASE_USER,
  launch,
  makeDataFolder,
  type Site,
  stopServer,
} from '../src/store/embedded/server.ts';
import { until } from './until.ts';

/** A PostgreSQL of its own, with the programs that the hub brings along: it stops and starts when we say so. */
export type DatabaseServer = {
  connection: pg.PoolConfig;
  /** For DATABASE_URL. @param who the name by which the database knows that process. */
  url(who: string): string;
  start(): Promise<void>;
  stop(): Promise<void>;
};

/** PostgreSQL's own default: a cluster has to do with it. */
const CONNECTIONS = '100';

export async function startDatabaseServer(dataDir: string): Promise<DatabaseServer> {
  const folder = await openFolder(dataDir);
  const binaries = await findBinaries();
  const password = await readPassword(folder);
  const runAs = await chooseRunAs(folder.pgData, binaries);
  const site: Site = { folder, binaries, password, runAs, log: openLog('error') };
  await makeDataFolder(site);
  let at = { host: '', port: 0 };

  async function start(): Promise<void> {
    await launch(site, at.port || undefined, { max_connections: CONNECTIONS });
    await until('PostgreSQL to be ready', async () => {
      const postmaster = await readPostmaster(folder);
      if (!postmaster?.ready) return false;
      at = { host: postmaster.host, port: postmaster.port };
      return true;
    });
  }
  await start();
  const connection: pg.PoolConfig = { ...at, user: DATABASE_USER, password, ssl: false, database: 'lienlac' };
  const admin = new pg.Client({ ...connection, database: 'postgres' });
  await admin.connect();
  await admin.query('create database lienlac');
  await admin.end();
  return {
    connection,
    url(who) {
      const url = new URL('postgres://localhost/lienlac');
      url.username = DATABASE_USER;
      url.password = password;
      url.searchParams.set('host', at.host);
      url.searchParams.set('port', String(at.port));
      url.searchParams.set('application_name', who);
      return url.href;
    },
    start,
    async stop() {
      const postmaster = await readPostmaster(folder);
      if (postmaster) await stopServer(site, postmaster);
    },
  };
}
