import { createServer } from 'node:net';
import type { Settings } from '../src/config.ts';

/** The demo's own folder; a real hub's data are never touched. */
export const DATA_DIR = './data-demo';

/** Short enough to be seen, long enough for those who confirm at once. */
const CONFIRM_SECONDS = 5;

/**
 * The settings of the demo: embedded database in its own folder, this machine only, a free port, no quiet hours (so
 * that it works at night too), and a short time until a safety notice is repeated.
 * @param portBefore of a run that is gone on with: the links in its mails must still open
 */
export async function demoSettings(settings: Settings, portBefore?: number): Promise<Settings> {
  const wanted = portBefore ?? settings.PORT;
  return {
    ...settings,
    DATA_DIR,
    DATABASE_URL: undefined,
    REDIS_URL: undefined,
    SECRET_KEY: undefined,
    PUBLIC_URL: undefined,
    HOST: '127.0.0.1',
    PORT: (await isFree(wanted)) ? wanted : 0,
    TELEGRAM_PROXY: undefined,
    QUIET_FROM: 0,
    QUIET_TO: 0,
    SAFETY_CONFIRM_MINUTES: CONFIRM_SECONDS / 60,
  };
}

/** Whether a port of this machine can be had; 0 always can. */
export function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });
}
