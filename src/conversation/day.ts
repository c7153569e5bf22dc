import { schoolDay } from '../time/index.ts';

/** "24/11", the day at school. */
export const dayText = (at: Date): string => {
  const [, month = '', day = ''] = schoolDay(at).toISOString().slice(0, 10).split('-');
  return `${day}/${month}`;
};
