import {
  type Button,
  ChannelProblem,
  type MessageAttachment,
  type MessagePart,
  type OpenAccount,
  type Picture,
} from '../channels/index.ts';
import { asTyped, type Document, readDocument, type Texts, toStyled, toTelegram } from '../render/index.ts';

/** A reply as it is written: source text with our few marks, and buttons. */
export type Reply = {
  text: string;
  /** What was worded already, below the text. */
  below?: Document;
  /** Stands in place of the message whose button was pressed, where the channel can do that. */
  inPlace?: boolean;
  buttons?: readonly (readonly Button[])[];
  picture?: Picture;
  /** The id of what somebody has sent along; see attach.ts. */
  attachment?: string;
};

export type Say = (key: string, values?: Record<string, string>) => string;

/** Texts in one language. What a person or a file wrote is taken as typed, never as markup. */
export const sayIn =
  (texts: Texts, language: string): Say =>
  (key, values = {}) =>
    texts.say(
      language,
      key,
      Object.fromEntries(Object.entries(values).map(([name, value]) => [name, asTyped(value)])),
    );

export const toParts = (reply: Reply, { channel }: OpenAccount): MessagePart[] =>
  (channel.markup === 'styled' ? toStyled : toTelegram)(
    [...readDocument(reply.text), ...(reply.below ?? [])],
    channel.limits.textMax,
  );

const REPLY_DEADLINE_MS = 15_000;
/** Megabytes over a school's line. */
const FILE_DEADLINE_MS = 45_000;

/** The chat cannot be written to any more. */
export class ChatClosed extends Error {
  readonly state: 'blocked' | 'gone';
  constructor(state: 'blocked' | 'gone') {
    super(`chat ${state}`);
    this.state = state;
  }
}

/**
 * Does something in a chat when the account's pace and the chat's rest allow it. Places are given in order, so a
 * reply waits behind a broadcast for two places at most.
 */
async function inPace<T>(account: OpenAccount, address: string, work: () => Promise<T>): Promise<T> {
  const { pace } = account;
  for (let rest = pace.restFor(address); rest > 0; rest = pace.restFor(address)) {
    await new Promise((resolve) => setTimeout(resolve, rest));
  }
  pace.started(address);
  const place = pace.start();
  if (place) await place;
  try {
    return await work();
  } finally {
    pace.answered(address);
  }
}

/**
 * Sends a reply. @throws ChatClosed; Error when it should be tried again (the update is then handled once more, and
 * everything that it says may be said twice).
 * @returns the provider's id of the message; null when there is none and never will be
 */
export async function sendReply(
  account: OpenAccount,
  address: string,
  reply: Reply,
  file?: MessageAttachment,
): Promise<string | null> {
  const outcome = await inPace(account, address, () =>
    account.connection.send(
      {
        address,
        parts: toParts(reply, account),
        buttons: reply.buttons ?? [],
        deliveryId: 'reply',
        ...(reply.picture ? { picture: reply.picture } : {}),
        ...(file ? { attachment: file } : {}),
      },
      AbortSignal.timeout(file ? FILE_DEADLINE_MS : REPLY_DEADLINE_MS),
    ),
  );
  if (outcome.kind === 'rejected' && outcome.contact) throw new ChatClosed(outcome.contact);
  // The provider's plan is used up, or the time for answering is over: trying again says nothing either.
  if (outcome.kind === 'rejected' && (outcome.reason === 'capReached' || outcome.reason === 'windowClosed'))
    return null;
  if (outcome.kind === 'retry') throw new Error(`reply not accepted: ${outcome.reason}`);
  if (outcome.kind !== 'accepted') throw new Error(`reply refused: ${outcome.reason}`);
  return outcome.providerId;
}

/**
 * Shows a message that was sent before with other words or buttons. When the provider refuses that (deleted, too
 * old), the message stays as it is: what was asked for has been done and said.
 * @throws ChannelProblem when it should be tried again.
 */
export async function editReply(
  account: OpenAccount,
  address: string,
  messageId: string,
  reply: Reply,
): Promise<void> {
  const [part] = toParts(reply, account);
  if (!part) return;
  await inPace(account, address, async () =>
    account.connection.edit?.(address, messageId, part, reply.buttons),
  ).catch((error: unknown) => {
    if (!(error instanceof ChannelProblem && error.kind === 'refused')) throw error;
  });
}
