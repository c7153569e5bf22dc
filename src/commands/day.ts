import { HubError } from '../errors.ts';

/** A day as the command line takes it: "25/11/2026" or "2026-11-25"; midnight UTC. @throws HubError `badInput` */
export function readDayOption(text: string, option: string): Date {
  const own = /^(\d{1,2})\/(\d{1,2})\/(\d{4})$/.exec(text);
  const iso = own ? `${own[3]}-${own[2]?.padStart(2, '0')}-${own[1]?.padStart(2, '0')}` : text;
  const day = new Date(`${iso}T00:00:00Z`);
  const isDay =
    /^\d{4}-\d\d-\d\d$/.test(iso) && !Number.isNaN(day.getTime()) && day.toISOString().startsWith(iso);
  if (!isDay) throw new HubError('badInput', { problem: `--${option} 25/11/2026` });
  return day;
}

/** "25/11/2026" */
export const showDay = (day: Date): string => day.toISOString().slice(0, 10).split('-').reverse().join('/');
