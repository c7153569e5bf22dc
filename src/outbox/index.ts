// The outbox: the truth about what is to be sent. One row per delivery, and this folder is the only writer of the
// table. In: a notice's recipients (enqueue), the outcome of sends (settle), receipts (moveForward), rights that
// end (cancel…). Out: slices of due deliveries for the owner of a lane (claim).
// Promises: a delivery is never lost (it is a row until it is final); nothing is sent twice but what was on its way
// at a crash, and those rows say so (reclaim → possible_duplicate). Not here: what to say, to whom, and the pace.
export { cancelForbidden, cancelNotice, expireOverdue, type Scope } from './cancel.ts';
export { type Claimed, claim, nextDueAt } from './claim.ts';
export { moveForward, RECEIPT_KINDS, type ReceiptKind } from './confirm.ts';
export { type EnqueueRules, type EnqueueTo, enqueue, type TemplateChoice } from './enqueue.ts';
export { leaveStopped } from './leave-stopped.ts';
export { moveWaiting } from './move-waiting.ts';
export { putOff } from './put-off.ts';
export { reclaim } from './reclaim.ts';
export { mayBeTold, rightsLockName, VARS_THAT_MAY } from './rights.ts';
export { type Accepted, type GivenUp, type Retry, type Settlement, settle } from './settle.ts';
export { LIVE_SQL, mayFollow, REACHED_SQL, STATES, type State, statesBefore } from './states.ts';
