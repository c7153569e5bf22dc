// The port between the hub and every channel. A channel knows its wire and nothing of notices, pupils or schools:
// it gets a message for an address, and says what became of it.
//
// Deliberately not here: retries, pace, choice of contact (dispatch), wording (render), what an answer means
// (conversation). A new channel is one folder that exports a `Channel`, and one line in office.ts; it must pass
// test/channels/contract.ts.

import type { FetchedFile, MessageAttachment, SentFile } from './files.ts';
import type { GroupText } from './zalo-oa/group.ts';

/** An account as a channel sees it: already unsealed, its settings not yet checked. */
export type AccountConfig = {
  id: string;
  /** Public name: bot username, sender address. */
  name: string;
  /** Bot token, SMTP URL … Never logged. */
  secret: string;
  settings: Record<string, unknown>;
};

export type Button = {
  label: string;
  /** What comes back when it is pressed: 1–64 bytes of A–Z a–z 0–9 . : _ - */
  action: string;
};

/** A message that has been worded and cut for the channel; `parts` are sent in this order. */
export type Message = {
  /** Where: chat id, e-mail address. */
  address: string;
  /** Each part within the channel's `limits.textMax`. The last one carries the buttons. */
  parts: readonly MessagePart[];
  buttons?: readonly (readonly Button[])[];
  /** Our own id of this sending: Message-ID of a mail, tracking id elsewhere. Stable over retries. */
  deliveryId: string;
  /** How many parts went out at an earlier attempt; the sending goes on behind them. */
  partsSent?: number;
  /**
   * Goes out with the last part, or just before it where a caption is too short for it; then it counts in `partsSent`
   * like a part. In a mail it stands where the markup says `cid:` + PICTURE_CID.
   */
  picture?: Picture;
  /**
   * What somebody has sent along. It goes out with the last part or behind it; where it is a message of its own, it
   * counts in `partsSent` like a part. A channel that cannot carry it says `instead` below the text.
   */
  attachment?: MessageAttachment;
  /** Set where the message may cost money, if the school allows that; answers in a chat never may. */
  paid?: PaidForm;
  /** E-mail only: subject, sender's display name, one-click unsubscribe address (RFC 8058), page for confirmation. */
  subject?: string;
  fromName?: string;
  unsubscribeUrl?: string;
};

/** What a provider's own template is filled with, where a message in words may not be sent any more. */
export type PaidForm = {
  /** The kind of notice: each has a template of its own, or none. */
  kind: string;
  /** By variable of our templates. */
  values: Readonly<Record<string, unknown>>;
  /** Worth paying for once more where the answer to a send was lost. */
  urgent: boolean;
  /** The number that the school has of the guardian, "0912345678"; asked for only where it is needed. */
  phone: () => Promise<string | null>;
};

/** `alt` says what is in it to those who cannot see it. */
export type Picture = { png: Buffer; alt: string };

/** What a mail's markup calls its picture (RFC 2392). */
export const PICTURE_CID = 'picture@lienlac.invalid';

export type MessagePart = {
  /** The channel's own markup: Telegram HTML, mail HTML. */
  markup: string;
  /** The same without markup. */
  plain: string;
  /** Where `plain` is bold, in UTF-16 units; for channels that mark by place. */
  bold?: readonly { start: number; length: number }[];
};

/** What became of a sending. `partsSent` counts all parts that are out, also from earlier attempts. */
export type Outcome =
  /** The provider took all parts. */
  | { kind: 'accepted'; providerId: string; partsSent: number }
  /**
   * Try again. `scope: 'lane'`: the provider asks the whole account to wait `afterMs`. `inDoubt`: the provider may
   * have taken it (no answer came), so the next attempt may be a duplicate.
   */
  | {
      kind: 'retry';
      scope: 'delivery' | 'lane';
      afterMs?: number;
      mostAttempts?: number;
      reason: FailureReason;
      detail: string;
      inDoubt: boolean;
      partsSent: number;
    }
  /**
   * Never to this address: `contact` says what the address has become. `newAddress`: it has moved there, so the caller
   * replaces the address and sends again (the channel does not: the contact is not its to change).
   */
  | {
      kind: 'rejected';
      reason: FailureReason;
      detail: string;
      contact?: 'blocked' | 'gone';
      newAddress?: string;
      partsSent: number;
    }
  /** Only a person can help (wrong token …): the whole account stops. */
  | { kind: 'person'; reason: FailureReason; detail: string; partsSent: number };

