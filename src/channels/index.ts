// Channels: one folder per channel, each a `Channel` of port.ts.
//
// In:  a message that has been worded and cut, for one address. Updates from the provider, fetched or brought.
// Out: what became of it (`Outcome`); what came in (`Inbound`), in words that are the same for every channel.
// Promises: `send` answers within its deadline and never throws for what a provider does; a secret never stands in an
//      outcome, an error or a log; an answer that did not come is `inDoubt`, so that a duplicate is known as such.
// Not here: retries and pace (dispatch), wording (render), what an answer means (conversation). What to do with a 429
//      or a 550 is read in the tables: telegram/errors.ts, zalo-bot/errors.ts, zalo-oa/codes.ts, email/errors.ts.

export { type Accounts, type Channels, type OpenAccount, openAccounts } from './accounts.ts';
export { type NumberedChoice, offerChoices, readChoice } from './choices.ts';
export { email } from './email/index.ts';
export type { FetchedFile, MessageAttachment, SentFile } from './files.ts';
export { type Gallery, openGallery, PICTURE_PATH } from './gallery.ts';
export { lookAfter } from './look-after.ts';
export { Pace } from './pace.ts';
export type {
  AccountConfig,
  Button,
  CapUsage,
  Channel,
  Connection,
  FailureReason,
  Inbound,
  Message,
  MessagePart,
  Outcome,
  PaidForm,
  Picture,
  RawUpdate,
} from './port.ts';
export { PICTURE_CID } from './port.ts';
export { ChannelProblem, type ChannelProblemKind } from './problem.ts';
export { type TelegramSettings, telegram } from './telegram/index.ts';
export { openLedger, WARN_SHARE, type ZaloBotSettings, zaloBot } from './zalo-bot/index.ts';
export {
  challengeOf,
  changeOaSettings,
  finishOa,
  type GroupText,
  groupText,
  noteOa,
  oaIdOf,
  oaSettingsSchema,
  oaTemplateSchema,
  openOaPorts,
  PACKAGES,
  type ZaloOaSettings,
  zaloOa,
} from './zalo-oa/index.ts';
