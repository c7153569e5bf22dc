// Safety: what must reach every family now. In: cause, action, scope, authority. Out: a draft for notices.
// Knows only `notices`; nothing of marks, fees or the classroom.
export {
  ACTIONS,
  CAUSES,
  draftSafetyNotice,
  type SafetyNotice,
  safetyNotice,
  safetyNoticeSchema,
} from './safety-notice.ts';
