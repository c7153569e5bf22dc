import { createHash } from 'node:crypto';
import type { SentFile } from '../files.ts';
import type { Inbound, RawUpdate } from '../port.ts';

// Events of an OA (facts/zalo-telegram.md §2.3). Nothing is believed to be there.

type Id = { id?: unknown };
type Event = {
  event_name?: unknown;
  timestamp?: unknown;
  oa_id?: unknown;
  user_id?: unknown;
  sender?: Id;
  recipient?: Id;
  follower?: Id;
  message?: {
    msg_id?: unknown;
    msg_ids?: unknown;
    text?: unknown;
    tracking_id?: unknown;
    attachments?: unknown;
  };
};

/** More than a person picks at once. */
const ATTACHMENTS_MOST = 20;
/** A receipt may overtake the answer to the send that it speaks of; until then its id is written down. */
const RECEIPT_AFTER_MS = 1500;

/** What we know of and do not use; everything else is new to us, and is kept. */
const KNOWN = new RegExp(
  [
    '^user_send_(link|sticker|business_card|gif)$',
    '^user_send_group_|^anonymous_send_|^(user|oa)_reacted_message$|^user_submit_info$|^(update_user_info',
    'add_user_to_tag|remove_user_from_tag|remove_tag|create_group|user_join_group|user_request_join_group',
    'add_group_admin|remove_group_admin|update_group_info|user_out_group|delete_group|widget_interaction_accepted',
    'widget_failed_to_sync_user_external_id|user_click_response_button|user_feedback|change_template_status',
    'change_oa_daily_quota)$',
  ].join('|'),
);
/** Our own messages, and those that staff write in Zalo's tool, come back as these: nobody answers them. */
const ECHO = /^oa_send_/;
/** What opens the window (§1.5): following, writing, the chat button. Reading does not; groups are not a person's. */
const INTERACTION = /^(follow|user_click_chatnow|user_send_(?!group_).+)$/;

const nameOf = ({ event_name }: Event): string => (typeof event_name === 'string' ? event_name : '');

/** Of which OA an event speaks. */
export function oaIdOf(body: unknown): string {
  const event = asEvent(body);
  const name = nameOf(event);
  const ours = ECHO.test(name) || (name === 'user_received_message' && text(event.message?.tracking_id));
  return text(event.oa_id) || text(ours ? event.sender?.id : event.recipient?.id);
}

/**
 * An event of an OA with what is needed to store it once; nothing when it is no event, or the OA's own echo. One with
 * several pictures becomes several, each with one of them; the words stay with the first.
 */
export function readEvents(body: unknown, oaId: string): RawUpdate[] {
  const event = asEvent(body);
  const name = nameOf(event);
  if (name === '' || ECHO.test(name) || oaIdOf(body) !== oaId) return [];
  const isReceipt = name === 'user_received_message' || name === 'user_seen_message';
  const id = text(event.message?.msg_id);
  const hash = createHash('sha256').update(JSON.stringify(body)).digest('hex');
  const update: RawUpdate = {
    externalId: `${name}:${id === '' ? hash : id}`,
    // No phone number: this stays when the event is forgotten. And what somebody writes does not wait behind a receipt.
    chatKey: isReceipt ? `receipt:${id === '' ? hash : id}` : userOf(event),
    payload: event,
    ...(isReceipt ? { afterMs: RECEIPT_AFTER_MS } : {}),
  };
  const [, ...more] = attachmentsOf(event.message).slice(0, ATTACHMENTS_MOST);
  return [
    update,
    ...more.map((one, n): RawUpdate => {
      const { text: _, ...message } = event.message ?? {};
      const payload = { ...event, message: { ...message, attachments: [one] } };
      return { ...update, externalId: `${update.externalId}:${n + 2}`, payload };
    }),
  ];
}

/** Who has given a sign of life, and when; null when the event is none. */
export function interactionOf(payload: unknown, now: Date): { userId: string; at: Date } | null {
  const event = asEvent(payload);
  const userId = userOf(event);
  if (!INTERACTION.test(nameOf(event)) || userId === '') return null;
  const ms = Number(event.timestamp);
  // A clock ahead of ours would keep a window open that Zalo has closed.
  const at = Number.isSafeInteger(ms) && ms > 0 && ms < now.getTime() ? new Date(ms) : now;
  return { userId, at };
}

/** An event in the words of the port. Never throws: what we do not know is `other`. */
export function readUpdate(payload: unknown): Inbound {
  const event = asEvent(payload);
  const name = nameOf(event);
  const address = userOf(event);
  switch (name) {
    case 'user_send_text':
      return typeof event.message?.text === 'string'
        ? { kind: 'text', address, text: event.message.text.normalize('NFC'), group: false }
        : { kind: 'other', address };
    case 'user_send_image':
    case 'user_send_file': {
      const file = fileOf(event);
      const caption = text(event.message?.text).normalize('NFC');
      return file ? { kind: 'file', address, file, caption, group: false } : { kind: 'unreadable', address };
    }
    case 'user_send_audio':
    case 'user_send_video':
    case 'user_send_location':
      return { kind: 'unreadable', address };
    case 'follow':
      return { kind: 'followed', address };
    case 'user_click_chatnow':
      return { kind: 'start', address, startCode: '', group: false };
    case 'unfollow':
      return { kind: 'blocked', address };
    case 'user_withdraw':
      return { kind: 'withdrawn', address };
    case 'user_received_message':
    case 'user_seen_message':
      return receiptOf(event, name === 'user_seen_message' ? 'seen' : 'delivered');
    default:
      return KNOWN.test(name) ? { kind: 'other', address } : { kind: 'other', address, unknown: name };
  }
}

/** The one of an event that `readEvents` has left in it. */
function fileOf({ message }: Event): SentFile | null {
  const [first] = attachmentsOf(message);
  const { url, name } = ((first as { payload?: unknown } | undefined)?.payload ?? {}) as Record<
    string,
    unknown
  >;
  return text(url) ? { ref: text(url), ...(text(name) ? { name: text(name) } : {}) } : null;
}

const attachmentsOf = (message: Event['message']): unknown[] =>
  Array.isArray(message?.attachments) ? message.attachments : [];

function receiptOf(event: Event, says: 'delivered' | 'seen'): Inbound {
  const { msg_id, msg_ids, tracking_id } = event.message ?? {};
  const ids = [...(Array.isArray(msg_ids) ? msg_ids : []), msg_id].map(text).filter((id) => id !== '');
  const tracked = text(tracking_id);
  const ms = Number(event.timestamp);
  return {
    kind: 'receipt',
    // By phone there is no user: the id of ours is what tells whose it is.
    address: tracked ? '' : userOf(event),
    says,
    at: Number.isSafeInteger(ms) && ms > 0 && ms < 8.64e15 ? new Date(ms) : new Date(0),
    providerIds: ids,
    ...(tracked ? { deliveryId: tracked } : {}),
  };
}

function userOf({ follower, user_id, sender }: Event): string {
  return text(follower?.id) || text(user_id) || text(sender?.id);
}

/** Ids are texts; a number would have lost digits already. */
function text(id: unknown): string {
  return typeof id === 'string' ? id : '';
}

function asEvent(payload: unknown): Event {
  return typeof payload === 'object' && payload !== null ? payload : {};
}
