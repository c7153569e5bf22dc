import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

// A process id alone proves nothing: ids are reused, after a power cut or in a fresh container within seconds.

/**
 * What tells a process from every other one that had or will have its id: id, start time and boot of the machine.
 * Undefined: no such process, or this platform can't say.
 */
export function identity(pid: number): string | undefined {
  try {
    if (process.platform === 'linux') {
      const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
      // The name in parentheses may hold spaces; field 22 is counted behind it.
      const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(')').pop()?.trim().split(' ') ?? [];
      // A zombie has ended; only its parent has not looked yet.
      return fields[0] === 'Z'
        ? undefined
        : `${boot}/${readlinkSync('/proc/self/ns/pid')}/${pid}/${fields[19]}`;
    }
    if (process.platform === 'darwin') {
      const env = { ...process.env, LC_ALL: 'C', TZ: 'UTC' };
      const started = execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], {
        env,
        encoding: 'utf8',
      }).trim();
      return started ? `${pid}/${started}` : undefined;
    }
  } catch {
    return undefined;
  }
  return undefined;
}

/** Is there any process with this id? On Windows, where `identity` can't say, this has to do. */
export function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Is `pid`, read from the postmaster.pid of `pgData`, really the server of that folder? */
export function isServerOf(pgData: string, pid: number): boolean {
  // Every process of PostgreSQL works in its data folder.
  if (process.platform === 'linux') return workingFolder(String(pid)) === pgData;
  if (process.platform === 'darwin') return nameOf(pid).includes('postgres');
  return exists(pid);
}

/** Does anything of the server on `pgData` still run? Its processes may outlive a killed postmaster for a moment. */
export function anyServerOf(pgData: string, pid: number | undefined): boolean {
  if (process.platform !== 'linux') return pid !== undefined && isServerOf(pgData, pid);
  return readdirSync('/proc').some((entry) => /^\d+$/.test(entry) && workingFolder(entry) === pgData);
}

function nameOf(pid: number): string {
  try {
    return execFileSync('ps', ['-o', 'comm=', '-p', String(pid)], { encoding: 'utf8' });
  } catch {
    return '';
  }
}

function workingFolder(pid: string): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return undefined;
  }
}
