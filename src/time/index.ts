// Time: the clock that is handed in, and school hours. Everything here is pure; school time is Asia/Ho_Chi_Minh
// under any TZ.
export { type Clock, systemClock } from './clock.ts';
export {
  clockText,
  holdUntil,
  lastWeekly,
  SCHOOL_OFFSET_MIN,
  schoolDay,
  schoolMinuteOfDay,
  type Weekly,
} from './hours.ts';
export { nextOffice, type OfficeHours } from './office.ts';
