// attendance: who is away from school. In: reports of absence by families, the school's attendance file. Out: the reports
// and their state, the running count of missed sessions. It promises: a report is kept once and decided once; reasons are
// sealed and forgotten after a while; a count is shown only where the school has told of its attendance. It sends nothing
// and asks nobody: the conversation does.
export { type AbsenceReason, REASON_MOST } from './absence.ts';
export { type ApplyAttendance, applyAttendance } from './apply-attendance.ts';
export { type AbsentDays, askAt } from './ask-at.ts';
export type { AttendanceFact, AttendanceReason } from './attendance-facts.ts';
export {
  type CalendarEntry,
  calendarOf,
  dropCalendarEntry,
  isDayOff,
  type SchoolCalendar,
  setCalendarEntry,
} from './calendar.ts';
export {
  type AbsenceFilter,
  type AbsenceOf,
  absences,
  forgetReasons,
  keepAbsence,
  type NewAbsence,
  reasonOf,
  settleAbsence,
} from './reports.ts';
export {
  type MissedCount,
  missedSessions,
  type NearBound,
  nearBound,
  sessionsADay,
  setSessionsADay,
  takeBackMissed,
} from './sessions.ts';
