// Notices: what a school tells, once. In: a draft of some kind with an audience. Out: recipients with their
// outcome, deliveries in the outbox, and the report "who has not got it, and why".
// Promises: a notice is accepted whole or not at all; the same key never publishes twice; nothing that needs an
// agreement is planned without one, and a withdrawal works at once; "finished" means that the sums agree.
// Not here: sending (dispatch), wording (render and the kinds' own folders).
export { addAddress } from './add-address.ts';
export { advance } from './advance.ts';
export { noteAnswered } from './answered.ts';
export { type Audience, audienceSchema, type OwnTelling } from './audience.ts';
export {
  type ConsentAnswer,
  type ContactEnd,
  closeContacts,
  PURPOSES,
  reopenContacts,
  setConsent,
  setConsentWithin,
} from './consent.ts';
export {
  closeRequest,
  type DataRequested,
  type OpenRequest,
  openRequests,
  requestData,
} from './data-request.ts';
export type { Digest } from './digest-items.ts';
export { type FamilySettings, familySettings, MODES_OF } from './family-settings.ts';
export { type Forecast, forecast } from './forecast.ts';
export {
  type Answerer,
  type AnswerFrom,
  type AnswerProblem,
  type ChildAnswer,
  FORM_SORTS,
  type FormDoor,
  type FormQuestion,
  type FormResults,
  type FormSort,
  type FormValue,
  type ListedForm,
  type ResultScope,
  type ShownForm,
  type Tally,
} from './form-door.ts';
export { invitation, inviteContacts } from './invite.ts';
export { COMMON_VARIABLES, type NoticeKind, type NoticeKinds } from './kind.ts';
export { moveContacts } from './move-contacts.ts';
export type { PlanRules } from './plan.ts';
export { setPreference } from './preference.ts';
export { type NoticeDraft, type Published, publish, publishWithin } from './publish.ts';
export { REASONS, type Reason } from './reasons.ts';
export { recentNotices, type ToldNotice, wordedAgain } from './recent.ts';
export { finishNotices, reconcile, remindUnconfirmed } from './reconcile.ts';
export {
  type Missing,
  missingOf,
  type NoticeReport,
  reportOf,
  sumsAgree,
  type Unreached,
  unreachedOf,
} from './report.ts';
export { holdRightsStill, lockRights } from './rights.ts';
export { tellAgain } from './tell-again.ts';
export { type DigestPart, digest } from './tell-digests.ts';
export {
  chooseTemplates,
  saveTemplate,
  seedTemplates,
  type TemplatePlace,
  type TemplateText,
  variablesOf,
} from './templates.ts';
export {
  type AskingChild,
  type Topic,
  type TopicAnswer,
  type TopicQuestion,
  topicAction,
} from './topic.ts';
export { activeContacts, preferContact, setWish } from './wishes.ts';
export { withdraw } from './withdraw.ts';