/** Why a sending did not succeed; each has a sentence in the locales' report.json under reasons. */
export type FailureReason =
  | 'blocked'
  | 'addressUnknown'
  | 'refused'
  | 'badContent'
  | 'channelBusy'
  | 'channelDown'
  | 'channelStopped'
  /** The provider's plan allows no more users or messages. */
  | 'capReached'
  /** The time in which a message is free is over, and the school does not pay for one. */
  | 'windowClosed'
  /** The school's own cap on what may be spent in a month is used. */
  | 'budgetUsed'
  /** It was paid for, nobody knows whether it was sent, and the school does not pay for it again. */
  | 'unknown'
  | 'timedOut';

/** What came in, in the channel's own terms but without its wire. */
export type Inbound =
  | { kind: 'text'; address: string; text: string; language?: string; group: boolean }
  /** `startCode`: the parameter of a deep link (t.me/bot?start=CODE); empty when there was none. */
  | { kind: 'start'; address: string; startCode: string; language?: string; group: boolean }
  | { kind: 'press'; address: string; action: string; pressId: string; messageId: string; group: boolean }
  | { kind: 'blocked'; address: string }
  | { kind: 'unblocked'; address: string }
  /** Somebody has chosen to hear from us, and may have nothing to say yet. */
  | { kind: 'followed'; address: string }
  /** They take back every consent: everything ends. */
  | { kind: 'withdrawn'; address: string }
  /** What became of messages of ours; `deliveryId` where the provider gives our own id back. */
  | {
      kind: 'receipt';
      address: string;
      says: 'delivered' | 'seen';
      at: Date;
      providerIds: readonly string[];
      deliveryId?: string;
    }
  /** Something that we do not use. `unknown`: its name, when nobody knows what it is; then all of it is kept. */
  | { kind: 'other'; address: string; unknown?: string }
  /** A picture or a document, in a private chat; `fetchFile` brings its bytes. `caption`: NFC, "" when there is none. */
  | { kind: 'file'; address: string; file: SentFile; caption: string; language?: string; group: false }
  /** A voice, a film, a place, in a private chat: something is meant by it, and it is not read. */
  | { kind: 'unreadable'; address: string };

/** An update as the provider sent it, with what is needed to store it once and to keep the order of a chat. */
export type RawUpdate = {
  externalId: string;
  chatKey: string;
  payload: unknown;
  /** It is handled so much later: what it speaks of is perhaps not written down yet. */
  afterMs?: number;
};

/**
 * One open account. `send` throws for bugs only; `deadline` aborts the call. `poll`, `setWebhook`, `edit`, `fetchFile` and
 * `whoAmI` throw a ChannelProblem (problem.ts) that says whether to wait, to try again or to call a person.
 */
