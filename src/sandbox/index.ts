// The sandbox: stand-ins that speak the real wire of Telegram's Bot API, of Zalo's Official Account and Bot Platform, of
// an SMTP server and of the services that tell of payments, on this machine.
//
// In: HTTP and SMTP from the hub, acts of scripted persons. Out: answers, updates, mails in boxes, and an accept log
// that tests read as the oracle. Promises: what the real service is known to refuse is refused, with its words; what
// goes wrong there can be made to go wrong here; what was accepted stands in the log exactly once per acceptance.
// Not promised: agreement with Telegram or Zalo themselves. It proves agreement with the written facts only
// (facts/zalo-telegram.md §1, §2, §3, §5 and §7). The hub's other folders never import this one.

export type { BankServiceName, Transfer } from './bank/sign.ts';
export { type BankOptions, type BankSandbox, startBank } from './bank/start-bank.ts';
export type { MailFault, MailFaultHandle, MailStage } from './mail/faults.ts';
export { findLink, linksOf, oneClickUrl, unsubscribe } from './mail/links.ts';
export type { Mail } from './mail/mail.ts';
export { type Mailbox, type MailOptions, type MailSandbox, startMail } from './mail/start-mail.ts';
export { type PhonesOptions, phonesApp } from './phones/phones-app.tsx';
export type { PlaceAddress } from './phones/place.ts';
export { RunningClock } from './running-clock.ts';
export type { Accepted } from './telegram/accept-log.ts';
export type { ChatState, SeenMessage } from './telegram/chat.ts';
export type { Fault, FaultHandle, FaultKind } from './telegram/faults.ts';
export type { Group } from './telegram/group.ts';
export type { Keyboard, SeenButton } from './telegram/keyboard.ts';
export type { Entity } from './telegram/markup.ts';
export type { Person } from './telegram/person.ts';
export {
  type PersonOptions,
  startTelegram,
  type TelegramOptions,
  type TelegramSandbox,
} from './telegram/start-telegram.ts';
export type { ZaloBotPerson } from './zalo-bot/person.ts';
export { startZaloBot, type ZaloBotOptions, type ZaloBotSandbox } from './zalo-bot/start-zalo-bot.ts';
export type { OaFault } from './zalo-oa/faults.ts';
export type { OaAccepted, OaConsole, OaPackage } from './zalo-oa/oa.ts';
export type { ZaloOaPerson } from './zalo-oa/person.ts';
export { startZaloOa, type ZaloOaOptions, type ZaloOaSandbox } from './zalo-oa/start-zalo-oa.ts';
export type { OaTemplate } from './zalo-oa/templates.ts';
