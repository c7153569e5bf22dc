import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Folder } from './folder.ts';

/** What a running server says of itself in postmaster.pid: PostgreSQL keeps our connection info for us. */
export type Postmaster = {
  pid: number;
  /** A folder (unix socket) or an address. */
  host: string;
  port: number;
  ready: boolean;
};

/** The server that has this data folder, according to its own file; it may have ended without removing it. */
export async function readPostmaster(folder: Folder): Promise<Postmaster | undefined> {
  const text = await readFile(join(folder.pgData, 'postmaster.pid'), 'utf8').catch(() => undefined);
  // Lines: pid, data folder, start time, port, socket folder, listen address, shared memory key, status.
  const [pid, , , port, socketFolder, address, , status] = text?.split('\n') ?? [];
  if (!pid || !port) return undefined;
  // The socket folder is given to the server as '.', so that its length does not matter there.
  const host = socketFolder?.trim() ? folder.pgData : (address?.trim() ?? '');
  return { pid: Number(pid), host, port: Number(port), ready: status?.trim() === 'ready' };
}