export interface Connection {
  send(message: Message, deadline: AbortSignal): Promise<Outcome>;
  /** Whether the provider has signed these very bytes; for webhooks that prove themselves so. */
  isSigned?(raw: Uint8Array, header: (name: string) => string | undefined): boolean;
  /** What a webhook delivery holds, ready to be stored; empty when it is not the provider's. */
  received?(body: unknown): RawUpdate[];
  /** Reads the payload of an update that `poll` or `received` brought. */
  read?(payload: unknown): Inbound;
  /**
   * Fetches a file that an update named, from the provider and from nowhere else.
   * @throws ChannelProblem when it should be tried again
   */
  fetchFile?(file: SentFile, mostBytes: number, deadline: AbortSignal): Promise<FetchedFile>;
  /** Notes for the channel's own use what such an update tells it; before it is answered. */
  heard?(payload: unknown): Promise<void>;
  /**
   * The next updates behind `cursor`; waits for them at the provider at most `waitSeconds`. Asking with a cursor
   * confirms what lies before it: store updates and cursor together first. When `signal` aborts: no updates.
   */
  poll?(
    cursor: string | null,
    waitSeconds: number,
    signal: AbortSignal,
  ): Promise<{ updates: RawUpdate[]; cursor: string | null }>;
  /** Tells the provider where to bring updates (`url`), or that they are fetched (null). */
  setWebhook?(url: string | null, secret: string): Promise<void>;
  /**
   * What the app lists as commands, in one language; null: for every language that has no list of its own.
   * @param address in this one chat; no commands there: what all see
   */
  setCommands?(
    language: string | null,
    commands: readonly { command: string; description: string }[],
    address?: string,
  ): Promise<void>;
  /** Answers a pressed button, so that the phone stops waiting. Failure is harmless and swallowed. */
  answerPress?(pressId: string, text?: string): Promise<void>;
  /** Replaces the text and buttons of a message that was sent before. */
  edit?(
    address: string,
    messageId: string,
    part: MessagePart,
    buttons?: readonly (readonly Button[])[],
  ): Promise<void>;
  /** Asks the provider who we are; throws with the provider's words when it does not accept us. */
  whoAmI(): Promise<{ name: string; id?: string }>;
  /** Whether the provider's plan still lets us write to this address; where it does not, nobody is answered there. */
  hasRoomFor?(address: string): Promise<boolean>;
  /** What of the provider's plan is used, in whole things. */
  usage?(): Promise<CapUsage[]>;
  /** For accounts that somebody has to allow on a page of the provider's. */
  readonly consent?: ConsentWay;
  /** Care from time to time. @returns what only a person can mend, in words; null: all is well, or will be tried again. */
  upkeep?(): Promise<string | null>;
  /** Who should be asked for a sign of life, since writing to them is free for a short while only. */
  closingSoon?(): Promise<string[]>;
  /** Takes the right to ask one of them; false when it was done of late. */
  mayPrompt?(address: string): Promise<boolean>;
  /** Whether messages should say that an answer keeps the way open. */
  readonly hints?: boolean;
  /** Writes to a group chat of the account; only what concerns a whole class can be written there. */
  postToGroup?(groupId: string, text: GroupText, deadline: AbortSignal): Promise<Outcome>;
  close(): Promise<void>;
}

export interface ConsentWay {
  /** The provider's page. */
  url(redirectUri: string, state: string): string;
  /** What the page has brought back. */
  take(code: string): Promise<ConsentAnswer>;
  /** What somebody has got from the provider's own console. */
  paste(pair: { access: string; refresh: string }): Promise<void>;
}

export type ConsentAnswer =
  | { kind: 'token' }
  /** No answer: try again. */
  | { kind: 'later'; words: string }
  /** Only a person can help, and `words` say with what. */
  | { kind: 'person'; words: string };

/**
 * `users`: addresses that were ever written to; `messages`: of this month. The others say how things stand and hold
 * nothing up: `inWindow`, people to whom a message is free now; `consultations`, of the package's monthly quota;
 * `templates`, of the day's, by phone; `dong`, of what the school is ready to pay in a month.
 */
export type CapUsage = {
  what: 'users' | 'messages' | 'inWindow' | 'consultations' | 'templates' | 'dong';
  used: number;
  most: number;
};

export interface Channel {
  /** The folder's name; stands in channel_account.channel. */
  readonly name: string;
  readonly limits: {
    /** Longest text of one part, counted as the provider counts. */
    textMax: number;
    /** Default pace of an account. */
    perSecond: number;
    perAddressMs: number;
    /** How many sends may be on the way at once. */
    concurrency: number;
    /** How long one send may take. */
    deadlineMs: number;
  };
  /** Telegram's small set of tags; a whole HTML page with plain text beside; plain text with places that are bold. */
  readonly markup: 'telegram' | 'mail' | 'styled';
  /** How a person answers: with a button, or, where there are none, with the number of a choice (choices.ts). */
  readonly answers: 'buttons' | 'numbers';
  /** Whether there are messages that cost money (`Message.paid`). */
  readonly mayCost?: boolean;
  open(account: AccountConfig): Connection;
}
