// Classroom: what a teacher tells a class. In: the teacher's words. Out: a draft for notices.
// Knows only `notices`; nothing of marks, fees or safety.
export { type ClassNotice, classNotice, classNoticeSchema, draftClassNotice } from './class-notice.ts';
