import { createHash } from 'node:crypto';
import type { Inbound, RawUpdate } from '../port.ts';

// The few fields that are read of an update (facts/zalo-telegram.md §3.3). Nothing is believed to be there.
type WireMessage = {
  message_id?: unknown;
  chat?: { id?: unknown; chat_type?: unknown };
  from?: { id?: unknown; is_bot?: unknown };
  text?: unknown;
  caption?: unknown;
  photo?: unknown;
  photo_url?: unknown;
};
type Update = { event_name?: unknown; message?: WireMessage };

const IMAGE = 'message.image.received';
const VOICE = 'message.voice.received';

/** An update with what is needed to store it once and in the order of its chat; null: not an update. */
export function readEnvelope(payload: unknown): RawUpdate | null {
  const update = asUpdate(payload);
  if (typeof update.event_name !== 'string') return null;
  return { externalId: idOf(update), chatKey: addressOf(update), payload: update };
}

/** A webhook delivery holds `{ok, result}`, and `result` is what a poll brings. */
export function readDelivery(body: unknown): RawUpdate | null {
  const { result } = (typeof body === 'object' && body !== null ? body : {}) as { result?: unknown };
  return readEnvelope(result);
}

/** An update in the words of the port. Never throws: what we do not know is `other`. */
export function readUpdate(payload: unknown): Inbound {
  const update = asUpdate(payload);
  const address = addressOf(update);
  const { message } = update;
  // Our own words and those of other bots in a group are nobody's question.
  if (message?.from?.is_bot === true) return { kind: 'other', address };
  const isPrivate = message?.chat?.chat_type === 'PRIVATE';
  if (isPrivate && update.event_name === IMAGE) {
    const ref = text(message.photo_url) || text(message.photo);
    const caption = text(message.caption).normalize('NFC');
    return ref
      ? { kind: 'file', address, file: { ref }, caption, group: false }
      : { kind: 'unreadable', address };
  }
  if (isPrivate && update.event_name === VOICE) return { kind: 'unreadable', address };
  if (update.event_name !== 'message.text.received' || typeof message?.text !== 'string')
    return { kind: 'other', address };
  return {
    kind: 'text',
    address,
    text: message.text.normalize('NFC'),
    group: message.chat?.chat_type !== 'PRIVATE',
  };
}

/** There is no update id: the message's own, and without one the update's content, so that the same is stored once. */
function idOf(update: Update): string {
  const id = text(update.message?.message_id);
  return id === '' ? createHash('sha256').update(JSON.stringify(update)).digest('hex') : id;
}

function addressOf({ message }: Update): string {
  return text(message?.chat?.id ?? message?.from?.id);
}

/** Ids and addresses are texts; a number would have lost digits already. */
function text(id: unknown): string {
  return typeof id === 'string' ? id : '';
}

function asUpdate(payload: unknown): Update {
  return typeof payload === 'object' && payload !== null ? payload : {};
}
