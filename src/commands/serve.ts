import { parseArgs } from 'node:util';
import { type Hub, startHub } from '../app.ts';
import type { Settings } from '../config.ts';
import { type Command, inOffice, print } from './command.ts';

/**
 * Ends the hub at SIGINT or SIGTERM: what is on its way is finished, at most STOP_SECONDS. A second signal leaves at
 * once; nothing is lost by it, only sends on their way may be repeated.
 */
export function untilStopped(hub: Pick<Hub, 'stop' | 'log'>, settings: Settings): Promise<number> {
  return new Promise((resolve) => {
    let asked = false;
    const onSignal = (signal: string) => {
      if (asked) process.exit(1);
      asked = true;
      hub.log.info({ signal }, 'stopping');
      const late = setTimeout(() => {
        hub.log.warn('stop took too long; leaving');
        process.exit(1);
      }, settings.STOP_SECONDS * 1000);
      void hub.stop().finally(() => {
        clearTimeout(late);
        resolve(0);
      });
    };
    process.on('SIGINT', onSignal);
    process.on('SIGTERM', onSignal);
  });
}

/** lienlac serve [--web-only]: the hub. With `--web-only` the lanes are left to workers. */
export const serveCommand: Command = async (args, settings) => {
  const { values } = parseArgs({ args, options: { 'web-only': { type: 'boolean', default: false } } });
  const hub = await startHub(settings, { web: true, lanes: !values['web-only'] });
  hub.log.info('ready');
  print(`Liên Lạc: ${hub.url}`);
  return untilStopped(hub, settings);
};

/** lienlac worker: lanes and schedules without pages, beside others on one DATABASE_URL. */
export const workerCommand: Command = async (args, settings) => {
  parseArgs({ args });
  const hub = await startHub(settings, { web: false, lanes: true });
  hub.log.info('ready');
  return untilStopped(hub, settings);
};

/** lienlac migrate: brings the database up to date and ends. */
export const migrateCommand: Command = async (args, settings) => {
  parseArgs({ args });
  return inOffice(settings, async () => {
    print('Cơ sở dữ liệu đã cập nhật / The database is up to date.');
    return 0;
  });
};
