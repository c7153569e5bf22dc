// Dispatch: the only place where outbox and channels meet. In: the ring "this lane has work". Out: sends, and their
// outcomes settled in the outbox.
// Promises: one owner per lane, so the account's pace is exact; urgent rows first, schools in turns; one row's
// trouble is that row's alone; a 429 holds the whole lane until the provider's time (next-state.ts decides).
// Not here: what an error of a channel means (channels/<channel>/errors.ts), and who gets the next try (notices).
export { type GroupPorts, postToGroups } from './class-groups.ts';
export { type Dispatch, openDispatch } from './dispatch.ts';
export { backOffMs, type Decision, nextState } from './next-state.ts';
export { withAttachments } from './sent-along.ts';
export { openWording, type PictureMaker, type Wording } from './wording.ts';
