import { pause, tooLate } from '../between-parts.ts';
import type { Message, MessagePart, Outcome } from '../port.ts';
import type { ZaloBotClient } from './client.ts';
import { outcomeOf } from './errors.ts';
import type { Room } from './quota.ts';

export type SendTools = {
  client: ZaloBotClient;
  room: Room;
  /** Puts a picture where Zalo can fetch it; null: nowhere that Zalo reaches, so the text goes alone. */
  show: (png: Buffer) => Promise<string | null>;
  /** Milliseconds between two parts to one chat. */
  betweenPartsMs: number;
  secrets: readonly string[];
};

/**
 * Sends the parts that are not out yet, in order; each takes its place in the bot's quota first. A picture goes with
 * the last part, whose text is its caption: one message of the 3 000, not two.
 */
export async function sendParts(tools: SendTools, message: Message, deadline: AbortSignal): Promise<Outcome> {
  const { picture } = message;
  const parts = message.parts.length || !picture ? message.parts : [{ markup: '', plain: picture.alt }];
  let sent = message.partsSent ?? 0;
  if (parts.length === 0)
    return { kind: 'rejected', reason: 'badContent', detail: 'nothing to send', partsSent: sent };
  let providerId = '';
  for (let first = true; sent < parts.length; first = false) {
    if (!first) await pause(tools.betweenPartsMs, deadline);
    if (deadline.aborted) return tooLate(sent);
    const part = parts[sent];
    if (part === undefined) break;
    const last = sent === parts.length - 1;
    const outcome = await sendPart(tools, message.address, part, last ? picture : undefined, sent, deadline);
    if (outcome.kind !== 'accepted') return outcome;
    providerId = outcome.providerId;
    sent += 1;
  }
  return { kind: 'accepted', providerId, partsSent: sent };
}

/** What stands on a picture stands in the text too: one that Zalo cannot fetch costs no family its notice. */
async function sendPart(
  tools: SendTools,
  address: string,
  part: MessagePart,
  picture: Message['picture'],
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
  const url = picture ? await tools.show(picture.png).catch(() => null) : null;
  if (url !== null) {
    const outcome = await call('sendPhoto', { chat_id: address, photo: url, caption: part.plain });
    if (outcome.kind !== 'rejected' || outcome.reason !== 'refused') return outcome;
  }
  return call('sendMessage', textOf(address, part));
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
