// Classroom: what a teacher tells a class, and what a school asks its families. In: the teacher's words; a form and the
// answers to it. Out: drafts for notices; the answers as staff may see them. Promises: the words of a form never change,
// and a child's last answer before the deadline is the one that counts.
// Knows only `notices`; nothing of marks, fees or safety.
export { type ClassNotice, classNotice, classNoticeSchema, draftClassNotice } from './class-notice.ts';
export { FORM_KINDS } from './forms/form.ts';
export { type Forms, openForms } from './forms/open-forms.ts';
export { type FormDraft, type PublishedForm, publishForm } from './forms/publish-form.ts';
export { formResults, listForms } from './forms/results.ts';
