// Conversation: what a parent can say, the same for every chat channel. In: updates, stored before anything else.
// Out: replies, and what they change: links, consents, confirmations, unlinking.
// Promises: no update is lost by a crash or a throwing handler; updates of one chat are handled in order; a button
// or code works only for the chat that it belongs to. Not here: the wire (channels), notices (dispatch).

export { decideAbsence } from './absence/decide.ts';
export { type AbsenceDoor, type AbsencePlace, openAbsenceDoor } from './absence/page-door.ts';
export { absenceWords } from './absence/words.ts';
export { formButton } from './family/form.ts';
export { boundsText, valueText } from './family/form-words.ts';
export { openingsOf } from './family/recent.ts';
export { followAccounts } from './intake/follow.ts';
export { type Inbox, openInbox } from './intake/inbox.ts';
export { type Conversation, openConversation } from './open-conversation.ts';
export { respond } from './respond.ts';
export { ALARM_CHAT_NOTICES } from './staff/chat-notices.ts';
export { countsOf, eachText, silentText, sumsText, type Teller, whyNot } from './staff/result-words.ts';
export type { ConversationPorts } from './talk.ts';
