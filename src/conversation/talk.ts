import type { Attached, Attachments } from '../attachments/index.ts';
import type { Inbound, OpenAccount } from '../channels/index.ts';
import type { FormDoor, NoticeDraft, NoticeKinds, PlanRules, Published, Topic } from '../notices/index.ts';
import type { Document, Texts } from '../render/index.ts';
import type { Sealer, Signer } from '../security/index.ts';
import type { NoticeId, RecipientId } from '../store/ids.ts';
import type { Bell, Database } from '../store/index.ts';
import type { Clock, OfficeHours } from '../time/index.ts';
import { type Child, childrenOf } from './children.ts';
import type { WorkLoop } from './intake/work-loop.ts';
import { type Reply, type Say, sayIn } from './say.ts';
import { type StaffRoleHere, staffOf } from './staff/staff-of.ts';

export type ConversationPorts = {
  db: Database;
  signer: Signer;
  /** Seals what families write about health. */
  sealer: Sealer;
  texts: Texts;
  clock: Clock;
  kinds: NoticeKinds;
  rules: PlanRules;
  linkTriesPerHour: number;
  messagesPerMinute: number;
  /** After how long those who have not confirmed a safety notice are told again. */
  safetyConfirmMs: number;
  /** When staff are written to. */
  office: OfficeHours;
  post: Pick<WorkLoop, 'kick'>;
  attachments: Attachments;
  /** What families may ask about, e.g. marks and bills. */
  topics: readonly Topic[];
  /** A notice was published within a transaction of ours that is committed now. */
  accepted: (published: Published, draft: NoticeDraft) => Promise<void>;
  bell: Pick<Bell, 'ring' | 'at'>;
  /** What families are asked. */
  forms: FormDoor;
  /** Deliveries were cancelled: these recipients need another way. */
  undelivered: (recipients: RecipientId[]) => Promise<void>;
  /** Asks new addresses of a school for confirmation. @returns how many. */
  invite: (schoolId: string, actor: string) => Promise<number>;
  /** A recipient of this notice has confirmed. */
  confirmed: (notice: NoticeId) => Promise<void>;
};

/** What an answer is made from: who writes, in which language, for which children. */
export type Talk = {
  ports: ConversationPorts;
  account: OpenAccount;
  address: string;
  children: Child[];
  /** Empty for everybody who is not staff. */
  staff: StaffRoleHere[];
  language: string;
  say: Say;
  /** Of the update that is being answered; a key for what must be done once. */
  updateId: string;
  /** The number of the question that may be asked now. */
  serial: number;
  /** The message whose button was pressed, where its words can be changed later; null for everything else. */
  messageId: string | null;
};

export async function openTalk(
  ports: ConversationPorts,
  account: OpenAccount,
  inbound: Pick<Extract<Inbound, { kind: 'text' }>, 'address' | 'language'>,
  updateId: string,
): Promise<Talk> {
  const chat = { accountId: account.id, address: inbound.address };
  const [children, staff] = await Promise.all([
    childrenOf(ports.db.prisma, chat),
    staffOf(ports.db.prisma, chat),
  ]);
  // The guardian's own choice; a stranger is answered in the language of their app, if we have it.
  const stranger =
    inbound.language && ports.texts.languages.includes(inbound.language) ? inbound.language : 'vi';
  const language = children[0]?.language ?? stranger;
  const say = sayIn(ports.texts, language);
  const { address } = inbound;
  return { ports, account, address, children, staff, language, say, updateId, serial: 0, messageId: null };
}

/** Something that a person may ask for: by a word, by a button of the menu, or by a button of its own answers. */
export type Matter = {
  /** a–z; stands in buttons, and in the locales: talk:menu.<name>, talk:command.<name>. */
  name: string;
  /** The first one stands in the list of commands. NFC, lower case; see Topic.words. */
  words: readonly [`/${string}`, ...string[]];
  /** Whether what stood behind the word is meant so: "thông báo tháng 10". Left out: behind a slash only. */
  knows?(argument: string): boolean;
  /** Who may ask for it; nobody else is told that it exists. Left out: families. */
  who?: 'family' | 'staff' | 'anybody';
  /** Of the staff, only those whose roles allow it. */
  may?(staff: readonly StaffRoleHere[]): boolean;
  /** Stands neither in the menu nor in the list of commands. */
  unlisted?: true;
  /** What is said; or the first step of a conversation. */
  answer(talk: Talk, asked: Asked): Promise<Reply[] | Place>;
  steps?: Readonly<Record<string, Step>>;
};

/** A step of a matter, and what it has to know. Ids and words only: it is kept until the step is over. */
export type Place = { matter: string; step: string; data: Readonly<Record<string, string>> };

export type Question = {
  /** A message of its own above the question. */
  above?: Reply;
  text: string;
  below?: Document;
  /** `choice`: 1–40 of A–Z a–z 0–9 : _ - */
  options?: readonly (readonly { label: string; choice: string }[])[];
  /** Also takes what is typed. */
  typed?: boolean;
  /** With `typed`: also takes a picture or a PDF, with words or without. */
  files?: boolean;
};

export type Turn =
  /** The next step, after saying something or not. */
  | { go: Place; replies?: Reply[] }
  /** It could not be understood: these words, and the same question. */
  | { again: string }
  /** Another step in the place of this one. */
  | { instead: Place }
  /** Done: these words, and the same question with what is true now. */
  | { stay: string }
  /** The end. */
  | { replies: Reply[] };

/** What a person chose or typed. */
export type Answer =
  | { choice: string; typed?: never; attachment?: never }
  /** With an attachment `typed` may be "". */
  | { typed: string; choice?: never; attachment?: Attached };

export interface Step {
  /** Null: it cannot be asked (any more). */
  ask(talk: Talk, data: Place['data']): Promise<Question | null>;
  /** Must bear being done twice with the same talk.updateId. `choice` is one of those offered. */
  take(talk: Talk, data: Place['data'], answer: Answer): Promise<Turn>;
}

/** `argument`: what stood behind the word, or, when `pressed`, what the button carried. */
export type Asked = { argument: string; pressed: boolean };

/** The action of a matter's or topic's button; `argument` as in topicAction(). */
export const openAction = (name: string, argument = ''): string => `go:${name}:${argument}`;
