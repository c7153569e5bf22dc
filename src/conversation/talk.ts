import type { Inbound, OpenAccount } from '../channels/index.ts';
import type { NoticeKinds, Topic } from '../notices/index.ts';
import type { Texts } from '../render/index.ts';
import type { Signer } from '../security/index.ts';
import type { NoticeId, RecipientId } from '../store/ids.ts';
import type { Database } from '../store/index.ts';
import type { Clock } from '../time/index.ts';
import { type Child, childrenOf } from './children.ts';
import { type Reply, type Say, sayIn } from './say.ts';

export type ConversationPorts = {
  db: Database;
  signer: Signer;
  texts: Texts;
  clock: Clock;
  kinds: NoticeKinds;
  linkTriesPerHour: number;
  /** What families may ask about, e.g. marks and bills. */
  topics: readonly Topic[];
  /** Deliveries were cancelled: these recipients need another way. */
  undelivered: (recipients: RecipientId[]) => Promise<void>;
  /** A recipient of this notice has confirmed. */
  confirmed: (notice: NoticeId) => Promise<void>;
};

/** What an answer is made from: who writes, in which language, for which children. */
export type Talk = {
  ports: ConversationPorts;
  account: OpenAccount;
  address: string;
  children: Child[];
  language: string;
  say: Say;
};

export async function openTalk(
  ports: ConversationPorts,
  account: OpenAccount,
  inbound: Pick<Extract<Inbound, { kind: 'text' }>, 'address' | 'language'>,
): Promise<Talk> {
  const children = await childrenOf(ports.db.prisma, { accountId: account.id, address: inbound.address });
  // The guardian's own choice; a stranger is answered in the language of their app, if we have it.
  const stranger =
    inbound.language && ports.texts.languages.includes(inbound.language) ? inbound.language : 'vi';
  const language = children[0]?.language ?? stranger;
  return { ports, account, address: inbound.address, children, language, say: sayIn(ports.texts, language) };
}

/** Something that a person may ask for: by a word, by a button of the menu, or by a button of its own answers. */
export type Matter = {
  /** a–z; stands in buttons, and in the locales: talk:menu.<name>, talk:command.<name>. */
  name: string;
  /** The first one stands in the list of commands. NFC, lower case; see Topic.words. */
  words: readonly [`/${string}`, ...string[]];
  answer(talk: Talk, asked: Asked): Promise<Reply[]>;
};

/** `argument`: what stood behind the word, or, when `pressed`, what the button carried. */
export type Asked = { argument: string; pressed: boolean };

/** The action of a matter's or topic's button; `argument` as in topicAction(). */
export const openAction = (name: string, argument = ''): string => `go:${name}:${argument}`;
