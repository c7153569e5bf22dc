import { pause, tooLate } from '../between-parts.ts';
import type { Message, MessagePart, Outcome } from '../port.ts';
import type { ZaloBotClient } from './client.ts';
import { outcomeOf } from './errors.ts';
import type { Room } from './quota.ts';

/** Characters of one text or caption (§3.2). */
const TEXT_MAX = 2000;

export type SendTools = {
  client: ZaloBotClient;
  room: Room;
  /** Puts a picture where Zalo can fetch it; null: nowhere that Zalo reaches, so the text goes alone. */
  show: (png: Buffer) => Promise<string | null>;
  /** Whether Zalo can fetch from such an address of ours. */
  reaches: (url: string) => boolean;
  /** Milliseconds between two parts to one chat. */
  betweenPartsMs: number;
  secrets: readonly string[];
};

/**
 * Sends the parts that are not out yet, in order; each takes its place in the bot's quota first. A picture goes with
 * the last part, whose text is its caption: one message of the 3 000, not two.
 */
export async function sendParts(tools: SendTools, message: Message, deadline: AbortSignal): Promise<Outcome> {
  const pieces = piecesOf(tools, message);
  let sent = message.partsSent ?? 0;
  if (pieces.length === 0)
    return { kind: 'rejected', reason: 'badContent', detail: 'nothing to send', partsSent: sent };
  let providerId = '';
  for (let first = true; sent < pieces.length; first = false) {
    if (!first) await pause(tools.betweenPartsMs, deadline);
    if (deadline.aborted) return tooLate(sent);
    const piece = pieces[sent];
    if (piece === undefined) break;
    const outcome = await sendPiece(tools, message.address, piece, sent, deadline);
    if (outcome.kind !== 'accepted') return outcome;
    providerId = outcome.providerId;
    sent += 1;
  }
  return { kind: 'accepted', providerId, partsSent: sent };
}

type Piece = {
  part: MessagePart;
  /** Where Zalo finds the picture that goes with it; null: nowhere. */
  photo?: () => Promise<string | null>;
  /** What is said when it does not find it. */
  without?: MessagePart;
};

/** What was sent along: a picture with the last part, if that has none yet, and words with a link for the rest. */
function piecesOf({ show, reaches }: SendTools, { parts, picture, attachment }: Message): Piece[] {
  const pieces: Piece[] = parts.map((part) => ({ part }));
  const last: Piece = pieces.pop() ?? { part: { markup: '', plain: '' } };
  if (picture) {
    if (last.part.plain === '') last.part = { markup: '', plain: picture.alt };
    last.photo = () => show(picture.png);
  }
  if (!attachment) return last.part.plain === '' ? pieces : [...pieces, last];
  const { type, link, instead } = attachment;
  const words = { markup: '', plain: instead };
  if (type === 'application/pdf' || !reaches(link) || last.photo)
    return [...pieces, ...(last.part.plain === '' ? [] : [last]), { part: words }];
  if (last.part.plain === '') last.part = { markup: '', plain: attachment.name };
  const without = joined(last.part, instead);
  return [...pieces, { ...last, photo: () => Promise.resolve(link), ...(without ? { without } : {}) }];
}

/** Both in one message; undefined when that would be too long for one. */
function joined(part: MessagePart, words: string): MessagePart | undefined {
  const plain = `${part.plain}\n\n${words}`;
  return plain.length <= TEXT_MAX ? { ...part, plain } : undefined;
}

/** What stands on a picture stands in the text too: one that Zalo cannot fetch costs no family its notice. */
async function sendPiece(
  tools: SendTools,
  address: string,
  { part, photo, without }: Piece,
  sent: number,
  deadline: AbortSignal,
): Promise<Outcome> {
  const call = (method: string, payload: object) =>
    tools.room.within(address, sent, async () => {
      const answer = await tools.client.call(method, payload, deadline);
      return answer.kind === 'ok'
        ? { kind: 'accepted', providerId: idOf(answer.result), partsSent: sent + 1 }
        : outcomeOf(answer, sent, tools.secrets);
    });
  const url = photo ? await photo().catch(() => null) : null;
  if (url !== null) {
    const outcome = await call('sendPhoto', { chat_id: address, photo: url, caption: part.plain });
    if (outcome.kind !== 'rejected' || outcome.reason !== 'refused') return outcome;
  }
  return call('sendMessage', textOf(address, without ?? part));
}

/**
 * Bold by place (`text_styles`, UTF-16 units): what a teacher typed can never be taken for markup. A caption is as long
 * as a text, but has no styles.
 */
function textOf(address: string, part: MessagePart) {
  const styles = (part.bold ?? []).map(({ start, length }) => ({ start, len: length, st: ['b'] }));
  return { chat_id: address, text: part.plain, ...(styles.length ? { text_styles: styles } : {}) };
}

function idOf(result: unknown): string {
  const { message_id: id } = (typeof result === 'object' && result !== null ? result : {}) as {
    message_id?: unknown;
  };
  return typeof id === 'string' ? id : '';
}
